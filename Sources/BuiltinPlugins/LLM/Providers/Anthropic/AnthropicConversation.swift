// SPDX-License-Identifier: Apache-2.0

/// A conversation as the API wants it: instructions in front, then turns of user and assistant, with all results of a
/// turn's calls at the start of the next.
struct AnthropicConversation: Sendable {
  /// Messages that follow each other and become one.
  private struct Turn {
    var isAssistant: Bool
    var messages: [Int]
  }

  private let messages: [ChatMessage]
  private var instructions: [Int] = []
  private var turns: [Turn] = []

  /// - Throws: for a message of a role that is not known, and for a result that names no call.
  init(_ chat: ChatRequest) throws(RequestProblem) {
    messages = chat.messages
    for (index, message) in messages.enumerated() {
      switch message.role {
      case .system, .developer: instructions.append(index)
      case .assistant:
        // An answer without a word, such as a refusal without reasons, cannot be said again.
        if !message.toolCalls.isEmpty || !message.isEmpty { add(index, isAssistant: true) }
      case .user:
        if !message.isEmpty { add(index, isAssistant: false) }
      case .tool:
        guard message.toolCallID != nil else {
          throw RequestProblem(message: "messages[\(index)].tool_call_id is missing")
        }
        add(index, isAssistant: false)
      case .other(let role):
        throw RequestProblem(
          message: "messages[\(index)].role: '\(role)' is not supported by this provider")
      }
    }
    // Instructions alone are no conversation: then they are what the user says.
    if turns.isEmpty, !instructions.isEmpty {
      turns = [Turn(isAssistant: false, messages: instructions)]
      instructions = []
    }
  }

  /// Whether a message has a file that was uploaded before.
  var hasUploadedFiles: Bool {
    messages.contains {
      $0.content.contains { if case .file(let file) = $0 { file.id != nil } else { false } }
    }
  }

  private mutating func add(_ index: Int, isAssistant: Bool) {
    if turns.last?.isAssistant == isAssistant {
      turns[turns.count - 1].messages.append(index)
    } else {
      turns.append(Turn(isAssistant: isAssistant, messages: [index]))
    }
  }

  // MARK: - Instructions

  /// Writes `system`, if there is anything to write: a text, or one block for each of several.
  func writeSystem(
    to writer: inout JSONWriter, _ instruction: String?, _ unsupported: inout [String]
  ) {
    var texts: [String] = []
    for index in instructions {
      note(messages[index], index, &unsupported)
      for (number, part) in messages[index].content.enumerated() {
        if case .text(let text) = part {
          if !text.isBlank { texts.append(text) }
        } else {
          unsupported.append("messages[\(index)].content[\(number)]")
        }
      }
    }
    if let instruction { texts.append(instruction) }
    guard !texts.isEmpty else { return }
    writer.key("system")
    if texts.count == 1 { return writer.string(texts[0]) }
    writer.array { for text in texts { AnthropicContent.write(text: text, to: &$0) } }
  }

  // MARK: - Turns

  /// Writes the array of messages.
  func writeMessages(to writer: inout JSONWriter, _ unsupported: inout [String]) {
    writer.array {
      for (number, turn) in turns.enumerated() {
        $0.object {
          $0.member("role", turn.isAssistant ? "assistant" : "user")
          $0.key("content")
          write(turn, isLast: number == turns.count - 1, to: &$0, &unsupported)
        }
      }
    }
  }

  private func write(
    _ turn: Turn, isLast: Bool, to writer: inout JSONWriter, _ unsupported: inout [String]
  ) {
    for index in turn.messages { note(messages[index], index, &unsupported) }
    let first = messages[turn.messages[0]]
    if turn.messages.count == 1, first.role != .tool, let text = first.onlyText {
      return writer.string(turn.isAssistant && isLast ? text.withoutTrailingWhitespace : text)
    }
    writer.array {
      // The API wants results before anything else.
      for index in turn.messages where messages[index].role == .tool {
        writeResult(index, to: &$0, &unsupported)
      }
      for index in turn.messages where messages[index].role != .tool {
        writeParts(
          index, isAssistant: turn.isAssistant, isLast: isLast && index == turn.messages.last,
          to: &$0, &unsupported)
      }
    }
  }

  private func writeParts(
    _ index: Int, isAssistant: Bool, isLast: Bool, to writer: inout JSONWriter,
    _ unsupported: inout [String]
  ) {
    let message = messages[index]
    for (number, part) in message.content.enumerated() {
      let place = "messages[\(index)].content[\(number)]"
      let isEnd = isLast && number == message.content.count - 1 && message.toolCalls.isEmpty
      if isAssistant {
        AnthropicContent.write(assistant: part, isEnd, place, to: &writer, &unsupported)
      } else {
        AnthropicContent.write(user: part, place, to: &writer, &unsupported)
      }
    }
    for (number, call) in message.toolCalls.enumerated() {
      let place = "messages[\(index)].tool_calls[\(number)]"
      AnthropicContent.write(call, place, to: &writer, &unsupported)
    }
  }

  private func writeResult(
    _ index: Int, to writer: inout JSONWriter, _ unsupported: inout [String]
  ) {
    let message = messages[index]
    writer.object {
      $0.member("type", "tool_result")
      $0.member("tool_use_id", AnthropicContent.callID(message.toolCallID ?? ""))
      if message.isEmpty { return }
      $0.key("content")
      if let text = message.onlyText { return $0.string(text) }
      $0.array {
        for (number, part) in message.content.enumerated() {
          let place = "messages[\(index)].content[\(number)]"
          AnthropicContent.write(user: part, place, to: &$0, &unsupported)
        }
      }
    }
  }

  /// Names what a message has and the API has no place for. Thoughts are none of it: clients send back what they were
  /// told, and the API wants only thoughts that it has signed.
  private func note(_ message: ChatMessage, _ index: Int, _ unsupported: inout [String]) {
    if message.name != nil { unsupported.append("messages[\(index)].name") }
    for field in message.unknown where field.value.string != "[]" {
      if field.key == "reasoning_content", message.role == .assistant { continue }
      unsupported.append("messages[\(index)].\(field.key)")
    }
  }
}

extension ChatMessage {
  /// Whether nothing is said: the API takes no blank texts.
  fileprivate var isEmpty: Bool {
    content.allSatisfy {
      switch $0 {
      case .text(let text), .refusal(let text): text.isBlank
      case .image, .audio, .file, .other: false
      }
    }
  }

  /// The text of a message that has nothing else.
  fileprivate var onlyText: String? {
    guard toolCalls.isEmpty, content.count == 1 else { return nil }
    if case .text(let text) = content[0] { return text }
    return nil
  }
}

extension String {
  /// The API refuses whitespace at the end of what the assistant is to go on from.
  var withoutTrailingWhitespace: String {
    guard let last = utf8.lastIndex(where: { $0 != 0x20 && !($0 >= 0x09 && $0 <= 0x0D) }) else {
      return ""
    }
    return String(self[...last])
  }
}
