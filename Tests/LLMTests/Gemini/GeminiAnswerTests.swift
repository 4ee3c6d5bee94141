// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct GeminiAnswerTests {
  private let call = ProviderCall(model: "gemini-2.5-flash", id: "chatcmpl-7", created: 5)

  private func answer(_ body: String) throws -> ChatResponse {
    let bytes = Array(body.utf8)
    return try Gemini(ProviderSettings()).answer(bytes.span.bytes, call)
  }

  @Test func `texts, thoughts and calls`() throws {
    let answer = try answer(
      #"""
      {"candidates": [{"content": {"parts": [{"text": "so", "thought": true}, {"text": "a"}, {"text": "\u00e9"},
        {"functionCall": {"name": "f", "args": {"x": [1, "b c"], "y": "\"{ "}}, "thoughtSignature": "AB=="},
        {"functionCall": {"id": "i1", "name": "g"}}], "role": "model"}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 3, "totalTokenCount": 14,
          "thoughtsTokenCount": 5, "toolUsePromptTokenCount": 2, "cachedContentTokenCount": 1,
          "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 1}, {"modality": "AUDIO", "tokenCount": 3}]},
        "modelVersion": "gemini-2.5-flash-09", "responseId": "r1"}
      """#)
    #expect(answer.id == "r1")
    #expect(answer.model == "gemini-2.5-flash-09")
    #expect(answer.created == 5)
    let choice = answer.choices[0]
    #expect(choice.message.text == "aé")
    #expect(choice.message.unknown == [UnknownField("reasoning_content", .string("so"))])
    #expect(
      choice.message.toolCalls == [
        ToolCall(id: "call_r1_0_0__ts_AB", name: "f", arguments: #"{"x":[1,"b c"],"y":"\"{ "}"#),
        ToolCall(id: "gemini_i1", name: "g", arguments: "{}"),
      ])
    #expect(choice.finishReason == .toolCalls)
    var usage = Usage(promptTokens: 6, completionTokens: 8, totalTokens: 14)
    usage.cachedPromptTokens = 1
    usage.reasoningTokens = 5
    usage.audioPromptTokens = 3
    #expect(answer.usage == usage)
  }

  @Test func `thoughts that are counted among the candidates count once`() throws {
    let answer = try answer(
      #"{"candidates":[{}],"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":8,"thoughtsTokenCount":5,"totalTokenCount":12}}"#
    )
    #expect(answer.usage?.completionTokens == 8)
    #expect(answer.usage?.totalTokens == 12)
  }

  @Test(arguments: [
    ("STOP", "stop"), ("MAX_TOKENS", "length"), ("SAFETY", "content_filter"),
    ("RECITATION", "content_filter"), ("BLOCKLIST", "content_filter"),
    ("PROHIBITED_CONTENT", "content_filter"), ("SPII", "content_filter"),
    ("IMAGE_SAFETY", "content_filter"), ("LANGUAGE", "content_filter"),
  ])
  func `reasons are OpenAI's`(theirs: String, ours: String) throws {
    let answer = try answer(
      #"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"\#(theirs)","index":1}]}"#
    )
    #expect(answer.choices[0].finishReason?.name == ours)
    #expect(answer.choices[0].index == 1)
    #expect(answer.choices[0].message.content == [.text("a")])
    #expect(answer.usage == nil)
  }

  @Test func `a failure of the model is told`() throws {
    let malformed = try answer(
      #"{"candidates":[{"content":{},"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"Malformed: f("}]}"#
    ).choices[0]
    #expect(malformed.finishReason == .stop)
    #expect(malformed.message.content == [.refusal("Malformed: f(")])
    let other = try answer(#"{"candidates":[{"finishReason":"OTHER"}]}"#).choices[0]
    #expect(other.message.content == [.refusal("the model stopped early: OTHER")])
  }

  @Test func `a blocked prompt is a choice that was filtered`() throws {
    let answer = try answer(
      #"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":4,"totalTokenCount":4}}"#
    )
    #expect(answer.choices.count == 1)
    #expect(answer.choices[0].finishReason == .contentFilter)
    #expect(answer.choices[0].message.content == [.refusal("the prompt was blocked: SAFETY")])
    #expect(answer.usage == Usage(promptTokens: 4, completionTokens: 0))
  }

  @Test func `an image is Markdown`() throws {
    let answer = try answer(
      #"{"candidates":[{"content":{"parts":[{"inlineData":{"mimeType":"image/png","data":"AA"}}]}}]}"#
    )
    #expect(answer.choices[0].message.text == "![image/png](data:image/png;base64,AA)")
  }

  @Test(arguments: ["", "<html>", "{}", "[]", #"{"candidates":[]}"#])
  func `what is no answer is unreadable`(body: String) {
    let problem = #expect(throws: ProviderProblem.self) { try answer(body) }
    #expect(problem?.status == 502)
    #expect(problem?.error.code == "upstream_answer_unreadable")
  }

  @Test func `an error in a good answer is an error`() {
    let problem = #expect(throws: ProviderProblem.self) {
      try answer(#"{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}"#)
    }
    #expect(problem?.status == 503)
    #expect(problem?.error.type == "overloaded_error")
  }
}

@Suite struct GeminiErrorTests {
  private func error(_ body: String, status: Int = 400) -> ChatError? {
    let bytes = Array(body.utf8)
    return Gemini(ProviderSettings()).error(bytes.span.bytes, status: status)
  }

  @Test func `a key that is none is an error of authentication`() {
    let error = error(
      #"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}"#
    )
    #expect(
      error
        == ChatError(
          message: "API key not valid.", type: "authentication_error", code: "invalid_api_key"))
  }

  @Test func `an error in an array says when to come back`() {
    let error = error(
      #"[{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"36.5s"}]}}]"#,
      status: 429)
    #expect(error?.type == "rate_limit_error")
    #expect(error?.code == "RESOURCE_EXHAUSTED")
    #expect(error?.retryAfter == 37)
  }

  @Test func `the field at fault is the parameter`() {
    let error = error(
      #"{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"contents[0]"}]}]}}"#
    )
    #expect(error?.parameter == "contents[0]")
    #expect(error?.type == "invalid_request_error")
  }

  @Test(arguments: ["<html>", "{}", "[]", "null"])
  func `another shape is not Google's`(body: String) {
    #expect(error(body) == nil)
  }
}
