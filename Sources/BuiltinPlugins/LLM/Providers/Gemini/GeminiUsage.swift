// SPDX-License-Identifier: Apache-2.0

extension Usage {
  /// What a `usageMetadata` reports; nil if it has no count.
  ///
  /// Google counts thoughts and what its own tools put into the prompt apart from the answer and the prompt, OpenAI with
  /// them.
  init?(gemini node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    self.init(promptTokens: 0, completionTokens: 0)
    var prompt: Int?
    var candidates: Int?
    var thoughts: Int?
    var ofTools: Int?
    var total: Int?
    var members = JSONMembers(of: node)
    while let member = try members.next(in: bytes) {
      let key = member.key
      let value = member.value
      if key.isString("promptTokenCount", in: bytes) {
        prompt = Self.count(value, in: bytes)
      } else if key.isString("candidatesTokenCount", in: bytes) {
        candidates = Self.count(value, in: bytes)
      } else if key.isString("totalTokenCount", in: bytes) {
        total = Self.count(value, in: bytes)
      } else if key.isString("thoughtsTokenCount", in: bytes) {
        thoughts = Self.count(value, in: bytes)
      } else if key.isString("toolUsePromptTokenCount", in: bytes) {
        ofTools = Self.count(value, in: bytes)
      } else if key.isString("cachedContentTokenCount", in: bytes) {
        cachedPromptTokens = Self.count(value, in: bytes)
      } else if key.isString("promptTokensDetails", in: bytes) {
        audioPromptTokens = try Self.audio(value, in: bytes)
      } else if key.isString("candidatesTokensDetails", in: bytes) {
        audioCompletionTokens = try Self.audio(value, in: bytes)
      }
    }
    guard prompt != nil || candidates != nil || total != nil else { return nil }
    promptTokens = (prompt ?? 0) &+ (ofTools ?? 0)
    reasoningTokens = thoughts
    // Some endpoints count thoughts among the candidates: the total tells.
    let isWithin = total == promptTokens &+ (candidates ?? 0)
    completionTokens = (candidates ?? 0) &+ (isWithin ? 0 : thoughts ?? 0)
    totalTokens = total ?? promptTokens &+ completionTokens
  }

  /// The tokens of sound in a list of kinds.
  private static func audio(_ node: JSONNode, in bytes: RawSpan) throws(JSONError) -> Int? {
    var elements = JSONElements(of: node)
    while let element = try elements.next(in: bytes) {
      guard try element.member("modality", in: bytes)?.isString("AUDIO", in: bytes) == true else {
        continue
      }
      return try element.member("tokenCount", in: bytes).flatMap { count($0, in: bytes) }
    }
    return nil
  }

  /// A count of tokens: whole and not negative. protobuf may write large ones as texts.
  private static func count(_ node: JSONNode, in bytes: RawSpan) -> Int? {
    let value = node.integer(in: bytes) ?? node.string(in: bytes).flatMap { Int($0) }
    return value.flatMap { $0 >= 0 ? $0 : nil }
  }
}
