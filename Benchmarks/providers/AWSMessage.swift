// SPDX-License-Identifier: Apache-2.0

/// Messages of `application/vnd.amazon.eventstream`, as Bedrock writes them.
enum AWSMessage {
  static func bytes(of event: String, _ payload: String) -> [UInt8] {
    var headers: [UInt8] = []
    for (name, value) in [
      (":event-type", event), (":content-type", "application/json"), (":message-type", "event"),
    ] {
      headers += [UInt8(name.utf8.count)] + name.utf8 + [7] + big(UInt16(value.utf8.count))
      headers += value.utf8
    }
    let total = UInt32(16 + headers.count + payload.utf8.count)
    var message = big(total) + big(UInt32(headers.count))
    message += big(checksum(message))
    message += headers + payload.utf8
    return message + big(checksum(message))
  }

  private static func big(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }

  /// CRC-32 as in gzip.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var remainder = UInt32.max
    for byte in bytes {
      remainder ^= UInt32(byte)
      for _ in 0..<8 { remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return ~remainder
  }
}
