// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LLM

@Suite struct MistralAnswerTests {
  private let mistral = Mistral()
  private let call = ProviderCall(model: "m", id: "chatcmpl-7", created: 5)

  private func answer(_ body: String) throws -> String {
    let answer = try mistral.answer(Array(body.utf8).span.bytes, call)
    return String(decoding: answer.openAI(.chat), as: UTF8.self)
  }

  private static let usage =
    #""usage":{"prompt_tokens":7,"total_tokens":12,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":3}}"#

  @Test func `thinking is told apart from the answer`() throws {
    let answer = try answer(
      #"{"id":"c5","object":"chat.completion","created":9,"model":"magistral","choices":[{"index":0,"finish_reason":"model_length","#
        + #""message":{"role":"assistant","tool_calls":null,"prefix":false,"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"},{"type":"text","text":"m."}],"closed":true},{"type":"text","text":"é"},{"type":"reference","reference_ids":[1]},{"type":"text","text":"!"}]}}],"#
        + Self.usage + "}")
    #expect(
      answer
        == #"{"id":"c5","object":"chat.completion","created":9,"model":"magistral","choices":[{"index":0,"message":{"role":"assistant","content":"é!","reasoning_content":"Hmm."},"finish_reason":"length"}],"#
        + #""usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":3}}}"#
    )
  }

  @Test func `tool calls get their type, and arguments as text`() throws {
    let answer = try answer(
      #"{"id":"c5","created":9,"model":"m","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":"","tool_calls":[{"id":"V2bduoFbR","function":{"name":"f","arguments":{"a": 1}},"index":0}]}}]}"#
    )
    #expect(
      answer.contains(
        #""message":{"role":"assistant","content":null,"tool_calls":[{"id":"V2bduoFbR","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}}]},"finish_reason":"tool_calls""#
      ))
  }

  @Test func `an answer that failed is an error`() {
    let failed = #"{"choices":[{"index":0,"finish_reason":"error","message":{"content":"x"}}]}"#
    #expect(throws: ProviderProblem(.stoppedWithError)) { try answer(failed) }
    #expect(throws: ProviderProblem.self) { try answer("{}") }
    #expect(throws: ProviderProblem.self) { try answer("<html>") }
  }

  @Test(arguments: [
    (
      401, #"{"detail":"Unauthorized"}"#,
      ChatError(message: "Unauthorized", type: "authentication_error")
    ),
    (
      429,
      #"{"object":"error","message":"Rate limit exceeded","type":"rate_limited","param":null,"code":"1300"}"#,
      ChatError(message: "Rate limit exceeded", type: "rate_limit_error", code: "rate_limited")
    ),
    (
      422,
      #"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","messages",0,"user","name"],"msg":"Extra inputs are not permitted","input":null},{"msg":"No","loc":["body"]}]},"type":"invalid_request_error","param":null,"code":null}"#,
      ChatError(
        message: "messages[0].name: Extra inputs are not permitted; No",
        type: "invalid_request_error", parameter: "messages[0].name")
    ),
    (
      404, #"{"message":"no Route matched with those values","request_id":"5f"}"#,
      ChatError(message: "no Route matched with those values", type: "not_found_error")
    ),
    (
      400, #"{"error":{"message":"busy","type":"x"}}"#, ChatError(message: "busy", type: "x")
    ),
  ])
  func `errors are OpenAI's`(status: Int, body: String, expected: ChatError) {
    #expect(mistral.error(Array(body.utf8).span.bytes, status: status) == expected)
  }

  @Test func `what is no error of Mistral is none`() {
    #expect(mistral.error(Array("<html></html>".utf8).span.bytes, status: 502) == nil)
    #expect(mistral.error(Array(#"{"a":1}"#.utf8).span.bytes, status: 502) == nil)
  }

  @Test func `vectors are read`() throws {
    let body = Array(
      #"{"id":"9","object":"list","data":[{"object":"embedding","embedding":[0.5,-1],"index":0}],"model":"mistral-embed","usage":{"prompt_tokens":3,"total_tokens":3,"completion_tokens":0}}"#
        .utf8)
    let answer = try mistral.answer(embeddings: body.span.bytes, call)
    #expect(
      answer
        == EmbeddingResponse(
          model: "mistral-embed", vectors: [JSONText(unchecked: Array("[0.5,-1]".utf8))],
          usage: Usage(promptTokens: 3, completionTokens: 0)))
    #expect(throws: ProviderProblem.self) {
      try mistral.answer(embeddings: Array(#"{"data":[{}]}"#.utf8).span.bytes, call)
    }
  }

  // MARK: - Streams

  private func read(_ events: [String]) throws -> (deltas: [String], answer: ChatStreamWriter) {
    let stream = events.map { "data: \($0)\n\n" }.joined()
    let (output, answer) = try StreamSplits(mistral, call).read(stream)
    return (output.deltas, answer)
  }

  private func chunk(_ delta: String, _ reason: String = "null", _ more: String = "") -> String {
    #"{"id":"c5","object":"chat.completion.chunk","created":9,"model":"x","choices":[{"index":0,"delta":"#
      + delta + #","finish_reason":"# + reason + "}]" + more + "}"
  }

  @Test func `a stream of thinking, text and calls`() throws {
    let (deltas, answer) = try read([
      chunk(#"{"role":"assistant","content":""}"#),
      chunk(
        #"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm\u00e9"}],"closed":false}]}"#
      ),
      chunk(#"{"content":[{"type":"text","text":"t0"}]}"#),
      chunk(#"{"content":" t1"}"#),
      chunk(
        #"{"content":"","tool_calls":[{"id":"V2bduoFbR","function":{"name":"f","arguments":"{\"a\":1}"},"index":0},{"id":"aaaaaaaaa","function":{"name":"g","arguments":{}},"index":1}]}"#,
        #""tool_calls""#, "," + Self.usage),
      "[DONE]",
    ])
    #expect(
      deltas == [
        #"{"role":"assistant","content":""}"#,
        #"{"reasoning_content":"Hm\u00e9"}"#,
        #"{"content":"t0"}"#,
        #"{"content":" t1"}"#,
        #"{"tool_calls":[{"index":0,"id":"V2bduoFbR","type":"function","function":{"name":"f","arguments":""}}]}"#,
        #"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]}"#,
        #"{"tool_calls":[{"index":1,"id":"aaaaaaaaa","type":"function","function":{"name":"g","arguments":""}}]}"#,
        #"{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]}"#,
        "{}",
      ])
    #expect(answer.endedProperly)
    #expect(answer.finishReason == .toolCalls)
    #expect(answer.usage?.promptTokens == 7 && answer.usage?.cachedPromptTokens == 3)
  }

  @Test func `an error as the reason to stop fails the stream`() throws {
    let (deltas, answer) = try read([chunk(#"{"content":"t0"}"#), chunk("{}", #""error""#)])
    #expect(deltas == [#"{"role":"assistant","content":""}"#, #"{"content":"t0"}"#])
    #expect(answer.error == .stoppedWithError)
  }
}

extension String {
  /// The deltas of OpenAI's chunks, in order; events without one are left out.
  var deltas: [String] {
    split(separator: "\n\n").compactMap { event in
      guard let start = event.firstRange(of: #""delta":"#)?.upperBound,
        let end = event.firstRange(of: #","finish_reason":"#)?.lowerBound
      else { return nil }
      return String(event[start..<end])
    }
  }
}
