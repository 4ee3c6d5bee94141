// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct OpenAIStreamAnswerTests {
  private func read(_ events: [String], _ route: RouteType = .chat) -> OpenAIStreamAnswer? {
    let stream = Array(events.map { "data: \($0)\r\n\r\n" }.joined().utf8)
    return OpenAIStreamAnswer(stream.span.bytes, route: route)
  }

  @Test func `deltas add up to messages, choice by choice`() {
    let head = #""id":"c","created":5,"model":"m""#
    let answer = read([
      #"{\#(head),"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
      #"{\#(head),"choices":[{"index":1,"delta":{"content":"B"}},{"index":0,"delta":{"content":"é"}}]}"#,
      #"{\#(head),"choices":[{"index":0,"delta":{"content":"\n"},"finish_reason":"stop"}]}"#,
      #"{\#(head),"choices":[{"index":1,"delta":{"refusal":"no"},"finish_reason":"length"}]}"#,
      #"{\#(head),"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#,
      "[DONE]",
    ])
    #expect(
      answer?.json.string
        == #"{"id":"c","object":"chat.completion","created":5,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"é\n"},"finish_reason":"stop"},{"index":1,"message":{"role":"assistant","content":"B","refusal":"no"},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#
    )
  }

  @Test func `pieces of tool calls become calls`() throws {
    func event(_ call: String) -> String {
      #"{"choices":[{"index":0,"delta":{"tool_calls":[\#(call)]}}]}"#
    }
    let answer = try #require(
      read([
        event(#"{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}"#),
        event(#"{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{"}}"#),
        event(#"{"index":0,"function":{"arguments":"{\"x\":1}"}}"#),
        event(#"{"index":1,"function":{"arguments":"}"}}"#),
      ]))
    let body = answer.json.bytes
    let calls = try ChatResponse(openAI: body.span.bytes).choices[0].message.toolCalls
    #expect(calls.map(\.id) == ["a", "b"])
    #expect(calls.map(\.name) == ["f", "g"])
    #expect(calls.map(\.arguments) == [#"{"x":1}"#, "{}"])
  }

  @Test func `texts of a completion add up`() {
    let answer = read(
      [
        #"{"id":"c","created":5,"model":"m","choices":[{"index":0,"text":"a","finish_reason":null}]}"#,
        #"{"choices":[{"index":0,"text":" b","finish_reason":"stop"}]}"#,
      ], .completions)
    #expect(
      answer?.json.string
        == #"{"id":"c","object":"text_completion","created":5,"model":"m","choices":[{"text":"a b","index":0,"logprobs":null,"finish_reason":"stop"}]}"#
    )
  }

  @Test func `what is no stream of answers is none`() {
    #expect(read([]) == nil)
    #expect(read(["[DONE]"]) == nil)
    #expect(read(["{broken", "7", "null", "[]", #"{"choices":null}"#]) == nil)
    let error = read([#"{"choices":[]}"#, #"{"error":{"message":"x"}}"#])
    #expect(error?.error?.string == #"{"message":"x"}"#)
  }
}
