// SPDX-License-Identifier: Apache-2.0

extension AWSEventMessage {
  /// The bytes of an exception, with which AWS's services end a stream that fails: `{"message":"…"}`.
  ///
  /// - Parameter name: A member of the stream's union, such as `validationException`.
  package static func exception(_ name: StaticString, message: String) -> [UInt8] {
    var headers: [UInt8] = []
    for (name, value) in [
      (":exception-type", "\(name)"), (":content-type", "application/json"),
      (":message-type", "exception"),
    ] {
      headers.append(UInt8(name.utf8.count))
      headers += name.utf8
      headers.append(7)
      headers.append(bigEndian: UInt16(value.utf8.count))
      headers += value.utf8
    }
    let payload = JSONText { $0.object { $0.member("message", message) } }.bytes
    var bytes: [UInt8] = []
    bytes.append(bigEndian: UInt32(minimumSize + headers.count + payload.count))
    bytes.append(bigEndian: UInt32(headers.count))
    bytes.append(bigEndian: CRC32(of: bytes.span.bytes).value)
    bytes += headers
    bytes += payload
    bytes.append(bigEndian: CRC32(of: bytes.span.bytes).value)
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func append(bigEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}
