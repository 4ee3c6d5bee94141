// SPDX-License-Identifier: Apache-2.0

import LLM
import PII

/// One text of a streamed answer: the content of a choice, or the arguments of one of its tool calls.
///
/// What could be a part of a find, or of something to be put back, waits here for the rest. All of it is in the checkpoint,
/// and it is small.
struct Lane: Equatable, Sendable {
  /// Names the text within the answer: `0/content`, `0/tool_calls/1/arguments`.
  let name: String
  /// A string that holds JSON.
  let isJSON: Bool
  /// As it came, undecoded for JSON: what is settled and kept as context, then what waits.
  private(set) var window: [UInt8] = []
  /// Where in it that begins which waits.
  private(set) var start = 0
  /// Whether a string of the JSON is open where the window begins.
  private(set) var isInString = false
  /// Sanitized, and waits to be put back.
  private(set) var unrestored: [UInt8] = []

  init(name: String, isJSON: Bool) {
    self.name = name
    self.isJSON = isJSON
  }

  var held: Int { window.count + unrestored.count }

  /// Takes more of the text, and gives what may be said of it.
  mutating func received(
    _ text: [UInt8], isLast: Bool, _ work: inout AnswerWork
  ) -> [UInt8] {
    let sanitized = work.sanitizes ? sanitize(text, isLast: isLast, &work) : text
    return work.restorer.isEmpty ? sanitized : restore(sanitized, isLast: isLast, work.restorer)
  }

  private mutating func sanitize(
    _ text: [UInt8], isLast: Bool, _ work: inout AnswerWork
  ) -> [UInt8] {
    window += text
    guard isJSON else {
      let result = window.withUnsafeBufferPointer {
        work.scanner.scan($0, from: start, isFinal: isLast)
      }
      var output: [UInt8] = []
      var position = start
      for finding in result.findings {
        work.count(finding, isReplaced: true)
        output += window[position..<finding.range.lowerBound]
        output += work.replacement(for: window[finding.range], finding.type)
        position = finding.range.upperBound
      }
      output += window[position..<result.settled]
      settle(at: result.settled)
      return output
    }
    let decoded = DecodedJSON(window, startsInString: isInString)
    let begin = decoded.decoded(start)
    let result = decoded.bytes.withUnsafeBufferPointer {
      work.scanner.scan($0, from: begin, isFinal: isLast)
    }
    var output: [UInt8] = []
    var position = start
    for finding in result.findings {
      let pieces = decoded.pieces(of: finding.range)
      work.count(finding, isReplaced: !pieces.isEmpty)
      // Two finds in one number: the first has taken all of it.
      for piece in pieces where decoded.spelled(piece.lowerBound) >= position {
        let edit = decoded.edit(
          piece, work.replacement(for: decoded.bytes[piece], finding.type))
        output += window[position..<edit.range.lowerBound]
        output += edit.insert
        position = edit.range.upperBound
      }
    }
    let settled = isLast ? window.count : decoded.spelled(result.settled)
    output += window[position..<max(position, settled)]
    settle(at: max(position, settled), decoded)
    return output
  }

  /// Drops what is settled, but for what the scan of the rest may depend on.
  private mutating func settle(at place: Int, _ decoded: DecodedJSON? = nil) {
    var cut = max(0, place - Scanner.contextSize)
    if let decoded {
      let kept = max(0, decoded.decoded(place) - Scanner.contextSize)
      cut = decoded.spelled(kept)
      isInString = decoded.isInString(at: kept)
    }
    window.removeFirst(cut)
    start = place - cut
  }

  private mutating func restore(
    _ text: [UInt8], isLast: Bool, _ restorer: Restorer
  ) -> [UInt8] {
    unrestored += text
    let (matches, settled) = unrestored.withUnsafeBufferPointer {
      restorer.matches(in: $0, isFinal: isLast)
    }
    var output: [UInt8] = []
    var position = 0
    for match in matches {
      output += unrestored[position..<match.range.lowerBound]
      output += isJSON ? JSONEscaping.escaped(match.original) : match.original
      position = match.range.upperBound
    }
    output += unrestored[position..<settled]
    unrestored.removeFirst(settled)
    return output
  }
}

/// What is done with the texts of an answer.
struct AnswerWork {
  let scanner: Scanner
  let sanitizes: Bool
  let restorer: Restorer
  var redactor: Redactor
  /// For the user's patterns, if there are any.
  let search: CustomSearch?
  /// Every find's type.
  private(set) var found: [PIIType] = []
  /// How many of them were replaced.
  private(set) var replaced = 0

  mutating func count(_ finding: Finding, isReplaced: Bool) {
    found.append(finding.type)
    if isReplaced { replaced += 1 }
  }

  mutating func replacement(for value: ArraySlice<UInt8>, _ type: PIIType) -> [UInt8] {
    redactor.replacement(for: value, type, isRestorable: false)
  }
}

extension Lane: CompactState {
  func write(to writer: inout StateWriter) {
    writer.text(name)
    writer.flag(isJSON)
    writer.bytes(window)
    writer.number(start)
    writer.flag(isInString)
    writer.bytes(unrestored)
  }

  init(from reader: inout StateReader) throws(StateError) {
    name = try reader.text()
    isJSON = try reader.flag()
    window = try reader.bytes()
    start = try reader.number()
    isInString = try reader.flag()
    unrestored = try reader.bytes()
    guard (0...window.count).contains(start) else { throw StateError(at: 0) }
  }
}
