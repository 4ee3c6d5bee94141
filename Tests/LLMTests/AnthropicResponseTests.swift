// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct AnthropicResponseTests {
  private let chat = AnthropicChat()

  private func read(_ body: String) throws -> ChatResponse {
    let bytes = Array(body.utf8)
    return try chat.provider.answer(bytes.span.bytes, chat.call)
  }

  private func message(_ content: String, _ rest: String = #""stop_reason":"end_turn""#) -> String {
    #"{"id":"msg_1","type":"message","role":"assistant","model":"claude-haiku-4-5-20251001","#
      + #""content":[\#(content)],"stop_sequence":null,\#(rest)}"#
  }

  @Test func `texts are joined as they are`() throws {
    let usage =
      #""stop_reason":"end_turn","usage":{"input_tokens":3,"cache_read_input_tokens":5,"#
      + #""cache_creation_input_tokens":7,"output_tokens":11,"output_tokens_details":{"thinking_tokens":2}}"#
    let answer = try read(
      message(#"{"type":"text","text":"a\n"},{"type":"text","text":"b","citations":[]}"#, usage))
    #expect(
      String(decoding: answer.openAI, as: UTF8.self).hasPrefix(
        #"{"id":"msg_1","object":"chat.completion","created":5,"model":"claude-haiku-4-5-20251001","#
          + #""choices":[{"index":0,"message":{"role":"assistant","content":"a\nb"},"finish_reason":"stop"}],"#
          + #""usage":{"prompt_tokens":15,"completion_tokens":11,"total_tokens":26,"#))
    #expect(answer.usage?.cachedPromptTokens == 5)
    #expect(answer.usage?.cacheWriteTokens == 7)
    #expect(answer.usage?.reasoningTokens == 2)
  }

  @Test func `calls keep their ids and the spelling of their arguments`() throws {
    let answer = try read(
      message(
        #"{"type":"thinking","thinking":"So","signature":"x"},{"type":"redacted_thinking","data":"y"},"#
          + #"{"type":"text","text":"I ask."},"#
          + #"{"type":"tool_use","id":"toolu_1","name":"f","input":{"a": 1.0}},"#
          + #"{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}},"#
          + #"{"type":"tool_use","id":"toolu_2","name":"g","input":{}}"#,
        #""stop_reason":"tool_use""#))
    #expect(
      String(decoding: answer.openAI, as: UTF8.self).contains(
        #""message":{"role":"assistant","content":"I ask.","tool_calls":["#
          + #"{"id":"toolu_1","type":"function","function":{"name":"f","arguments":"{\"a\": 1.0}"}},"#
          + #"{"id":"toolu_2","type":"function","function":{"name":"g","arguments":"{}"}}],"#
          + #""reasoning_content":"So"},"finish_reason":"tool_calls"}"#))
    #expect(answer.usage == nil)
  }

  @Test(arguments: [
    ("end_turn", FinishReason.stop), ("stop_sequence", .stop), ("pause_turn", .stop),
    ("max_tokens", .length), ("model_context_window_exceeded", .length),
    ("refusal", .contentFilter), ("news", .stop),
  ])
  func `why it ended`(theirs: String, ours: FinishReason) throws {
    let answer = try read(
      message(#"{"type":"text","text":"a"}"#, #""stop_reason":"\#(theirs)""#))
    #expect(answer.choices[0].finishReason == ours)
  }

  @Test func `a refusal says why`() throws {
    let details = #"{"type":"refusal","category":"bio","explanation":"No."}"#
    let answer = try read(
      message("", #""stop_reason":"refusal","stop_details":\#(details)"#))
    #expect(
      String(decoding: answer.openAI, as: UTF8.self).contains(
        #""message":{"role":"assistant","content":null,"refusal":"No."},"finish_reason":"content_filter""#
      ))
    // Whichever comes first in the answer.
    let body =
      #"{"stop_details":\#(details),"stop_reason":"refusal","content":[{"type":"text","text":"a"}]}"#
    #expect(try read(body).choices[0].message.content == [.text("a"), .refusal("No.")])
  }

  @Test func `an answer that says nothing is an empty text`() throws {
    #expect(try read(message("")).choices[0].message.content == [.text("")])
  }

  @Test func `a text of the older API`() throws {
    let answer = try read(
      #"{"type":"completion","id":"compl_1","completion":" Hi","stop_reason":"stop_sequence","model":"claude-2.1"}"#
    )
    #expect(
      String(decoding: answer.openAI(.completions), as: UTF8.self)
        == #"{"id":"compl_1","object":"text_completion","created":5,"model":"claude-2.1","choices":"#
        + #"[{"text":"Hi","index":0,"logprobs":null,"finish_reason":"stop"}]}"#)
  }

  @Test(arguments: ["", "<html>", "{}", "[]", #"{"content":"x"}"#, #"{"type":"message"}"#])
  func `anything else cannot be read`(body: String) throws {
    #expect(throws: ProviderProblem.self) { try read(body) }
  }

  @Test func `an error with a good status is an error`() throws {
    let problem = try #require(throws: ProviderProblem.self) {
      try read(#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#)
    }
    #expect(problem.status == 529)
    #expect(problem.error == ChatError(message: "Overloaded", type: "overloaded_error"))
  }
}

@Suite struct AnthropicErrorTests {
  private func read(_ type: String, _ message: String, _ details: String = "null") -> ChatError? {
    let body =
      #"{"type":"error","error":{"type":"\#(type)","message":"\#(message)","details":\#(details)},"request_id":"req_1"}"#
    let bytes = Array(body.utf8)
    return AnthropicChat().provider.error(bytes.span.bytes, status: 400)
  }

  @Test func `errors have OpenAI's words where it has any`() {
    #expect(
      read("authentication_error", "invalid x-api-key")
        == ChatError(
          message: "invalid x-api-key", type: "authentication_error", code: "invalid_api_key"))
    #expect(
      read("api_error", "Internal server error")
        == ChatError(message: "Internal server error", type: "server_error"))
    #expect(
      read("rate_limit_error", "slow")
        == ChatError(message: "slow", type: "rate_limit_error", code: "rate_limit_exceeded"))
    #expect(
      read("not_found_error", "model: x")
        == ChatError(
          message: "model: x", type: "not_found_error", code: "model_not_found", parameter: "model")
    )
    #expect(
      read("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum")?.code
        == "context_length_exceeded")
    #expect(read("overloaded_error", "Overloaded")?.type == "overloaded_error")
  }

  @Test func `the place of the fault is told where the client knows it`() {
    #expect(read("invalid_request_error", "max_tokens: Field required")?.parameter == "max_tokens")
    #expect(read("invalid_request_error", "messages.0.content: bad")?.parameter == nil)
    #expect(read("invalid_request_error", "stop_sequences: bad")?.parameter == nil)
  }

  @Test func `a code of its own is kept`() {
    let details = #"{"error_code":"image_dimensions_too_large"}"#
    #expect(read("invalid_request_error", "x", details)?.code == "image_dimensions_too_large")
  }

  @Test(arguments: ["<html>", "{}", #"{"error":"x"}"#, #"{"type":"error"}"#, ""])
  func `other bodies are no errors of Anthropic's`(body: String) {
    let bytes = Array(body.utf8)
    #expect(AnthropicChat().provider.error(bytes.span.bytes, status: 502) == nil)
  }
}
