// SPDX-License-Identifier: Apache-2.0

extension ChatResponse {
  /// An answer of the Messages API, or of the Text Completions API.
  init(anthropic root: JSONNode, in body: RawSpan, _ call: ProviderCall) throws(JSONError) {
    var message = ChatMessage(role: .assistant)
    var counts = AnthropicUsage()
    var reason: FinishReason?
    var thoughts = ""
    var isAnswer = false
    self.init(id: "", created: 0, model: "", choices: [])
    var members = JSONMembers(of: root)
    while let member = try members.next(in: body) {
      let value = member.value
      if member.key.isString("content", in: body), value.kind == .array {
        isAnswer = true
        try message.readBlocks(value, in: body, &thoughts)
      } else if member.key.isString("completion", in: body), let text = value.string(in: body) {
        isAnswer = true
        message.content = [.text(text.withoutLeadingSpace)]
      } else if member.key.isString("id", in: body) {
        id = value.string(in: body) ?? ""
      } else if member.key.isString("model", in: body) {
        model = value.string(in: body) ?? ""
      } else if member.key.isString("stop_reason", in: body) {
        reason = value.string(in: body).map { FinishReason(anthropic: $0) }
      } else if member.key.isString("stop_details", in: body) {
        if let text = try value.member("explanation", in: body)?.string(in: body) {
          message.content.append(.refusal(text))
        }
      } else if member.key.isString("usage", in: body) {
        try counts.read(value, in: body)
      }
    }
    guard isAnswer else { throw JSONError(.wrongType, at: root.start) }
    if message.content.isEmpty, message.toolCalls.isEmpty { message.content = [.text("")] }
    message.moveRefusalToEnd()
    if !thoughts.isEmpty {
      message.unknown = [UnknownField("reasoning_content", .string(thoughts))]
    }
    choices = [Choice(message: message, finishReason: reason)]
    usage = counts.usage
    self = completed(for: call)
  }
}

extension ChatMessage {
  /// Reads the blocks of an answer. Those of tools that the provider ran itself are its own business: what came of
  /// them is in the texts.
  fileprivate mutating func readBlocks(
    _ blocks: JSONNode, in body: RawSpan, _ thoughts: inout String
  ) throws(JSONError) {
    var text = ""
    var elements = JSONElements(of: blocks)
    while let block = try elements.next(in: body) {
      guard let type = try block.member("type", in: body) else { continue }
      if type.isString("text", in: body) {
        text += try block.member("text", in: body)?.string(in: body) ?? ""
      } else if type.isString("thinking", in: body) {
        thoughts += try block.member("thinking", in: body)?.string(in: body) ?? ""
      } else if type.isString("tool_use", in: body) {
        toolCalls.append(
          ToolCall(
            id: try block.member("id", in: body)?.string(in: body),
            name: try block.member("name", in: body)?.string(in: body) ?? "",
            arguments: try block.member("input", in: body).map { $0.text(in: body).string } ?? ""))
      }
    }
    if !text.isEmpty { content = [.text(text)] + content }
  }

  /// The refusal stands behind what was said, whichever came first in the answer.
  fileprivate mutating func moveRefusalToEnd() {
    guard content.count > 1, case .refusal = content[0] else { return }
    content.append(content.removeFirst())
  }
}

extension FinishReason {
  /// The reason by its name in Anthropic's APIs.
  package init(anthropic name: String) {
    switch name {
    case "tool_use": self = .toolCalls
    case "max_tokens", "model_context_window_exceeded": self = .length
    case "refusal": self = .contentFilter
    default: self = .stop  // end_turn, stop_sequence, pause_turn, and what is still to be invented
    }
  }
}

extension String {
  /// Texts of the Text Completions API begin with the space behind `Assistant:`.
  var withoutLeadingSpace: String { hasPrefix(" ") ? String(dropFirst()) : self }
}
