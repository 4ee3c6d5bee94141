// SPDX-License-Identifier: Apache-2.0

/// One record of Ollama: a whole answer, or a line of a stream. Where its parts are.
struct OllamaRecord {
  /// `model`
  var model: JSONNode?
  /// `message.content`, or `response` where a text was continued.
  var text: JSONNode?
  /// `thinking`, of the message or of the record.
  var thinking: JSONNode?
  /// `message.tool_calls`
  var toolCalls: JSONNode?
  /// Whether it is the last record.
  var isDone = false
  /// `done_reason`: older servers have none.
  var doneReason: JSONNode?
  /// `prompt_eval_count`. Older servers leave it out for a prompt that they have in their cache.
  var promptTokens: Int?
  /// `eval_count`
  var completionTokens: Int?
  /// `error`, if it is there and not null.
  var error: JSONNode?

  /// Reads an object, which was validated.
  ///
  /// - Throws: where there is neither an answer nor an error in it.
  init(_ data: RawSpan) throws(JSONError) {
    var isAnswer = false
    var members = JSONMembers(scanning: data)
    while let member = try members.next(in: data) {
      let value = member.value
      if member.key.isString("message", in: data), value.kind == .object {
        isAnswer = true
        try readMessage(value, in: data)
      } else if member.key.isString("response", in: data), value.kind == .string {
        isAnswer = true
        text = value
      } else if member.key.isString("thinking", in: data) {
        thinking = value
      } else if member.key.isString("model", in: data) {
        model = value
      } else if member.key.isString("done", in: data) {
        isDone = value.kind == .true
      } else if member.key.isString("done_reason", in: data) {
        doneReason = value
      } else if member.key.isString("prompt_eval_count", in: data) {
        promptTokens = value.integer(in: data)
      } else if member.key.isString("eval_count", in: data) {
        completionTokens = value.integer(in: data)
      } else if member.key.isString("error", in: data), !value.isNull {
        error = value
      }
    }
    guard isAnswer || error != nil || isDone else { throw JSONError(.wrongType, at: 0) }
  }

  private mutating func readMessage(_ node: JSONNode, in data: RawSpan) throws(JSONError) {
    var members = JSONMembers(of: node)
    while let member = try members.next(in: data) {
      if member.key.isString("content", in: data) {
        text = member.value
      } else if member.key.isString("thinking", in: data) {
        thinking = member.value
      } else if member.key.isString("tool_calls", in: data) {
        toolCalls = member.value
      }
    }
  }

  /// What the record reports.
  var usage: Usage? {
    guard promptTokens != nil || completionTokens != nil else { return nil }
    return Usage(promptTokens: promptTokens ?? 0, completionTokens: completionTokens ?? 0)
  }

  /// Why the model stopped. A server that only loaded or unloaded the model stopped, too.
  func finishReason(in data: RawSpan) -> FinishReason {
    doneReason?.isString("length", in: data) == true ? .length : .stop
  }
}

extension OllamaRecord {
  /// The record as a whole answer; its id and time are to be filled in.
  func answer(in body: RawSpan) throws(JSONError) -> ChatResponse {
    var message = ChatMessage(role: .assistant)
    if let text = text?.string(in: body), !text.isEmpty { message.content = [.text(text)] }
    if let toolCalls {
      message.toolCalls = try toolCalls.mapElements(in: body) { (node) throws(JSONError) in
        try ToolCall(ollama: node, in: body)
      }
    }
    if let thinking, thinking.kind == .string, thinking.range.count > 2 {
      message.unknown.append(UnknownField("reasoning_content", thinking.text(in: body)))
    }
    return ChatResponse(
      id: "", created: 0, model: model?.string(in: body) ?? "",
      choices: [ChatResponse.Choice(message: message, finishReason: finishReason(in: body))],
      usage: usage)
  }
}

extension ToolCall {
  /// A call by Ollama: its arguments are an object, and only newer servers give it an id.
  init(ollama node: JSONNode, in data: RawSpan) throws(JSONError) {
    let function = try node.member("function", in: data)
    let arguments = try function?.member("arguments", in: data)
    self.init(
      id: try node.member("id", in: data)?.string(in: data),
      name: try function?.member("name", in: data)?.string(in: data) ?? "",
      arguments: arguments?.kind == .object ? data.string(arguments!.range) : "")
  }
}
