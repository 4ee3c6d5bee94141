// SPDX-License-Identifier: Apache-2.0

import Glibc
package import LLM
package import PluginSDK

extension Bytes {
  /// Calls the closure with the bytes as the scanners of the LLM library want them.
  package func withRaw<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
    try withSpan { span throws(E) in try body(span.bytes) }
  }
}

extension JSONValue {
  /// The value as the LLM library writes it into bodies, its numbers as they are spelt.
  package var jsonText: JSONText { JSONText(unchecked: Array(description.utf8)) }

  /// The number exactly as it is written.
  package var decimal: ExactDecimal? {
    guard case .number(let number) = self else { return nil }
    return ExactDecimal(number.text)
  }
}

/// The time of day, which the host's times of requests are in.
package enum WallClock {
  /// Microseconds since 1970.
  package static func microseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
  }
}
