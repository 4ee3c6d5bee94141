// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LLM

@Suite struct LineFramerTests {
  /// The lines of a text, and how many of its bytes were read.
  private func lines(_ text: String, isLast: Bool = true) -> (lines: [String], end: Int) {
    let bytes = Array(text.utf8)
    let piece = bytes.span.bytes
    var found: [String] = []
    var end = 0
    while end < piece.byteCount,
      let frame = LineFramer.frame(in: piece, from: end, isLast: isLast)
    {
      if case .line(let range) = frame.data { found.append(piece.string(range)) }
      #expect(frame.end > end)
      end = frame.end
    }
    return (found, end)
  }

  @Test func `lines end with a line feed, with or without a carriage return`() {
    #expect(lines("{\"a\":1}\n{}\r\n[1]\n").lines == ["{\"a\":1}", "{}", "[1]"])
  }

  @Test func `blank lines say nothing`() {
    #expect(lines("\n\r\n  \n{}\n\n").lines == ["{}"])
  }

  @Test func `a line without its end is shown again, and counts when nothing follows`() {
    let (found, end) = lines("{}\n{\"a\"", isLast: false)
    #expect(found == ["{}"])
    #expect(end == 3)
    #expect(lines("{}\n{\"a\"").lines == ["{}", "{\"a\""])
    #expect(lines("{}\r\n[]\r").lines == ["{}", "[]"])
  }

  @Test func `a carriage return alone and the line ends of Unicode are text`() {
    #expect(lines("\"a\rb\"\n\"\u{2028}\u{85}\"\n").lines == ["\"a\rb\"", "\"\u{2028}\u{85}\""])
  }

  @Test func `nothing is nothing`() {
    #expect(lines("").lines.isEmpty)
    #expect(lines("", isLast: false).lines.isEmpty)
  }
}
