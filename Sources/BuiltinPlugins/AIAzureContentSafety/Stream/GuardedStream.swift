// SPDX-License-Identifier: Apache-2.0

import LLM

/// A streamed answer that is read ahead of the client: the host holds its bytes until the texts in them have been looked
/// at.
///
/// A pure value. What the host holds is shown again in front of the next piece; it is not read again.
struct GuardedStream: Equatable, Sendable {
  /// How the bytes are read.
  enum Reader: Equatable, Sendable {
    /// Chunks in OpenAI's format.
    case openAI(StreamFramer)
    /// Events of a provider's own API.
    case native(StreamTranslation)
    /// It is no stream, or none that is known: all of it is waited for.
    case whole
  }

  /// Bytes of text that were let go and are shown again in front of the next, for what they mean together.
  static let overlap = 200

  private(set) var reader: Reader
  /// Bytes at the front of what is held that were read.
  private(set) var read = 0
  private var choices: [ChoiceText] = []
  /// Microseconds that looks took so far.
  var spent: UInt64 = 0

  init(_ reader: Reader) { self.reader = reader }

  /// Bytes of text that were not looked at.
  var waiting: Int { choices.reduce(0) { $0 + $1.waiting.count } }

  /// Reads what of a piece was not read before.
  ///
  /// - Throws: where it cannot be read: nobody knows what is in it.
  mutating func receive(_ piece: RawSpan, isLast: Bool) throws(SafetyFailure) {
    var texts = AnswerTexts()
    do {
      switch reader {
      case .whole: return
      case .openAI(var framer):
        try read(piece, with: &framer, isLast: isLast, into: &texts)
        reader = .openAI(framer)
      case .native(var translation):
        let step = translation.received(piece.extracting(read...), isLast: isLast)
        read += step.consumed
        reader = .native(translation)
        if let error = translation.answer.error, error.isUnreadable {
          throw SafetyFailure(reason: error.message)
        }
        try texts.add(openAIStream: step.output.span.bytes)
      }
    } catch let failure as SafetyFailure {
      throw failure
    } catch {
      throw SafetyFailure(reason: "the stream cannot be read: \(error)")
    }
    for choice in texts.choices { add(choice) }
  }

  private mutating func read(
    _ piece: RawSpan, with framer: inout StreamFramer, isLast: Bool, into texts: inout AnswerTexts
  ) throws(JSONError) {
    while read < piece.byteCount {
      // Of server-sent events nothing is a problem; what is not finished comes again.
      guard let frame = try? framer.next(in: piece, from: read, isLast: isLast) else { return }
      try texts.add(frame, in: piece)
      read = frame.end
    }
  }

  private mutating func add(_ choice: AnswerTexts.Choice) {
    if let place = choices.firstIndex(where: { $0.index == choice.index }) {
      choices[place].waiting += choice.text
    } else {
      choices.append(ChoiceText(index: choice.index, waiting: choice.text))
    }
  }

  /// What is to be looked at: of each choice that has something new, that, and what came before it. At most of choices
  /// that a model really makes: a stream cannot make the checkpoint grow.
  var texts: [[UInt8]] {
    choices.filter { !$0.waiting.isEmpty }.map { $0.before + $0.waiting }
  }

  /// What was read has been looked at, and goes to the client.
  ///
  /// - Returns: How many bytes that are.
  mutating func release() -> Int {
    for index in choices.indices { choices[index].release() }
    choices = choices.suffix(Self.choiceLimit)
    defer { read = 0 }
    return read
  }

  private static let choiceLimit = 32
}

/// The text of one choice, as far as it is kept.
private struct ChoiceText: Equatable, Sendable {
  let index: Int
  /// The end of what the client has, for context; whole characters.
  var before: [UInt8] = []
  /// What nobody has looked at.
  var waiting: [UInt8]

  mutating func release() {
    before += waiting
    waiting = []
    var start = max(0, before.count - GuardedStream.overlap)
    while start < before.count, before[start] & 0xC0 == 0x80 { start += 1 }
    before.removeFirst(start)
  }
}

extension GuardedStream: CompactState {
  func write(to writer: inout StateWriter) {
    switch reader {
    case .whole: writer.number(0)
    case .openAI(let framer):
      writer.number(1)
      writer.state(framer)
    case .native(let translation):
      writer.number(2)
      writer.state(translation)
    }
    writer.number(read)
    writer.number(Int(clamping: spent))
    writer.number(choices.count)
    for choice in choices {
      writer.number(choice.index)
      writer.bytes(choice.before)
      writer.bytes(choice.waiting)
    }
  }

  init(from source: inout StateReader) throws(StateError) {
    switch try source.number() {
    case 0: reader = .whole
    case 1: reader = .openAI(try source.state())
    case 2: reader = .native(try source.state())
    default: throw StateError(at: 0)
    }
    read = try source.number()
    spent = UInt64(clamping: try source.number())
    for _ in 0..<max(0, try source.number()) {
      choices.append(
        ChoiceText(
          index: try source.number(), before: try source.bytes(), waiting: try source.bytes()))
    }
  }
}
