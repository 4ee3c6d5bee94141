// SPDX-License-Identifier: Apache-2.0

/// A key or token, which never shows itself: not in a log, an error, or an interpolation.
package struct KeyBytes: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// For whoever signs with it or sends it where it belongs.
  package let revealed: [UInt8]

  package init(_ bytes: [UInt8]) { revealed = bytes }
  package init(_ text: String) { revealed = Array(text.utf8) }

  package var isEmpty: Bool { revealed.isEmpty }

  package var description: String { "[secret]" }
  package var debugDescription: String { "[secret]" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
