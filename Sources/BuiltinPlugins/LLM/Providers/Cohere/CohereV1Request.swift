// SPDX-License-Identifier: Apache-2.0

/// A chat in the format of version 1: the last message, what went before it, and a preamble.
///
/// It has tools too, but with calls that have no ids and arguments that are no schema: who has tools is refused, and told
/// where they work.
struct CohereV1Request {
  /// What the client asked for and Cohere cannot take.
  private(set) var unsupported: [String] = []
  private let chat: ChatRequest
  private let call: ProviderCall

  init(_ chat: ChatRequest, _ call: ProviderCall) {
    self.chat = chat
    self.call = call
  }

  /// - Throws: for tools, and where the user does not have the last word.
  mutating func body() throws(RequestProblem) -> [UInt8] {
    let messages = chat.messages
    if !chat.tools.isEmpty
      || messages.contains(where: { !$0.toolCalls.isEmpty || $0.role == .tool })
    {
      throw RequestProblem(
        message: "tools need version 2 of Cohere's API: an upstream_url that ends in /v2/chat")
    }
    guard let last = messages.last, last.role == .user, !last.text.isEmpty else {
      throw RequestProblem(
        message: "version 1 of Cohere's API needs a last message with a text of the user")
    }
    noteMessages()
    let lead = messages.prefix { $0.role.isInstruction }
    var writer = JSONWriter()
    writer.object {
      $0.member("model", call.model)
      $0.member("message", last.text)
      if !lead.isEmpty {
        $0.member("preamble", lead.map(\.text).joined(separator: "\n\n"))
      }
      writeHistory(messages[lead.count..<messages.count - 1], to: &$0)
      unsupported += CohereSampling.write(chat.sampling, to: &$0)
      writeFormat(to: &$0)
      $0.member("stream", call.isStreamed)
      for field in chat.unknown { write(field, to: &$0) }
    }
    return writer.bytes
  }

  private mutating func noteMessages() {
    for (index, message) in chat.messages.enumerated() {
      if message.name != nil { unsupported.append("messages[\(index)].name") }
      for (number, part) in message.content.enumerated() where part.said == nil {
        unsupported.append("messages[\(index)].content[\(number)]")
      }
      for field in message.unknown { unsupported.append("messages[\(index)].\(field.key)") }
    }
  }

  private func writeHistory(_ messages: ArraySlice<ChatMessage>, to writer: inout JSONWriter) {
    guard !messages.isEmpty else { return }
    writer.key("chat_history")
    writer.array {
      for message in messages {
        let text = message.content.compactMap(\.said).joined()
        // An empty message is refused, and says nothing.
        guard !text.isEmpty else { continue }
        $0.object {
          $0.member("role", Self.name(of: message.role))
          $0.member("message", text)
        }
      }
    }
  }

  private static func name(of role: ChatRole) -> String {
    switch role {
    case .system, .developer: "SYSTEM"
    case .assistant: "CHATBOT"
    case .user, .tool, .other: "USER"
    }
  }

  private mutating func writeFormat(to writer: inout JSONWriter) {
    guard let format = chat.responseFormat, format != .text else { return }
    guard let wanted = CohereFormat(format) else { return unsupported.append("response_format") }
    writer.key("response_format")
    writer.object {
      $0.member("type", "json_object")
      $0.member("schema", wanted.schema)
    }
  }

  private mutating func write(_ field: UnknownField, to writer: inout JSONWriter) {
    guard !field.isDefault else { return }
    switch field.key {
    case "citation_quality", "connectors", "conversation_id", "documents", "max_input_tokens",
      "prompt_truncation", "raw_prompting", "safety_mode", "search_queries_only":
      writer.member(field.key, field.value)
    default: unsupported.append(field.key)
    }
  }
}
