// SPDX-License-Identifier: Apache-2.0

extension Usage {
  /// Details larger than this are not kept: they are a few numbers, and go into logs and
  /// checkpoints.
  private static let maximumDetails = 2048

  /// The usage that an OpenAI `usage` object reports; nil if the node is no object or has no count.
  /// The newer names `input_tokens` and `output_tokens` mean the same.
  package init?(openAI node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    guard node.kind == .object else { return nil }
    self.init(promptTokens: 0, completionTokens: 0)
    var prompt: Int?
    var completion: Int?
    var total: Int?
    // DeepSeek's own name.
    var hits: Int?
    var members = JSONMembers(of: node)
    while let member = try members.next(in: bytes) {
      let key = member.key
      let value = member.value
      if key.isString("prompt_tokens", in: bytes) || key.isString("input_tokens", in: bytes) {
        prompt = Usage.count(value, in: bytes) ?? prompt
      } else if key.isString("completion_tokens", in: bytes)
        || key.isString("output_tokens", in: bytes)
      {
        completion = Usage.count(value, in: bytes) ?? completion
      } else if key.isString("total_tokens", in: bytes) {
        total = Usage.count(value, in: bytes) ?? total
      } else if key.isString("prompt_tokens_details", in: bytes)
        || key.isString("input_tokens_details", in: bytes)
      {
        try readPromptDetails(value, in: bytes)
      } else if key.isString("completion_tokens_details", in: bytes)
        || key.isString("output_tokens_details", in: bytes)
      {
        try readCompletionDetails(value, in: bytes)
      } else if key.isString("prompt_cache_hit_tokens", in: bytes) {
        hits = Usage.count(value, in: bytes)
      }
    }
    guard prompt != nil || completion != nil || total != nil else { return nil }
    promptTokens = prompt ?? 0
    completionTokens = completion ?? 0
    totalTokens = total ?? promptTokens.addingReportingOverflow(completionTokens).0
    cachedPromptTokens = cachedPromptTokens ?? hits
    includeReasoning()
  }

  /// xAI counts reasoning beside the completion, and in the total: all others count it as a part.
  private mutating func includeReasoning() {
    guard let reasoningTokens, reasoningTokens > 0 else { return }
    let (completion, isTooLarge) = completionTokens.addingReportingOverflow(reasoningTokens)
    guard !isTooLarge, promptTokens.addingReportingOverflow(completion).0 == totalTokens else {
      return
    }
    completionTokens = completion
  }

  private mutating func readPromptDetails(
    _ node: JSONNode, in bytes: RawSpan
  ) throws(JSONError) {
    guard node.kind == .object else { return }
    if node.range.count <= Usage.maximumDetails { promptDetails = bytes.string(node.range) }
    var members = JSONMembers(of: node)
    while let member = try members.next(in: bytes) {
      let count = Usage.count(member.value, in: bytes)
      if member.key.isString("cached_tokens", in: bytes) {
        cachedPromptTokens = count
      } else if member.key.isString("audio_tokens", in: bytes) {
        audioPromptTokens = count
      }
    }
  }

  private mutating func readCompletionDetails(
    _ node: JSONNode, in bytes: RawSpan
  ) throws(JSONError) {
    guard node.kind == .object else { return }
    if node.range.count <= Usage.maximumDetails { completionDetails = bytes.string(node.range) }
    var members = JSONMembers(of: node)
    while let member = try members.next(in: bytes) {
      let count = Usage.count(member.value, in: bytes)
      if member.key.isString("reasoning_tokens", in: bytes) {
        reasoningTokens = count
      } else if member.key.isString("audio_tokens", in: bytes) {
        audioCompletionTokens = count
      } else if member.key.isString("accepted_prediction_tokens", in: bytes) {
        acceptedPredictionTokens = count
      } else if member.key.isString("rejected_prediction_tokens", in: bytes) {
        rejectedPredictionTokens = count
      }
    }
  }

  /// A count of tokens: whole and not negative.
  private static func count(_ node: JSONNode, in bytes: RawSpan) -> Int? {
    node.integer(in: bytes).flatMap { $0 >= 0 ? $0 : nil }
  }
}
