// SPDX-License-Identifier: Apache-2.0

/// The fields of one event, as ranges of the span in which it was found.
package struct ServerSentEvent: Equatable, Sendable {
  /// The data of an event.
  package enum Payload: Equatable, Sendable {
    /// No `data` line. By the standard such an event is not delivered.
    case none
    /// One `data` line: where its value is.
    case line(Range<Int>)
    /// Several `data` lines, joined by line feeds.
    case lines([UInt8])
  }

  /// All of the event, from its first byte to behind its blank line.
  package var range: Range<Int>
  /// Its data.
  package var payload: Payload = .none
  /// The value of its last `event` line.
  package var name: Range<Int>?
  /// The value of its last `id` line. One with a zero byte is ignored, as the standard says.
  package var id: Range<Int>?
  /// The value of its last `retry` line in milliseconds. One that is no number is ignored.
  package var retry: Int?

  /// Reads the event in a range, which a framer has found.
  package init(in bytes: RawSpan, range: Range<Int>) {
    self.range = range
    let text = bytes.extracting(..<range.upperBound)
    var index = range.lowerBound
    while index < range.upperBound {
      let end = text.firstLineBreak(from: index)
      if end > index { readLine(in: text, index..<end) }
      // CR and LF of a CRLF count as a break each: the empty line between them says nothing.
      index = end + 1
    }
  }

  /// Gives the data to the closure, unless there is none.
  ///
  /// - Parameter bytes: the span in which the event was found.
  func withData(in bytes: RawSpan, _ body: (RawSpan) -> Void) {
    switch payload {
    case .none: break
    case .line(let range): body(bytes.extracting(range))
    case .lines(let lines): body(lines.span.bytes)
    }
  }

  private mutating func readLine(in text: RawSpan, _ line: Range<Int>) {
    let start = line.lowerBound
    if text.hasPrefix("data", at: start), let value = value(in: text, line, nameLength: 4) {
      switch payload {
      case .none: payload = .line(value)
      case .line(let first):
        payload = .lines(text.copy(first) + [0x0A] + text.copy(value))
      case .lines(let lines):
        payload = .lines(lines + [0x0A] + text.copy(value))
      }
    } else if text.hasPrefix("event", at: start), let value = value(in: text, line, nameLength: 5) {
      name = value
    } else if text.hasPrefix("id", at: start), let value = value(in: text, line, nameLength: 2) {
      if !value.contains(where: { text.byte(at: $0) == 0 }) { id = value }
    } else if text.hasPrefix("retry", at: start), let value = value(in: text, line, nameLength: 5) {
      let digits = text.string(value)
      if digits.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) { retry = Int(digits) ?? retry }
    }
  }

  /// The value behind a field name of a length, without the one space that may stand before it; nil
  /// if the name is longer. A name without colon has an empty value.
  private func value(in text: RawSpan, _ line: Range<Int>, nameLength: Int) -> Range<Int>? {
    var start = line.lowerBound + nameLength
    if start == line.upperBound { return start..<start }
    guard start < line.upperBound, text.byte(at: start) == UInt8(ascii: ":") else { return nil }
    start += 1
    if start < line.upperBound, text.byte(at: start) == UInt8(ascii: " ") { start += 1 }
    return start..<line.upperBound
  }
}
