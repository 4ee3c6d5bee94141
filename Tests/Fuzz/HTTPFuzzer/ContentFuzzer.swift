// SPDX-License-Identifier: Apache-2.0

import Fuzzing
import HostHTTP
import Seeded

/// Compressed bodies that an upstream may send.
///
/// Nothing of it may trap; how it is cut changes nothing; no more comes out at once than was asked for; and what was not
/// changed comes out as it went in.
package struct ContentFuzzer: FuzzTarget {
  package static let name = "content"

  package private(set) var iterations = 0
  package private(set) var whole = 0
  package private(set) var refusals: [String: Int] = [:]
  private var seed: UInt64
  private static let limit = 100

  package init(seed: UInt64) { self.seed = seed }

  package var report: String {
    "\(iterations) inputs, \(whole) of them whole, refused for \(refusals.count) reasons"
  }

  package mutating func iterate() throws {
    var chance = SplitMix(seed: seed)
    func below(_ limit: Int) -> Int { Int(chance.next() % UInt64(limit)) }
    let format = Compressor.Format.allCases[below(3)]
    let pieces = (0...below(4)).map { _ in
      (0..<below(300)).map { _ in UInt8(truncatingIfNeeded: 97 + below(1 + below(26))) }
    }
    var input = Compressor.parts(pieces, format).flatMap(\.self)
    var expected = pieces.flatMap(\.self)
    if format == .gzip, below(4) == 0 {
      input += Compressor.compress(expected, .gzip)
      expected += expected
    }
    let isChanged = below(3) > 0
    if isChanged {
      for _ in 0...below(3) where !input.isEmpty {
        switch below(4) {
        case 0: input.removeLast(below(input.count))
        case 1: input.insert(UInt8(below(256)), at: below(input.count))
        default: input[below(input.count)] = UInt8(below(256))
        }
      }
    }
    let coding = format == .gzip ? ContentCoding.gzip : .deflate
    let once = DecodedContent([input[...]], coding, atMost: Self.limit)
    let cut = below(input.count + 1)
    let twice = DecodedContent([input[..<cut], input[cut...]], coding, atMost: Self.limit)
    try check(twice.agrees(with: once), "cut in two it is another", input)
    let single = DecodedContent(input.indices.map { input[$0...$0] }, coding, atMost: Self.limit)
    try check(single.agrees(with: once), "byte by byte it is another", input)
    try check(once.largest <= Self.limit, "more comes out than was asked for", input)
    if !isChanged {
      try check(once.refusal == nil && once.bytes == expected, "it comes out as another", input)
    } else if format != .raw, once.refusal == nil {
      // Both formats have a sum of what was in them.
      let isWhole = once.bytes.isEmpty || expected.starts(with: once.bytes)
      // Adler-32 (RFC 1950) is a weak sum of a few letters: one in some million changes has the same.
      let hasSameSum = format == .zlib && Compressor.sum(once.bytes) == Compressor.sum(expected)
      try check(isWhole || hasSameSum, "damage passes", input)
    }
    iterations += 1
    if let refusal = once.refusal {
      refusals[refusal.rawValue, default: 0] += 1
    } else {
      whole += 1
    }
    seed &+= 1
  }

  private func check(_ holds: Bool, _ law: String, _ input: [UInt8]) throws {
    guard !holds else { return }
    throw BrokenLaw(target: Self.name, seed: seed, law: "\(law): \(input)")
  }
}
