// SPDX-License-Identifier: Apache-2.0

/// What the API reports about tokens: in a stream in two parts, of which the second repeats some of the first.
struct AnthropicUsage: Equatable, Sendable {
  /// Tokens of the prompt that were neither read from a cache nor written to one.
  private var input: Int?
  private var cacheRead: Int?
  private var cacheWrite: Int?
  private var output: Int?
  private var thinking: Int?

  /// Nothing reported.
  init() {}

  /// Takes what a `usage` object says; what it leaves out stays.
  mutating func read(_ node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    var members = JSONMembers(of: node)
    while let member = try members.next(in: bytes) {
      let key = member.key
      if key.isString("output_tokens_details", in: bytes) {
        let count = try member.value.member("thinking_tokens", in: bytes)?.integer(in: bytes)
        thinking = count ?? thinking
        continue
      }
      guard let count = member.value.integer(in: bytes), count >= 0 else { continue }
      if key.isString("input_tokens", in: bytes) {
        input = count
      } else if key.isString("cache_read_input_tokens", in: bytes) {
        cacheRead = count
      } else if key.isString("cache_creation_input_tokens", in: bytes) {
        cacheWrite = count
      } else if key.isString("output_tokens", in: bytes) {
        output = count
      }
    }
  }

  /// The usage in OpenAI's terms, where cached tokens are part of the prompt; nil if nothing was reported.
  var usage: Usage? {
    guard input != nil || output != nil else { return nil }
    var prompt = input ?? 0
    // A provider can report anything: counts are never allowed to trap.
    prompt = prompt.addingReportingOverflow(cacheRead ?? 0).partialValue
    prompt = prompt.addingReportingOverflow(cacheWrite ?? 0).partialValue
    var usage = Usage(promptTokens: prompt, completionTokens: output ?? 0)
    usage.cachedPromptTokens = cacheRead
    usage.cacheWriteTokens = cacheWrite
    usage.reasoningTokens = thinking
    return usage
  }
}

extension AnthropicUsage: CompactState {
  func write(to writer: inout StateWriter) {
    writer.number(input)
    writer.number(cacheRead)
    writer.number(cacheWrite)
    writer.number(output)
    writer.number(thinking)
  }

  init(from reader: inout StateReader) throws(StateError) {
    input = try reader.optionalNumber()
    cacheRead = try reader.optionalNumber()
    cacheWrite = try reader.optionalNumber()
    output = try reader.optionalNumber()
    thinking = try reader.optionalNumber()
  }
}
