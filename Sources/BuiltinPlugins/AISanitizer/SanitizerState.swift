// SPDX-License-Identifier: Apache-2.0

package import LLM
package import PII

/// What an exchange must not forget when its process dies: the checkpoint. The values that an answer may have to say again
/// live here and nowhere else.
struct SanitizerState: Equatable, Sendable {
  /// How the answer is read.
  enum Reading: Equatable, Sendable {
    case nothing
    /// In events.
    case events(AnswerStream)
    /// In one piece, which the host holds until it is whole.
    case whole
  }

  /// The request was looked at.
  var isActive = false
  /// The client wants the answer in pieces.
  var isStreamed = false
  var redactor: Redactor
  var reading = Reading.nothing
  /// Finds by their types.
  var found: [String: Int] = [:]
  /// How many of them were replaced.
  var sanitized = 0
  /// Microseconds spent on finding.
  var duration = 0
  /// What was refused, or went on as it was: for the log.
  var outcome: String?

  init(_ style: Redactor.Style) { redactor = Redactor(style) }

  var identified: Int { found.values.reduce(0, +) }

  mutating func count(_ type: String) { found[type, default: 0] += 1 }
}

extension SanitizerState: CompactState {
  func write(to writer: inout StateWriter) {
    writer.flag(isActive)
    writer.flag(isStreamed)
    writer.state(redactor)
    writer.counts(found)
    writer.number(sanitized)
    writer.number(duration)
    writer.text(outcome)
    switch reading {
    case .nothing: writer.number(0)
    case .whole: writer.number(1)
    case .events(let stream):
      writer.number(2)
      writer.state(stream)
    }
  }

  init(from reader: inout StateReader) throws(StateError) {
    isActive = try reader.flag()
    isStreamed = try reader.flag()
    redactor = try reader.state()
    found = try reader.counts()
    sanitized = try reader.number()
    duration = try reader.number()
    outcome = try reader.optionalText()
    switch try reader.number() {
    case 0: reading = .nothing
    case 1: reading = .whole
    case 2: reading = .events(try reader.state())
    default: throw StateError(at: 0)
    }
  }
}

extension Redactor: CompactState {
  package func write(to writer: inout StateWriter) {
    writer.text(style.rawValue)
    writer.number(entries.count)
    for entry in entries {
      writer.text(entry.type.rawValue)
      writer.text(entry.name == entry.type.rawValue ? nil : entry.name)
      writer.bytes(entry.original)
      writer.bytes(entry.replacement)
      writer.flag(entry.isRestorable)
    }
    writer.counts(numbers)
    // Of synthetic values those are taken that are remembered anyway.
    let kept = style == .placeholder ? taken.sorted { $0.lexicographicallyPrecedes($1) } : []
    writer.number(kept.count)
    for name in kept { writer.bytes(name) }
    writer.number(forgotten)
  }

  package init(from reader: inout StateReader) throws(StateError) {
    guard let style = Style(rawValue: try reader.text()) else { throw StateError(at: 0) }
    var entries: [Entry] = []
    for _ in 0..<max(0, try reader.number()) {
      guard let type = PIIType(rawValue: try reader.text()) else { throw StateError(at: 0) }
      entries.append(
        Entry(
          type: type, name: try reader.optionalText(), original: try reader.bytes(),
          replacement: try reader.bytes(),
          isRestorable: try reader.flag()))
    }
    let numbers = try reader.counts()
    var taken: Set<[UInt8]> = []
    for _ in 0..<max(0, try reader.number()) { taken.insert(try reader.bytes()) }
    self.init(
      style, entries: entries, numbers: numbers, taken: taken, forgotten: try reader.number())
  }
}

extension StateWriter {
  fileprivate mutating func counts(_ counts: [String: Int]) {
    number(counts.count)
    for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
      text(name)
      number(count)
    }
  }
}

extension StateReader {
  fileprivate mutating func counts() throws(StateError) -> [String: Int] {
    var counts: [String: Int] = [:]
    for _ in 0..<max(0, try number()) {
      let name = try text()
      counts[name] = try number()
    }
    return counts
  }
}
