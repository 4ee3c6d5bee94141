// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostRouting

struct SortedBytesTests {
  @Test(arguments: 0..<50) func `a search finds what a look at every string finds`(_ seed: UInt64) {
    var random = Generator(state: (seed + 1) &* 0x2545_f491_4f6c_dd1d | 1)
    func text() -> [UInt8] {
      // Long texts with much in common at their starts.
      Array("/api/version/".utf8.prefix(Int(random.next() % 14)))
        + (0..<Int(random.next() % 12)).map { _ in UInt8(ascii: "a") + UInt8(random.next() % 2) }
    }
    let strings = (0..<Int(random.next() % 60)).map { _ in text() }
    let sorted = SortedBytes(strings)
    #expect(sorted.count == Set(strings).count)
    for query in strings + (0..<60).map({ _ in text() }) {
      let before = Set(strings).filter { !query.lexicographicallyPrecedes($0) }
        .max { $0.lexicographicallyPrecedes($1) }
      let found = query.withUnsafeBytes { sorted.lastNotAfter($0) }
      #expect(found.map { Array(sorted[$0.index]) } == before)
      if let found, let before {
        #expect(found.common == zip(before, query).prefix { $0 == $1 }.count)
      }
      let exact = query.withUnsafeBytes { sorted.index(of: $0) }
      #expect(exact.map { Array(sorted[$0]) } == (strings.contains(query) ? query : nil))
    }
  }
}
