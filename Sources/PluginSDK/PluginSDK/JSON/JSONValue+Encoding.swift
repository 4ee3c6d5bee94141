// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
  /// The value as its `Encodable` conformance describes it.
  public init(encoding value: some Encodable) throws {
    let bytes = try JSONBytesEncoder.encode(value)
    self = try bytes.withUnsafeBytes { try JSONValue(parsing: $0) }
  }

  /// Decodes a type from the value.
  public func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try JSONValueDecoder.decode(type, from: self)
  }
}
