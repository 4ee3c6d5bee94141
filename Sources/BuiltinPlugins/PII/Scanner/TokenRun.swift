// SPDX-License-Identifier: Apache-2.0

/// What keys and tokens are written with, in one piece. It is read once, however many of its parts might begin a key.
struct TokenRun {
  private(set) var start = 0
  /// Without the full stops at its end, which are the sentence's.
  private(set) var end = 0
  /// Up to where it was read.
  private var limit = 0
  private var dots: [Int] = []

  /// Becomes the run that a place of the chunk is in.
  mutating func goOn(to place: Int, _ chunk: Chunk, in text: borrowing TextReader) {
    guard place >= limit else { return }
    start = place
    limit = text.end(from: place, most: chunk.end - place) { byte in
      byte.isAlphanumeric || [0x2D, 0x5F, 0x2E, 0x2B, 0x2F, 0x3D, 0x7E].contains(byte)
    }
    end = limit
    while end > start, text[end - 1] == UInt8(ascii: ".") { end -= 1 }
    dots = (start..<end).filter { text[$0] == UInt8(ascii: ".") }
  }

  /// Whether a JSON web token goes from a place, where it seems to begin, to the end: three parts, or five of an encrypted
  /// one.
  func isJWT(from place: Int) -> Bool {
    var low = 0
    var high = dots.count
    while low < high {
      let middle = (low + high) / 2
      if dots[middle] < place { low = middle + 1 } else { high = middle }
    }
    let own = dots[low...]
    guard own.count == 2 || own.count == 4, own[low] - place > 8 else { return false }
    return own.count == 4 || own[low + 1] - own[low] > 2
  }
}
