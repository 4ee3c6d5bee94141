// SPDX-License-Identifier: Apache-2.0

import LLM

/// Writes messages of AWS event streams.
enum AWSMessages {
  static func event(_ name: String, _ payload: String) -> [UInt8] {
    message([(":event-type", name), (":message-type", "event")], payload)
  }

  static func exception(_ name: String, _ payload: String) -> [UInt8] {
    message([(":exception-type", name), (":message-type", "exception")], payload)
  }

  static func message(_ headers: [(String, String)], _ payload: String) -> [UInt8] {
    var block: [UInt8] = []
    for (name, value) in headers {
      block += [UInt8(name.utf8.count)] + Array(name.utf8) + [7]
      block += number(UInt16(value.utf8.count)) + Array(value.utf8)
    }
    return message(size: 16 + block.count + payload.utf8.count, block, Array(payload.utf8))
  }

  /// A message with the lengths that it is given, right or wrong, and checksums that are right.
  static func message(
    size: Int, headersSize: Int? = nil, _ headers: [UInt8] = [], _ payload: [UInt8] = []
  ) -> [UInt8] {
    var bytes = number(UInt32(size)) + number(UInt32(headersSize ?? headers.count))
    bytes += checksum(of: bytes)
    bytes += headers + payload
    return bytes + checksum(of: bytes)
  }

  private static func checksum(of bytes: [UInt8]) -> [UInt8] {
    number(CRC32(of: bytes.span.bytes).value)
  }

  private static func number<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}
