// SPDX-License-Identifier: Apache-2.0

/// A conversation in the prompt format of Llama 2's chat models, as Meta published it:
///
///     <s>[INST] <<SYS>>
///     instructions
///     <</SYS>>
///
///     first question [/INST] first answer </s><s>[INST] second question [/INST]
///
/// Whatever would be read as part of that format in the client's words is broken up with a space: nobody can write a
/// turn that is not theirs.
struct Llama2Prompt {
  /// The prompt.
  let text: String
  /// What could not be said in it.
  let unsupported: [String]

  /// A question, and the answer to it if there is one.
  private struct Turn {
    var question = ""
    var answer: String?
  }

  init(_ chat: ChatRequest) {
    var unsupported: [String] = []
    var instructions: [String] = []
    var turns: [Turn] = []
    for (index, message) in chat.messages.enumerated() {
      let place = "messages[\(index)]"
      let words = Self.words(of: message, at: place, &unsupported)
      switch message.role {
      case .system, .developer: instructions.append(words)
      case .user:
        // The format wants turns: questions without an answer between them are one.
        if turns.last == nil || turns.last?.answer != nil {
          turns.append(Turn(question: words))
        } else {
          turns[turns.count - 1].question += "\n\n" + words
        }
      case .assistant:
        if turns.isEmpty { turns.append(Turn()) }
        let before = turns[turns.count - 1].answer.map { $0 + "\n\n" } ?? ""
        turns[turns.count - 1].answer = before + words
      case .tool, .other: unsupported.append(place)
      }
    }
    if turns.isEmpty { turns.append(Turn()) }
    if !instructions.isEmpty {
      let text = instructions.joined(separator: "\n\n")
      turns[0].question = "<<SYS>>\n\(text)\n<</SYS>>\n\n\(turns[0].question)"
    }
    self.text = Self.text(of: turns)
    self.unsupported = unsupported
  }

  /// What a server says that gives the prompt back in front of its answer, as some do whatever they are told.
  static func answer(in text: String) -> String {
    let start = text.drop { $0 == " " }
    guard start.hasPrefix("<s>[INST]") || start.hasPrefix("[INST]"),
      let end = text.ranges(of: "[/INST]").last
    else {
      return text
    }
    return String(text[end.upperBound...])
  }

  private static func text(of turns: [Turn]) -> String {
    var text = ""
    for (index, turn) in turns.enumerated() {
      text += "<s>[INST] \(turn.question) [/INST]"
      guard let answer = turn.answer else { continue }
      text += " \(answer)"
      // An answer at the end is the beginning of the one that is wanted.
      if index < turns.count - 1 { text += " </s>" }
    }
    return text
  }

  private static func words(
    of message: ChatMessage, at place: String, _ unsupported: inout [String]
  ) -> String {
    var text = ""
    for (index, part) in message.content.enumerated() {
      switch part {
      case .text(let words), .refusal(let words): text += words
      case .image, .audio, .file, .other: unsupported.append("\(place).content[\(index)]")
      }
    }
    if message.name != nil { unsupported.append("\(place).name") }
    if !message.toolCalls.isEmpty { unsupported.append("\(place).tool_calls") }
    for field in message.unknown where field.key != "annotations" {
      unsupported.append("\(place).\(field.key)")
    }
    return neutral(text)
  }

  /// The text without whitespace at its ends, as Meta's own code has it, and with a space inside of every mark.
  static func neutral(_ text: String) -> String {
    let bytes = text.utf8Span.span.bytes
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
    var first = 0
    var last = bytes.byteCount
    while first < last, isSpace(bytes.byte(at: first)) { first += 1 }
    while first < last, isSpace(bytes.byte(at: last - 1)) { last -= 1 }
    var result: [UInt8] = []
    var copied = first
    var index = bytes.firstSquareOrAngle(from: first)
    while index < last {
      if isMark(in: bytes, at: index) {
        result += bytes.copy(copied..<index + 1)
        result.append(UInt8(ascii: " "))
        copied = index + 1
      }
      index = bytes.firstSquareOrAngle(from: index + 1)
    }
    if copied == first {
      return last - first == bytes.byteCount ? text : bytes.string(first..<last)
    }
    result += bytes.copy(copied..<last)
    return String(decoding: result, as: UTF8.self)
  }

  /// Whether a mark of the format, or a token that tokenizers know in any text, begins at an offset.
  private static func isMark(in bytes: RawSpan, at offset: Int) -> Bool {
    switch bytes.byteOrZero(at: offset + 1) {
    case UInt8(ascii: "I"): bytes.hasPrefix("[INST]", at: offset)
    case UInt8(ascii: "/"):
      bytes.hasPrefix("[/INST]", at: offset) || bytes.hasPrefix("</s>", at: offset)
    case UInt8(ascii: "<"):
      bytes.hasPrefix("<<SYS>>", at: offset) || bytes.hasPrefix("<</SYS>>", at: offset)
    case UInt8(ascii: "s"): bytes.hasPrefix("<s>", at: offset)
    case UInt8(ascii: "u"): bytes.hasPrefix("<unk>", at: offset)
    default: false
    }
  }
}
