// SPDX-License-Identifier: Apache-2.0

/// A text that never shows itself: not in a log, an error, or an interpolation.
package struct SecretString: Sendable, Equatable, CustomStringConvertible,
  CustomDebugStringConvertible,
  CustomReflectable
{
  /// The text, for whoever sends it where it belongs.
  package let revealed: String

  package init(_ text: String) { revealed = text }

  package var description: String { "[secret]" }
  package var debugDescription: String { "[secret]" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
