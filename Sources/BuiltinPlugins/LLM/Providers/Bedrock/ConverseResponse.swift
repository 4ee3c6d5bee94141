// SPDX-License-Identifier: Apache-2.0

extension ChatResponse {
  /// The answer of Converse, which is validated; nil if it has no message. It has neither id nor model.
  init?(converse body: RawSpan) throws(JSONError) {
    let root = try JSONNode.validated(in: body)
    var message: JSONNode?
    self.init(id: "", created: 0, model: "", choices: [])
    var reason: FinishReason?
    var members = JSONMembers(of: root)
    while let member = try members.next(in: body) {
      let value = member.value
      if member.key.isString("output", in: body) {
        message = try value.member("message", in: body)
      } else if member.key.isString("stopReason", in: body) {
        reason = value.string(in: body).map { FinishReason(converse: $0) }
      } else if member.key.isString("usage", in: body) {
        usage = try Usage(converse: value, in: body)
      } else if member.key.isString("trace", in: body), !value.isNull {
        // What a guardrail found: Kong passes it on.
        unknown.append(UnknownField("trace", value.text(in: body)))
      }
    }
    guard let message, let content = try message.member("content", in: body) else { return nil }
    choices = [
      Choice(message: try ChatMessage(converse: content, in: body), finishReason: reason)
    ]
  }
}

extension ChatMessage {
  /// The message of a model that has some blocks of content.
  fileprivate init(converse content: JSONNode, in body: RawSpan) throws(JSONError) {
    self.init(role: .assistant)
    var text = ""
    var reasoning = ""
    var blocks = JSONElements(of: content)
    while let block = try blocks.next(in: body) {
      var members = JSONMembers(of: block)
      while let member = try members.next(in: body) {
        let value = member.value
        if member.key.isString("text", in: body) {
          text += value.string(in: body) ?? ""
        } else if member.key.isString("toolUse", in: body) {
          if let call = try ToolCall(converse: value, in: body) { toolCalls.append(call) }
        } else if member.key.isString("reasoningContent", in: body) {
          let shown = try value.value(at: ["reasoningText", "text"], in: body)
          reasoning += shown?.string(in: body) ?? ""
        } else if member.key.isString("citationsContent", in: body) {
          guard let parts = try value.member("content", in: body) else { continue }
          for part in try parts.mapElements(in: body, { $0 }) {
            text += try part.member("text", in: body)?.string(in: body) ?? ""
          }
        }
      }
    }
    if !text.isEmpty { self.content = [.text(text)] }
    if !reasoning.isEmpty { unknown.append(UnknownField("reasoning_content", .string(reasoning))) }
  }
}

extension ToolCall {
  /// Nil: a tool that runs at the provider, whose call is not the client's.
  fileprivate init?(converse node: JSONNode, in body: RawSpan) throws(JSONError) {
    if try node.member("type", in: body)?.isString("server_tool_use", in: body) == true {
      return nil
    }
    self.init(
      id: try node.member("toolUseId", in: body)?.string(in: body),
      name: try node.member("name", in: body)?.string(in: body) ?? "",
      arguments: try node.member("input", in: body)?.text(in: body).string ?? "")
  }
}

extension FinishReason {
  /// The reason by Converse's names. What a model gets wrong it has ended nevertheless.
  init(converse name: String) {
    switch name {
    case "tool_use": self = .toolCalls
    case "max_tokens", "model_context_window_exceeded": self = .length
    case "guardrail_intervened", "content_filtered": self = .contentFilter
    default: self = .stop
    }
  }
}

extension Usage {
  /// The usage that Converse reports; nil if there is no count in it.
  ///
  /// `inputTokens` are those that were neither read from a cache nor written to one: the prompt is the sum of all three.
  /// Some models count the cached ones in it nevertheless. The total tells.
  init?(converse node: JSONNode, in body: RawSpan) throws(JSONError) {
    var input: Int?
    var output: Int?
    var total: Int?
    var read: Int?
    var written: Int?
    var members = JSONMembers(of: node)
    while let member = try members.next(in: body) {
      let count = member.value.integer(in: body).flatMap { (0...1 << 50).contains($0) ? $0 : nil }
      if member.key.isString("inputTokens", in: body) {
        input = count
      } else if member.key.isString("outputTokens", in: body) {
        output = count
      } else if member.key.isString("totalTokens", in: body) {
        total = count
      } else if member.key.isString("cacheReadInputTokens", in: body) {
        read = count
      } else if member.key.isString("cacheWriteInputTokens", in: body) {
        written = count
      }
    }
    guard input != nil || output != nil else { return nil }
    let completion = output ?? 0
    let cached = (read ?? 0) + (written ?? 0)
    var prompt = input ?? 0
    let includesCached = cached <= prompt && total == prompt + completion
    if !includesCached { prompt += cached }
    self.init(promptTokens: prompt, completionTokens: completion)
    if let total, total > totalTokens { totalTokens = total }
    cachedPromptTokens = read
    cacheWriteTokens = written
  }
}
