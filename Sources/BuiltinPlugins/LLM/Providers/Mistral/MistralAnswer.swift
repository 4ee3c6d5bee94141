// SPDX-License-Identifier: Apache-2.0

extension ChatResponse {
  /// Brings an answer of Mistral that was read as OpenAI's into OpenAI's shape: its parts of thinking become
  /// `reasoning_content`, its reasons OpenAI's, and what else it has is left out.
  mutating func normaliseMistral() throws(JSONError) {
    unknown = []
    for place in choices.indices {
      try choices[place].message.normaliseMistral()
      choices[place].unknown.removeAll { $0.key != "logprobs" }
      choices[place].finishReason = choices[place].finishReason.map {
        FinishReason(provider: $0.name)
      }
    }
  }
}

extension ChatMessage {
  fileprivate mutating func normaliseMistral() throws(JSONError) {
    var said = ""
    var thought = ""
    for part in content {
      if let text = part.said { said += text }
      if case .other(let other) = part { thought += try Self.thoughts(in: other) }
    }
    content = said.isEmpty && !toolCalls.isEmpty ? [] : [.text(said)]
    unknown = thought.isEmpty ? [] : [UnknownField("reasoning_content", .string(thought))]
  }

  /// The texts of a part such as `{"type":"thinking","thinking":[{"type":"text","text":"…"}]}`.
  private static func thoughts(in part: JSONText) throws(JSONError) -> String {
    let bytes = part.bytes.span.bytes
    let root = try JSONNode(scanning: bytes)
    guard let thinking = try root.member("thinking", in: bytes) else { return "" }
    return try thinking.mapElements(in: bytes) { (thought) throws(JSONError) in
      try thought.member("text", in: bytes)?.string(in: bytes) ?? ""
    }.joined()
  }
}
