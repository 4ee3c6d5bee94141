// SPDX-License-Identifier: Apache-2.0

import LLM
import PII

/// A text as it is looked at, with its escapes decoded so that none hides anything, and the way back to the body.
struct ReadText {
  /// What is scanned: in front the name of the member, if it says something, then the text.
  let bytes: [UInt8]
  /// Where the text itself begins.
  let start: Int
  private let place: TextPlace
  /// Of a string that holds JSON: its inner escapes.
  private let inner: DecodedJSON?

  init(_ place: TextPlace, in body: RawSpan) {
    self.place = place
    var bytes: [UInt8] = []
    if let key = place.key { bytes = Array("\(key): ".utf8) }
    start = bytes.count
    switch place.kind {
    case .text:
      place.node.appendString(in: body, to: &bytes)
      inner = nil
    case .number, .tokens:
      body.extracting(place.node.range).withUnsafeBytes { bytes.append(contentsOf: $0) }
      inner = nil
    case .json:
      var json: [UInt8] = []
      place.node.appendString(in: body, to: &json)
      let view = DecodedJSON(json)
      bytes += view.bytes
      inner = view
    }
    self.bytes = bytes
  }

  /// A change of the text, in its own coordinates.
  struct Change {
    var range: Range<Int>
    var replacement: [UInt8]
  }

  /// The parts of a find that are replaced, each for itself: in JSON the marks between its values stay.
  func pieces(of range: Range<Int>) -> [Range<Int>] {
    guard let inner else { return [range] }
    return inner.pieces(of: range.lowerBound - start..<range.upperBound - start).map {
      $0.lowerBound + start..<$0.upperBound + start
    }
  }

  /// The changes of pieces as edits of the body. They are in order.
  func splices(_ changes: [Change], in body: RawSpan) -> [Splice] {
    var outer: [(range: Range<Int>, insert: [UInt8])] = []
    for change in changes {
      let range = change.range.lowerBound - start..<change.range.upperBound - start
      switch place.kind {
      case .text: outer.append((range, change.replacement))
      case .number, .tokens: return [quoted(change.replacement)]
      case .json:
        guard let edit = inner?.edit(range, change.replacement) else { continue }
        // Two finds in one number: the first has taken all of it.
        if let last = outer.last, last.range.upperBound > edit.range.lowerBound { continue }
        outer.append(edit)
      }
    }
    let offsets = place.node.offsets(
      of: outer.flatMap { [$0.range.lowerBound, $0.range.upperBound] }, in: body)
    return outer.indices.map { index in
      let from = offsets[index * 2]
      return Splice(
        offset: from, delete: offsets[index * 2 + 1] - from,
        insert: JSONEscaping.escaped(outer[index].insert))
    }
  }

  private func quoted(_ replacement: [UInt8]) -> Splice {
    Splice(
      offset: place.node.start, delete: place.node.range.count,
      insert: [0x22] + JSONEscaping.escaped(replacement) + [0x22])
  }
}

extension JSONNode {
  /// Where the bytes of a string's content, by their ascending offsets in it, stand in the body.
  func offsets(of content: [Int], in body: RawSpan) -> [Int] {
    guard hasEscapes else { return content.map { start + 1 + $0 } }
    var found: [Int] = []
    var position = 0
    var raw = start + 1
    forEachPart(in: body) { part in
      guard found.count < content.count else { return }
      let length: Int
      let spelled: Int
      switch part {
      case .verbatim(let range):
        length = range.count
        spelled = range.count
      case .escaped(let scalar):
        length = UTF8.width(scalar)
        let isUnicode =
          body.unsafeLoad(fromByteOffset: raw + 1, as: UInt8.self) == UInt8(ascii: "u")
        spelled = isUnicode ? (scalar.value > 0xFFFF ? 12 : 6) : 2
      }
      while found.count < content.count, content[found.count] < position + length {
        let into = content[found.count] - position
        // Inside of an escape there is no place: its beginning stands for it.
        found.append(raw + (length == spelled ? into : 0))
      }
      position += length
      raw += spelled
    }
    while found.count < content.count { found.append(end - 1) }
    return found
  }
}

/// The content of JSON strings.
enum JSONEscaping {
  /// Bytes as they stand in a string.
  static func escaped(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) else { return bytes }
    var escaped: [UInt8] = []
    JSONWriter.appendEscaped(bytes.span.bytes, to: &escaped)
    return escaped
  }
}
