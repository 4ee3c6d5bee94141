// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LLM

@Suite struct CohereAnswerTests {
  private let cohere = Cohere(ProviderSettings())
  private let call = ProviderCall(model: "m", id: "chatcmpl-7", created: 5)

  private func answer(_ body: String, _ route: RouteType = .chat) throws -> String {
    var call = call
    call.route = route
    let answer = try cohere.answer(Array(body.utf8).span.bytes, call)
    return String(decoding: answer.openAI(route), as: UTF8.self)
  }

  @Test func `an answer of version 2`() throws {
    let answer = try answer(
      #"{"id":"29f1","message":{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"é"},{"type":"text","text":"!"}],"citations":[{"start":0}]},"finish_reason":"MAX_TOKENS","#
        + #""usage":{"billed_units":{"input_tokens":7.0,"output_tokens":5},"tokens":{"input_tokens":73,"output_tokens":6},"cached_tokens":64}}"#
    )
    #expect(
      answer
        == #"{"id":"29f1","object":"chat.completion","created":5,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"é!","reasoning_content":"hm"},"finish_reason":"length"}],"#
        + #""usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":7}}}"#
    )
  }

  @Test func `calls of version 2, with the plan as content`() throws {
    let answer = try answer(
      #"{"id":"29f1","message":{"role":"assistant","tool_plan":"I will.","tool_calls":[{"id":"f_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"TOOL_CALL"}"#
    )
    #expect(
      answer.contains(
        #""message":{"role":"assistant","content":"I will.","tool_calls":[{"id":"f_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}]}"#
      ))
  }

  @Test func `an answer of version 1`() throws {
    let answer = try answer(
      #"{"response_id":"r","text":"t0","generation_id":"g","chat_history":[],"finish_reason":"ERROR_TOXIC","meta":{"api_version":{"version":"1"},"tokens":{"input_tokens":73,"output_tokens":6}}}"#
    )
    #expect(
      answer
        == #"{"id":"g","object":"chat.completion","created":5,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"t0"},"finish_reason":"content_filter"}],"usage":{"prompt_tokens":73,"completion_tokens":6,"total_tokens":79}}"#
    )
  }

  @Test func `calls of version 1 get ids`() throws {
    let answer = try answer(
      #"{"text":"","tool_calls":[{"name":"f","parameters":{"a": 1}}],"finish_reason":"COMPLETE"}"#)
    #expect(
      answer.contains(
        #""content":null,"tool_calls":[{"id":"call_7_0_0","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}}]},"finish_reason":"tool_calls""#
      ))
  }

  @Test func `generated texts are choices`() throws {
    let answer = try answer(
      #"{"id":"1b","generations":[{"id":"1b-0","text":"a","finish_reason":"COMPLETE"},{"id":"1b-1","text":"b","finish_reason":"MAX_TOKENS"}],"prompt":"p","meta":{"billed_units":{"input_tokens":1,"output_tokens":2}}}"#,
      .completions)
    #expect(
      answer
        == #"{"id":"1b","object":"text_completion","created":5,"model":"m","choices":[{"text":"a","index":0,"logprobs":null,"finish_reason":"stop"},{"text":"b","index":1,"logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#
    )
  }

  @Test func `an answer that failed or is none is an error`() {
    #expect(throws: ProviderProblem(.stoppedWithError)) {
      try answer(#"{"message":{"content":[]},"finish_reason":"ERROR"}"#)
    }
    for body in ["{}", "[]", "<html>", #"{"message":"no"}"#] {
      #expect(throws: ProviderProblem.self) { try answer(body) }
    }
  }

  @Test func `errors have the type of their status`() {
    let body = Array(#"{"id":"6f","message":"invalid api token"}"#.utf8)
    #expect(
      cohere.error(body.span.bytes, status: 401)
        == ChatError(message: "invalid api token", type: "authentication_error"))
    #expect(
      cohere.error(body.span.bytes, status: 422)
        == ChatError(message: "invalid api token", type: "invalid_request_error"))
    for other in ["<html>", "[]", #"{"message":{}}"#] {
      #expect(cohere.error(Array(other.utf8).span.bytes, status: 502) == nil)
    }
  }

  @Test(arguments: [
    #"{"embeddings":{"float":[[0.5,-1]]},"meta":{"billed_units":{"input_tokens":3}}}"#,
    #"{"embeddings":[[0.5,-1]],"meta":{"billed_units":{"input_tokens":3}}}"#,
  ])
  func `vectors are read`(body: String) throws {
    let answer = try cohere.answer(embeddings: Array(body.utf8).span.bytes, call)
    #expect(
      answer
        == EmbeddingResponse(
          model: "m", vectors: [JSONText(unchecked: Array("[0.5,-1]".utf8))],
          usage: Usage(promptTokens: 3, completionTokens: 0)))
  }

  @Test func `vectors of another type are none`() {
    let body = Array(#"{"embeddings":{"int8":[[1]]}}"#.utf8)
    #expect(throws: ProviderProblem.self) {
      try cohere.answer(embeddings: body.span.bytes, call)
    }
  }

  // MARK: - Native

  private func native(_ path: String, _ body: String) throws -> NativeCall {
    try cohere.nativeCall(path: path, query: "", body: Array(body.utf8).span.bytes)
  }

  @Test func `native calls are known by the end of their path`() throws {
    #expect(
      try native("/ai/v2/chat", #"{"model":"x/../y","stream":true}"#)
        == NativeCall(kind: .chat, model: "x/../y", isStreamed: true, path: "/v2/chat"))
    #expect(
      try native("/v2/rerank", #"{"model":"r","stream":true}"#)
        == NativeCall(kind: .other, model: "r", isStreamed: false, path: "/v2/rerank"))
    #expect(
      throws: RequestProblem(status: 404, message: "Cohere's API has no operation at this path")
    ) {
      try native("/v1/models", "{}")
    }
    for body in ["{", "[]", ""] {
      #expect(throws: RequestProblem.noPrompts) { try native("/v2/chat", body) }
    }
    #expect(throws: RequestProblem.duplicateMember("documents")) {
      try native("/v2/chat", #"{"documents":[],"d\u006fcuments":["x"]}"#)
    }
  }

  @Test func `a native conversation is shown to guards`() throws {
    let new = try cohere.chat(
      native: Array(
        #"{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}],"p":0.5,"stop_sequences":["x"]}"#
          .utf8
      ).span.bytes)
    #expect(new.messages == [ChatMessage(role: .user, content: [.text("a")])])
    #expect(new.sampling.topP?.string == "0.5" && new.sampling.stop == ["x"])
    let old = try cohere.chat(
      native: Array(
        #"{"message":"c","preamble":"p","chat_history":[{"role":"USER","message":"a"},{"role":"CHATBOT","message":"b"}]}"#
          .utf8
      ).span.bytes)
    #expect(old.messages.map(\.role) == [.system, .user, .assistant, .user])
    #expect(old.messages.map(\.text) == ["p", "a", "b", "c"])
    let ranked = try cohere.chat(
      native: Array(#"{"query":"q","documents":["d",{"text":"e"}]}"#.utf8).span.bytes)
    #expect(ranked.messages.map(\.text) == ["q", "d", #"{"text":"e"}"#])
    let read = try cohere.chat(
      native: Array(
        #"{"messages":[{"role":"user","content":"a"}],"documents":[{"data":{"x":"y"}}]}"#.utf8
      ).span.bytes)
    #expect(read.messages.map(\.text) == ["a", #"{"data":{"x":"y"}}"#])
  }
}
