// SPDX-License-Identifier: Apache-2.0

import Seeded

/// Random changes of what is mostly text, repeatable by their seed.
package struct TextMutator {
  private var random: SplitMix
  private let words: [[UInt8]]
  private let corpus: [[UInt8]]

  /// - Parameters:
  ///   - words: what is put in now and then, because it means something.
  ///   - corpus: what is changed, and what pieces are taken from.
  package init(seed: UInt64, words: [String], corpus: [[UInt8]]) {
    random = SplitMix(seed: seed)
    self.words = words.map { Array($0.utf8) }
    self.corpus = corpus
  }

  package mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(max(1, limit))) }

  /// One of the corpus, with up to so many changes.
  package mutating func text(changes: Int) -> [UInt8] {
    var text = corpus[below(corpus.count)]
    for _ in 0..<below(changes + 1) { change(&text) }
    return text
  }

  /// The bytes as they may be read, in one piece or in many.
  package mutating func pieces(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var rest = bytes[...]
    let largest = [1, 3, 40, bytes.count][below(4)]
    while !rest.isEmpty {
      pieces.append(rest.prefix(1 + below(largest)))
      rest = rest.dropFirst(pieces[pieces.count - 1].count)
    }
    return pieces
  }

  /// Where lines begin, but for the first.
  private func lines(_ text: [UInt8]) -> [Int] {
    text.indices.filter { text[$0] == 0x0A }.map { $0 + 1 }
  }

  private mutating func change(_ text: inout [UInt8]) {
    guard !text.isEmpty else { return text = corpus[below(corpus.count)] }
    let place = below(text.count)
    switch below(8) {
    case 0: text[place] ^= 1 << UInt8(below(8))
    case 1: text[place] = UInt8(below(256))
    case 2: text.removeSubrange(place..<min(text.count, place + 1 + below(8)))
    case 3:
      text.insert(
        contentsOf: text[place..<min(text.count, place + below(60))], at: below(text.count))
    case 4:
      let other = corpus[below(corpus.count)]
      let start = below(other.count)
      text.insert(contentsOf: other[start..<min(other.count, start + below(80))], at: place)
    case 5: text.removeLast(below(text.count))
    default:
      let word = words[below(words.count)]
      // A line means most where a line may be.
      if word.count > 2, word.last == 0x0A, let line = lines(text).randomElement(using: &random) {
        text.insert(contentsOf: word, at: line)
      } else if below(2) == 0 {
        text.insert(contentsOf: word, at: place)
      } else {
        text.replaceSubrange(place..<min(text.count, place + word.count), with: word)
      }
    }
  }
}
