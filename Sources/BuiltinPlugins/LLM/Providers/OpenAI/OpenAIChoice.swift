// SPDX-License-Identifier: Apache-2.0

/// One element of `choices`, of a whole answer or of a chunk: where its parts are.
struct OpenAIChoice {
  /// `index`; 0 if there is none.
  var index = 0
  /// `finish_reason`, unless it is null.
  var finishReason: JSONNode?
  /// `content` of a chat, `text` of a completion.
  var content: JSONNode?
  /// `refusal`
  var refusal: JSONNode?
  /// `reasoning_content` or `reasoning`: not OpenAI's, but many servers' name for reasoning that is
  /// shown.
  var reasoning: JSONNode?
  /// The arguments of the tool calls.
  var arguments: [JSONNode] = []
  /// Whether there are tool calls, which may lack arguments so far.
  var hasToolCalls = false
  /// Whether there is a piece of audio.
  var hasAudio = false

  init(_ node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    var members = JSONMembers(of: node)
    while let member = try members.next(in: bytes) {
      let key = member.key
      if key.isString("delta", in: bytes) || key.isString("message", in: bytes) {
        try readMessage(member.value, in: bytes)
      } else if key.isString("text", in: bytes) {
        content = member.value
      } else if key.isString("finish_reason", in: bytes) {
        finishReason = member.value.kind == .string ? member.value : nil
      } else if key.isString("index", in: bytes) {
        index = member.value.integer(in: bytes) ?? 0
      }
    }
  }

  private mutating func readMessage(_ node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    var members = JSONMembers(of: node)
    while let member = try members.next(in: bytes) {
      let key = member.key
      if key.isString("content", in: bytes) {
        content = member.value
      } else if key.isString("refusal", in: bytes) {
        refusal = member.value
      } else if key.isString("reasoning_content", in: bytes) || key.isString("reasoning", in: bytes)
      {
        reasoning = member.value
      } else if key.isString("audio", in: bytes) {
        hasAudio = member.value.kind == .object
      } else if key.isString("tool_calls", in: bytes) {
        var calls = JSONElements(of: member.value)
        while let call = try calls.next(in: bytes) {
          hasToolCalls = true
          if let function = try call.member("function", in: bytes),
            let text = try function.member("arguments", in: bytes)
          {
            arguments.append(text)
          }
        }
      } else if key.isString("function_call", in: bytes), member.value.kind == .object {
        hasToolCalls = true
        if let text = try member.value.member("arguments", in: bytes) { arguments.append(text) }
      }
    }
  }

  /// Visits what a model has generated.
  func forEachText(_ body: (JSONNode) -> Void) {
    if let reasoning { body(reasoning) }
    if let content { body(content) }
    if let refusal { body(refusal) }
    for text in arguments { body(text) }
  }

  /// Whether a model has generated something here: a role alone, or an empty text, is nothing.
  var hasOutput: Bool {
    var isText = hasToolCalls || hasAudio
    forEachText { if $0.kind == .string, $0.end - $0.start > 2 { isText = true } }
    return isText
  }
}
