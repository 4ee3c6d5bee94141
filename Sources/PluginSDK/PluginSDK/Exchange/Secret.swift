// SPDX-License-Identifier: Apache-2.0

/// A handle of a secret in the configuration.
///
/// It can be put into a header, a query parameter or a body; the host fills in the value when the bytes
/// leave for an upstream. The value never is in this process, so it cannot be printed or leaked.
public struct Secret: Sendable, Hashable {
  package let handle: String

  package init(handle: String) { self.handle = handle }
}

extension Secret: Codable {
  /// Decodes the value.
  public init(from decoder: any Decoder) throws {
    handle = try decoder.singleValueContainer().decode(String.self)
  }

  /// Encodes the value.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(handle)
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Never the handle.
  public var description: String { "(secret)" }
  /// Never the handle.
  public var debugDescription: String { "(secret)" }
  /// Nothing to see.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
