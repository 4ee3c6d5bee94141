// SPDX-License-Identifier: Apache-2.0

/// Names a request to its client, in logs, and to upstreams: 32 hexadecimal digits, as Kong's.
struct RequestID: Sendable, Equatable {
  let high: UInt64
  let low: UInt64

  var text: String { withText { String(decoding: $0, as: UTF8.self) } }

  /// Calls with the digits, without a String on the way.
  func withText<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeTemporaryAllocation(byteCount: 32, alignment: 1) { bytes in
      for index in 0..<16 {
        let shift = UInt64(60 - index * 4)
        bytes[index] = Self.digit(high >> shift)
        bytes[index + 16] = Self.digit(low >> shift)
      }
      return body(UnsafeRawBufferPointer(bytes))
    }
  }

  private static func digit(_ value: UInt64) -> UInt8 {
    let nibble = UInt8(truncatingIfNeeded: value & 15)
    return nibble < 10 ? nibble + 0x30 : nibble + 0x57
  }
}

/// Makes request ids: a random start for each worker, so that they do not meet, and a step that hides the count.
final class RequestIDs {
  private let high = UInt64.random(in: .min ... .max)
  private var low = UInt64.random(in: .min ... .max)

  func next() -> RequestID {
    low &+= 0x9E37_79B9_7F4A_7C15
    return RequestID(high: high, low: low)
  }
}
