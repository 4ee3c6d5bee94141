// SPDX-License-Identifier: Apache-2.0

import Foundation
import Seeded

/// Numbers, choices and chances from a seed. Neighbouring seeds begin far apart.
struct Random {
  private var words: SplitMix

  init(seed: UInt64) { words = SplitMix(seed: seed &* 0x9E37_79B9_7F4A_7C15) }

  mutating func word() -> UInt64 { words.next() }

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
