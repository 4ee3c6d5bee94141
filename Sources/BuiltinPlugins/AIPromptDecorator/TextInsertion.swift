// SPDX-License-Identifier: Apache-2.0

import LLM

/// Texts that go in front of what a JSON string says, and behind it, an empty line between each.
struct TextInsertion: Sendable {
  private let front: [UInt8]
  private let back: [UInt8]
  /// All of them as one string.
  let text: JSONText

  init(front: [String], back: [String]) {
    let line = "\n\n"
    var (before, behind): ([UInt8], [UInt8]) = ([], [])
    for text in front { JSONWriter.appendEscaped(text + line, to: &before) }
    for text in back { JSONWriter.appendEscaped(line + text, to: &behind) }
    self.front = before
    self.back = behind
    text = .string((front + back).joined(separator: line))
  }

  var isEmpty: Bool { front.isEmpty && back.isEmpty }

  func splices(into string: JSONNode) -> [Splice] {
    let inside = (start: string.start + 1, end: string.end - 1)
    if inside.start == inside.end {
      // Of an empty text nothing is to be told apart.
      let bytes = text.bytes.dropFirst().dropLast()
      return bytes.isEmpty ? [] : [Splice(offset: inside.start, insert: Array(bytes))]
    }
    return [
      Splice(offset: inside.start, insert: front), Splice(offset: inside.end, insert: back),
    ].filter { !$0.insert.isEmpty }
  }
}
