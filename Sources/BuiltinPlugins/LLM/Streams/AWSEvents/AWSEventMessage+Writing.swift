// SPDX-License-Identifier: Apache-2.0

extension AWSEventMessage {
  /// A message as it goes over the wire, with its checksums.
  ///
  /// - Parameter headers: Of strings, each with a name of at most 255 bytes and a value of at most 32767.
  package static func bytes(
    headers: [(name: String, value: String)], payload: [UInt8]
  ) -> [UInt8] {
    var block: [UInt8] = []
    for (name, value) in headers {
      block.append(UInt8(name.utf8.count))
      block += name.utf8
      // 7 is a string.
      block.append(7)
      block.append(contentsOf: UInt16(value.utf8.count).bigEndianBytes)
      block += value.utf8
    }
    return bytes(headers: block, payload: payload)
  }

  /// This message with another payload; its headers stay as they are.
  ///
  /// - Parameter bytes: The span in which it was found.
  package func bytes(in bytes: RawSpan, payload new: [UInt8]) -> [UInt8] {
    Self.bytes(headers: bytes.copy(headers.range), payload: new)
  }

  private static func bytes(headers: [UInt8], payload: [UInt8]) -> [UInt8] {
    var message: [UInt8] = []
    message.append(
      contentsOf: UInt32(minimumSize + headers.count + payload.count).bigEndianBytes)
    message.append(contentsOf: UInt32(headers.count).bigEndianBytes)
    message.append(contentsOf: CRC32(of: message.span.bytes).value.bigEndianBytes)
    message += headers
    message += payload
    message.append(contentsOf: CRC32(of: message.span.bytes).value.bigEndianBytes)
    return message
  }
}

extension FixedWidthInteger {
  fileprivate var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}
