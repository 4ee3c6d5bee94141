// SPDX-License-Identifier: Apache-2.0

import Foundation

/// SplitMix64: the same numbers from the same seed, on every machine.
struct Random {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

  mutating func word() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  /// From 0 up to the limit, without it.
  mutating func below(_ limit: Int) -> Int { Int(word() % UInt64(limit)) }

  /// Once in so many times.
  mutating func once(in times: Int) -> Bool { below(times) == 0 }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

  /// Rounds of a random test; `PATCHBAY_FUZZ_ROUNDS` makes them more.
  static func rounds(_ usual: Int) -> Int {
    ProcessInfo.processInfo.environment["PATCHBAY_FUZZ_ROUNDS"].flatMap { Int($0) } ?? usual
  }
}
