// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct ChatModelTests {
  @Test func `a request goes through the neutral model and comes out the same`() throws {
    let text =
      #"{"model":"gpt-4o","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"What is \"this\"?"},{"type":"image_url","image_url":{"url":"https://x/y.png","detail":"low"}},{"type":"input_audio","input_audio":{"data":"UklG","format":"wav"}},{"type":"file","file":{"file_id":"f1"}},{"type":"new","x":1.0}],"name":"ann"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"c2","type":"custom","custom":{"name":"g","input":"x"}}]},{"role":"tool","content":"42","tool_call_id":"c1"}],"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{}},"strict":true}},{"type":"custom","custom":{"name":"g"}}],"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,"temperature":0.70,"top_p":1e0,"max_tokens":100,"seed":12345678901234567890,"presence_penalty":-0.5,"frequency_penalty":0,"stop":["a","b"],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}},"stream":true,"stream_options":{"include_usage":true},"user":"u","metadata":{"k":[]}}"#
    let bytes = Array(text.utf8)
    let request = try ChatRequest(openAI: bytes.span.bytes)
    #expect(request.messages.map(\.role) == [.system, .user, .assistant, .tool])
    #expect(request.messages[0].role.isInstruction)
    #expect(request.messages[1].text == "What is \"this\"?")
    #expect(request.messages[2].toolCalls[0].arguments == #"{"a":1}"#)
    #expect(request.toolChoice == .function(name: "f"))
    #expect(request.sampling.temperature?.string == "0.70")
    #expect(request.unknown.map(\.key) == ["user", "metadata"])
    #expect(String(decoding: request.openAI, as: UTF8.self) == text)
  }

  @Test(arguments: ["auto", "none", "required"])
  func `each choice of tools keeps its name`(name: String) throws {
    let text = #"{"model":"o3","messages":[],"tool_choice":"\#(name)","stream":false}"#
    let bytes = Array(text.utf8)
    let request = try ChatRequest(openAI: bytes.span.bytes)
    #expect(request.toolChoice != nil)
    #expect(String(decoding: request.openAI, as: UTF8.self) == text)
  }

  @Test func `an answer goes through the neutral model and comes out the same`() throws {
    let text =
      #"{"id":"c1","object":"chat.completion","created":1730000000,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"Hé","annotations":[]},"finish_reason":"stop","logprobs":{"x":1.0}},{"index":1,"message":{"role":"assistant","content":null,"refusal":"no"},"finish_reason":"content_filter"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"completion_tokens_details":{"reasoning_tokens":1}},"service_tier":"default"}"#
    let bytes = Array(text.utf8)
    let response = try ChatResponse(openAI: bytes.span.bytes)
    #expect(response.choices[1].message.content == [.refusal("no")])
    #expect(response.choices[1].finishReason == .contentFilter)
    #expect(response.usage?.reasoningTokens == 1)
    #expect(String(decoding: response.openAI, as: UTF8.self) == text)
  }

  @Test func `pieces of an answer go through the neutral model`() throws {
    let chunks = [
      #"{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
      #"{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t","type":"function","function":{"name":"f","arguments":""}},{"index":1,"function":{"arguments":"{"}}]},"finish_reason":null}]}"#,
      #"{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":1,"delta":{"refusal":"no"},"finish_reason":"tool_calls"}]}"#,
      #"{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#,
    ]
    for text in chunks {
      let bytes = Array(text.utf8)
      let delta = try ChatDelta(openAI: bytes.span.bytes)
      #expect(String(decoding: delta.openAIEvent, as: UTF8.self) == "data: \(text)\n\n")
    }
  }

  @Test func `errors of many shapes are read, and written in one`() throws {
    func error(_ text: String) throws -> ChatError? {
      let bytes = Array(text.utf8)
      return try ChatError(openAI: bytes.span.bytes)
    }
    #expect(try error(#"{"error":"plain"}"#) == ChatError(message: "plain"))
    #expect(try error(#"{"error":null}"#) == nil)
    #expect(try error("{}") == nil)
    let full = try error(#"{"error":{"message":"m","type":"t","param":"p","code":429}}"#)
    #expect(full == ChatError(message: "m", type: "t", code: "429", parameter: "p"))
    #expect(
      full?.openAI.string == #"{"error":{"message":"m","type":"t","param":"p","code":"429"}}"#)
    #expect(
      ChatError(message: "\u{1}x").openAI.string
        == #"{"error":{"message":"\u0001x","type":null,"param":null,"code":null}}"#)
    #expect(OpenAI.event(.null) == Array("data: null\n\n".utf8))
    #expect(OpenAI.done == Array("data: [DONE]\n\n".utf8))
  }

  @Test func `a usage made elsewhere is written with its details`() {
    var usage = Usage(promptTokens: 4, completionTokens: 5)
    usage.cachedPromptTokens = 1
    usage.reasoningTokens = 2
    #expect(
      usage.openAI.string
        == #"{"prompt_tokens":4,"completion_tokens":5,"total_tokens":9,"prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":{"reasoning_tokens":2}}"#
    )
  }

  @Test func `text that claims to be JSON is checked`() {
    #expect(throws: JSONError.self) { try JSONText(validating: Array("{".utf8)) }
    #expect((try? JSONText(validating: Array("1.50".utf8)))?.string == "1.50")
  }
}
