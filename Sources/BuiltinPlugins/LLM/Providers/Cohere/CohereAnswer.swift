// SPDX-License-Identifier: Apache-2.0

extension ChatResponse {
  /// An answer of `/v2/chat`, `/v1/chat` or `/v1/generate`: what is in it tells which.
  ///
  /// - Throws: if it is no JSON, or none of the three.
  init(cohere body: RawSpan) throws(JSONError) {
    let root = try JSONNode.validated(in: body)
    if let message = try root.member("message", in: body), message.kind == .object {
      try self.init(cohereV2: root, message, in: body)
    } else if let generations = try root.member("generations", in: body) {
      try self.init(cohereGenerations: generations, of: root, in: body)
    } else if let text = try root.member("text", in: body) {
      try self.init(cohereV1: root, text, in: body)
    } else {
      throw JSONError(.wrongType, at: root.start)
    }
  }

  private init(id: JSONNode?, usage: JSONNode?, in body: RawSpan) throws(JSONError) {
    self.init(id: id?.string(in: body) ?? "", created: 0, model: "", choices: [])
    self.usage = try usage.flatMap { (node) throws(JSONError) in
      try Usage(cohere: node, in: body)
    }
  }

  private init(cohereV2 root: JSONNode, _ message: JSONNode, in body: RawSpan) throws(JSONError) {
    try self.init(
      id: root.member("id", in: body), usage: root.member("usage", in: body), in: body)
    choices = [
      Choice(
        message: try ChatMessage(cohereV2: message, in: body),
        finishReason: try root.cohereReason(in: body))
    ]
  }

  private init(cohereV1 root: JSONNode, _ text: JSONNode, in body: RawSpan) throws(JSONError) {
    let id = try root.member("generation_id", in: body)
    try self.init(id: id, usage: root.member("meta", in: body), in: body)
    var message = ChatMessage(role: .assistant)
    if let calls = try root.member("tool_calls", in: body) {
      message.toolCalls = try calls.mapElements(in: body) { (call) throws(JSONError) in
        ToolCall(
          id: nil, name: try call.member("name", in: body)?.string(in: body) ?? "",
          arguments: try call.member("parameters", in: body)?.text(in: body).string ?? "")
      }
    }
    message.say(text.string(in: body) ?? "")
    choices = [Choice(message: message, finishReason: try root.cohereReason(in: body))]
  }

  private init(
    cohereGenerations generations: JSONNode, of root: JSONNode, in body: RawSpan
  ) throws(JSONError) {
    try self.init(
      id: root.member("id", in: body), usage: root.member("meta", in: body), in: body)
    var elements = JSONElements(of: generations)
    while let element = try elements.next(in: body) {
      var message = ChatMessage(role: .assistant)
      message.say(try element.member("text", in: body)?.string(in: body) ?? "")
      choices.append(
        Choice(
          index: choices.count, message: message,
          finishReason: try element.cohereReason(in: body)))
    }
  }
}

extension ChatMessage {
  /// A plan to call tools is what the model says; citations are left out.
  fileprivate init(cohereV2 node: JSONNode, in body: RawSpan) throws(JSONError) {
    self.init(role: .assistant)
    var plan = ""
    var said = ""
    var thought = ""
    var members = JSONMembers(of: node)
    while let member = try members.next(in: body) {
      if member.key.isString("tool_plan", in: body) {
        plan = member.value.string(in: body) ?? ""
      } else if member.key.isString("tool_calls", in: body) {
        toolCalls = try member.value.mapElements(in: body) { (call) throws(JSONError) in
          try ToolCall(openAI: call, in: body)
        }
      } else if member.key.isString("content", in: body) {
        var parts = JSONElements(of: member.value)
        while let part = try parts.next(in: body) {
          said += try part.member("text", in: body)?.string(in: body) ?? ""
          thought += try part.member("thinking", in: body)?.string(in: body) ?? ""
        }
      }
    }
    say(plan + said)
    if !thought.isEmpty { unknown = [UnknownField("reasoning_content", .string(thought))] }
  }

  /// A message that only calls tools has no content.
  fileprivate mutating func say(_ text: String) {
    content = text.isEmpty && !toolCalls.isEmpty ? [] : [.text(text)]
  }
}

extension JSONNode {
  fileprivate func cohereReason(in body: RawSpan) throws(JSONError) -> FinishReason? {
    try member("finish_reason", in: body)?.string(in: body).map { FinishReason(cohere: $0) }
  }
}
