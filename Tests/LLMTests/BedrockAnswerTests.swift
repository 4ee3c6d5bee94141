// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct BedrockAnswerTests {
  private let bedrock = Bedrock(ProviderSettings())
  private let call = BedrockAsk().call

  private func answer(_ text: String) throws -> ChatResponse {
    let bytes = Array(text.utf8)
    return try bedrock.answer(bytes.span.bytes, call)
  }

  private func error(_ text: String, _ status: Int) -> ChatError? {
    let bytes = Array(text.utf8)
    return bedrock.error(bytes.span.bytes, status: status)
  }

  @Test func `an answer's blocks become a message`() throws {
    let answer = try answer(
      #"""
      {"metrics":{"latencyMs":1},"output":{"message":{"role":"assistant","content":[
        {"reasoningContent":{"reasoningText":{"text":"Hm.","signature":"s"}}},
        {"reasoningContent":{"redactedContent":"AAAA"}},
        {"text":"é "},
        {"citationsContent":{"content":[{"text":"cited"}],"citations":[]}},
        {"toolUse":{"toolUseId":"s","name":"own","input":{},"type":"server_tool_use"}},
        {"toolUse":{"toolUseId":"t","name":"f","input":{"a": [1.0]}}}]}},
       "stopReason":"tool_use","trace":{"guardrail":{}},
       "usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}
      """#)
    let whole = answer.completed(for: call)
    #expect(
      String(decoding: whole.openAI, as: UTF8.self)
        == #"{"id":"chatcmpl-7","object":"chat.completion","created":5,"model":"us.anthropic.claude-opus-4-5-20251101-v1:0","choices":[{"index":0,"message":{"role":"assistant","content":"é cited","tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{\"a\": [1.0]}"}}],"reasoning_content":"Hm."},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"trace":{"guardrail":{}}}"#
    )
  }

  static let reasons: [(String, FinishReason)] = [
    ("end_turn", .stop), ("stop_sequence", .stop), ("max_tokens", .length),
    ("model_context_window_exceeded", .length), ("guardrail_intervened", .contentFilter),
    ("content_filtered", .contentFilter), ("malformed_tool_use", .stop), ("new_one", .stop),
  ]

  @Test(arguments: reasons)
  func `why it ended`(reason: String, expected: FinishReason) throws {
    let answer = try answer(
      #"{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"\#(reason)"}"#)
    #expect(answer.choices[0].finishReason == expected)
    #expect(answer.choices[0].message.content.isEmpty)
    #expect(answer.usage == nil)
  }

  /// inputTokens, outputTokens, totalTokens, read, written; prompt and total of it.
  static let usages: [([Int?], Int, Int)] = [
    ([8, 5, 13, nil, nil], 8, 13),
    // As documented: the cached ones are apart.
    ([8, 5, 113, 60, 40], 108, 113),
    ([8, 5, 13, 60, 40], 108, 113),
    // Counted in by some models, which the total tells.
    ([108, 5, 113, 60, 40], 108, 113),
    ([8, 5, nil, 2, nil], 10, 15),
    ([0, 0, 0, 0, 0], 0, 0),
  ]

  @Test(arguments: usages)
  func `a prompt is counted once, cached or not`(counts: [Int?], prompt: Int, total: Int) throws {
    let names = [
      "inputTokens", "outputTokens", "totalTokens", "cacheReadInputTokens", "cacheWriteInputTokens",
    ]
    let members = zip(names, counts).compactMap { name, count in count.map { "\"\(name)\":\($0)" } }
    let answer = try answer(
      #"{"output":{"message":{"content":[]}},"usage":{\#(members.joined(separator: ","))}}"#)
    let usage = try #require(answer.usage)
    #expect(usage.promptTokens == prompt)
    #expect(usage.totalTokens == total)
    #expect(usage.cachedPromptTokens == counts[3])
    #expect(usage.cacheWriteTokens == counts[4])
  }

  @Test(arguments: ["{", "[]", "{}", #"{"output":{}}"#, "<html>"])
  func `what is no answer is said to be none`(text: String) {
    let problem = #expect(throws: ProviderProblem.self) { try answer(text) }
    #expect(problem?.status == 502)
    #expect(problem?.error.code == "upstream_answer_unreadable")
  }

  @Test func `errors of many shapes`() {
    #expect(
      error(#"{"message":"Too many requests."}"#, 429)
        == ChatError(message: "Too many requests.", type: "rate_limit_error"))
    #expect(
      error(#"{"message":"The security token included in the request is invalid."}"#, 403)?.type
        == "authentication_error")
    #expect(error(#"{"message":"No access to the model."}"#, 403)?.type == "permission_error")
    #expect(
      error(#"{"Message":"m","__type":"com.amazon.coral.service#ExpiredTokenException"}"#, 403)
        == ChatError(
          message: "m", type: "authentication_error", code: "ExpiredTokenException"))
    #expect(
      error(#"{"Output":{"__type":"x#UnknownOperationException"},"Version":"1.0"}"#, 404)
        == ChatError(
          message: "UnknownOperationException", type: "not_found_error",
          code: "UnknownOperationException"))
    for text in ["<html>", "{}", #"{"error":{"message":"x"}}"#, "null", #"{"message":7}"#] {
      #expect(error(text, 500) == nil, "\(text)")
    }
  }
}
