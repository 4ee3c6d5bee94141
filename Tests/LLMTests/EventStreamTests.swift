// SPDX-License-Identifier: Apache-2.0

import Foundation
import LLM
import Testing

@Suite struct EventStreamTests {
  /// What an event says, without where it stood.
  struct Said: Equatable, CustomStringConvertible {
    var data: String?
    var name: String?
    var id: String?
    var retry: Int?
    var isTooLarge = false

    var description: String { "\(data ?? "–")|\(name ?? "–")|\(id ?? "–")|\(retry ?? -1)" }
  }

  /// Reads pieces; between any two the state goes through its coding, as between two processes.
  private func read(
    _ pieces: [[UInt8]], limit: Int = EventStreamParser.defaultMaximumEventSize,
    coding: Bool = false
  ) throws -> [Said] {
    var parser = EventStreamParser(maximumEventSize: limit)
    var said: [Said] = []
    for (index, piece) in pieces.enumerated() {
      parser.read(piece.span.bytes, isLast: index == pieces.count - 1) { span, item in
        guard case .event(let event) = item else {
          said.append(Said(isTooLarge: true))
          return
        }
        func text(_ range: Range<Int>?) -> String? {
          range.map { range in
            span.extracting(range).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
          }
        }
        let data: String? =
          switch event.payload {
          case .none: nil
          case .line(let range): text(range)
          case .lines(let lines): String(decoding: lines, as: UTF8.self)
          }
        said.append(
          Said(data: data, name: text(event.name), id: text(event.id), retry: event.retry))
      }
      if coding {
        parser = try JSONDecoder().decode(
          EventStreamParser.self, from: JSONEncoder().encode(parser))
      }
    }
    return said
  }

  static let corpus: [(String, [Said])] = [
    ("data: a\n\n", [Said(data: "a")]),
    ("data:a\n\ndata:  b\n\n", [Said(data: "a"), Said(data: " b")]),
    ("data: a\r\n\r\ndata: b\r\n\r\n", [Said(data: "a"), Said(data: "b")]),
    ("data: a\r\rdata: b\r\r", [Said(data: "a"), Said(data: "b")]),
    (
      "data: a\r\n\ndata: b\n\r\ndata: c\r\r\n",
      [Said(data: "a"), Said(data: "b"), Said(data: "c")]
    ),
    ("\u{FEFF}data: a\n\ndata: b\n\n", [Said(data: "a"), Said(data: "b")]),
    ("data: a\n\n\u{FEFF}data: b\n\n", [Said(data: "a"), Said()]),
    ("data: 1\ndata: 2\r\ndata\rdata:3\n\n", [Said(data: "1\n2\n\n3")]),
    (": ping\n\n:\r\n\r\ndata: a\n\n", [Said(data: "a")]),
    (": ping\ndata: a\n: inside\n\n", [Said(data: "a")]),
    ("\n\n\r\n\rdata: a\n\n\n\n", [Said(data: "a")]),
    (
      "event: delta\nid: 7\nretry: 250\ndata: x\n\nid\nevent\nretry: x\ndata\n\n",
      [Said(data: "x", name: "delta", id: "7", retry: 250), Said(data: "", name: "", id: "")]
    ),
    (
      "data: é€𝄞\u{2028}\u{85}\u{B}x\n\ndata: 日本\r\n\r\n",
      [Said(data: "é€𝄞\u{2028}\u{85}\u{B}x"), Said(data: "日本")]
    ),
    ("dat: a\ndatas: b\n data: c\n\n", [Said()]),
    ("event: only\n\ndata: a\n\n", [Said(name: "only"), Said(data: "a")]),
    ("data: cut", [Said(data: "cut")]),
    ("data: a\n\ndata: [DONE]\n", [Said(data: "a"), Said(data: "[DONE]")]),
    ("id: a\u{0}b\ndata: x\n\n", [Said(data: "x")]),
    ("", []), ("\n", []), (": only", [Said()]),
  ]

  @Test(arguments: corpus)
  func `an unsplit stream is read`(text: String, expected: [Said]) throws {
    #expect(try read([Array(text.utf8)]) == expected)
  }

  @Test(arguments: corpus)
  func `every cut into two and into three reads the same`(text: String, expected: [Said]) throws {
    let bytes = Array(text.utf8)
    for first in 0...bytes.count {
      for second in first...bytes.count {
        let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]].map(Array.init)
        #expect(try read(pieces) == expected, "cut at \(first) and \(second)")
      }
    }
  }

  @Test(arguments: corpus)
  func `byte by byte, with the state coded in between, reads the same`(
    text: String, expected: [Said]
  ) throws {
    #expect(try read(text.utf8.map { [$0] } + [[]], coding: true) == expected)
  }

  @Test func `an event above the limit is a named failure, wherever it is cut`() throws {
    let text = "data: \(String(repeating: "x", count: 40))\n\ndata: ok\n\n"
    let bytes = Array(text.utf8)
    for cut in 0...bytes.count {
      let said = try read([Array(bytes[..<cut]), Array(bytes[cut...])], limit: 32)
      #expect(said == [Said(isTooLarge: true), Said(data: "ok")], "cut at \(cut)")
    }
    // Exactly at the limit it is read.
    #expect(try read(bytes.map { [$0] }, limit: 48).count == 2)
    #expect(try read(bytes.map { [$0] }, limit: 48)[0].isTooLarge == false)
    // The stream may end inside it.
    #expect(try read([Array(bytes[..<40]), []], limit: 32) == [Said(isTooLarge: true)])
  }

  @Test func `frames are found where they end, and keep-alives stand alone`() {
    let text = Array(": a\r\n\r\ndata: b\r\n\r\ndata".utf8)
    var framer = EventStreamFramer()
    var ends: [Int] = []
    var offset = 0
    while let found = framer.next(in: text.span.bytes, from: offset) {
      ends.append(found.end)
      offset = found.end
    }
    #expect(ends == [5, 7, 18])
    #expect(!framer.isBetweenFrames)
  }

  @Test func `a carriage return closes an event at once, and its line feed comes later`() {
    var framer = EventStreamFramer()
    let first = Array("data: a\r\n\r".utf8)
    #expect(framer.next(in: first.span.bytes, from: 0)?.end == first.count)
    #expect(framer.isBetweenFrames)
    let second = Array("\ndata: b\n\n".utf8)
    #expect(framer.next(in: second.span.bytes, from: 0)?.frame == .lineFeed)
    #expect(framer.next(in: second.span.bytes, from: 1)?.end == second.count)
  }
}
