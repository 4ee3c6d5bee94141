// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LLM

@Suite struct OllamaAnswerTests {
  private let ollama = Ollama(name: "llama2", ProviderSettings())
  private let end =
    #""done":true,"done_reason":"stop","total_duration":4883583458,"prompt_eval_count":26,"eval_count":3}"#

  /// A stream as the server sends it, and what it adds up to as a whole answer.
  private func read(
    _ lines: [String], mediaType: String = "application/x-ndjson", route: RouteType = .chat,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (output: String, answer: ChatStreamWriter, whole: String?) {
    let call = ProviderAsking.call(route, isStreamed: true)
    let (output, answer) = try StreamSplits(ollama, call, mediaType: mediaType)
      .read(lines.joined(), sourceLocation: sourceLocation)
    let bytes = Array(output.utf8)
    let whole = OpenAIStreamAnswer(bytes.span.bytes, route: route)
    return (output, answer, whole?.json.string)
  }

  @Test func `a stream put together is the whole answer`() throws {
    let head = #"{"model":"llama2:7b","created_at":"2026-11-26T09:15:24.1Z","message":"#
    let (output, answer, whole) = try read([
      head + #"{"role":"assistant","content":"Grü"},"done":false}"# + "\n",
      head + #"{"role":"assistant","content":"ß\n\u20ac"},"done":false}"# + "\r\n",
      head + #"{"role":"assistant","content":""},"# + end + "\n",
    ])
    let plain = try ollama.answered(
      head + #"{"role":"assistant","content":"Grüß\n€"},"# + end, ProviderAsking.call())
    #expect(whole == plain)
    #expect(
      plain
        == #"{"id":"chatcmpl-7","object":"chat.completion","created":5,"model":"llama2:7b","choices":[{"index":0,"message":{"role":"assistant","content":"Grüß\n€"},"finish_reason":"stop"}],"usage":{"prompt_tokens":26,"completion_tokens":3,"total_tokens":29}}"#
    )
    #expect(output.hasSuffix("data: [DONE]\n\n"))
    #expect(answer.endedProperly)
    #expect(answer.usage == Usage(promptTokens: 26, completionTokens: 3))
  }

  @Test func `calls get ids and their arguments as text`() throws {
    let message = { (calls: String) in
      #"{"model":"m","message":{"role":"assistant","content":"","tool_calls":[\#(calls)]},"#
    }
    let first = #"{"function":{"name":"f","arguments":{"a":"ä","b":[1, 2]}}}"#
    let second = #"{"id":"call_9","function":{"index":1,"name":"g","arguments":{}}}"#
    let (_, _, whole) = try read([
      message(first) + #""done":false}"# + "\n", message(second) + #""done":false}"# + "\n",
      #"{"model":"m","message":{"role":"assistant","content":""},"# + end,
    ])
    let plain = try ollama.answered(message(first + "," + second) + end, ProviderAsking.call())
    #expect(whole == plain)
    #expect(
      plain.contains(
        #""tool_calls":[{"id":"call_7_0_0","type":"function","function":{"name":"f","arguments":"{\"a\":\"ä\",\"b\":[1, 2]}"}},{"id":"call_9","type":"function","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_calls""#
      ))
  }

  @Test func `thoughts are reasoning`() throws {
    let (output, _, _) = try read([
      #"{"message":{"role":"assistant","content":"","thinking":"Hm"},"done":false}"# + "\n",
      #"{"message":{"role":"assistant","content":"Yes"},"# + end + "\n",
    ])
    #expect(output.contains(#""delta":{"reasoning_content":"Hm"}"#))
    let plain = try ollama.answered(
      #"{"message":{"role":"assistant","content":"Yes","thinking":"Hm"},"# + end,
      ProviderAsking.call())
    #expect(plain.contains(#""content":"Yes","reasoning_content":"Hm""#))
  }

  @Test func `a completion has texts`() throws {
    let call = ProviderAsking.call(.completions)
    let (_, _, whole) = try read(
      [
        #"{"model":"m","response":"On","done":false}"# + "\n",
        #"{"model":"m","response":"e","done":false}"# + "\n",
        #"{"model":"m","response":"","context":[1,2],"done":true,"done_reason":"length","prompt_eval_count":4,"eval_count":2}"#
          + "\n",
      ], route: .completions)
    let plain = try ollama.answered(
      #"{"model":"m","response":"One","done":true,"done_reason":"length","prompt_eval_count":4,"eval_count":2}"#,
      call)
    #expect(whole == plain)
    #expect(
      plain
        == #"{"id":"chatcmpl-7","object":"text_completion","created":5,"model":"m","choices":[{"text":"One","index":0,"logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":4,"completion_tokens":2,"total_tokens":6}}"#
    )
  }

  @Test func `an error inside the stream ends it`() throws {
    let (output, answer, _) = try read([
      #"{"message":{"role":"assistant","content":"Hi"},"done":false}"# + "\n",
      #"{"error":"an error was encountered while running the model"}"# + "\n",
    ])
    #expect(
      output.hasSuffix(
        #"data: {"error":{"message":"an error was encountered while running the model","type":"server_error","param":null,"code":null}}"#
          + "\n\n"))
    #expect(!answer.endedProperly)
  }

  @Test func `a stream without its last record was cut`() throws {
    let (output, _, _) = try read([
      #"{"message":{"role":"assistant","content":"Hi"},"done":false}"# + "\n"
    ])
    #expect(output.contains("upstream_stream_cut"))
  }

  @Test func `counts that are missing are estimated, and none is taken for zero`() throws {
    let (_, answer, _) = try read([#"{"message":{"role":"assistant","content":"Hi"},"done":true}"#])
    #expect(answer.usage == nil)
    #expect(answer.finalUsage?.isEstimate == true)
    // Older servers leave out the count of a prompt that they have in their cache.
    let plain = try ollama.answered(
      #"{"message":{"role":"assistant","content":"Hi"},"done":true,"eval_count":3}"#,
      ProviderAsking.call())
    #expect(plain.contains(#""prompt_tokens":0,"completion_tokens":3"#))
  }

  @Test func `lines that a proxy made events of are read, too`() throws {
    let (output, answer, _) = try read(
      [
        "data: " + #"{"message":{"role":"assistant","content":"Hi"},"done":false}"# + "\n\n",
        "data: " + #"{"message":{"role":"assistant","content":""},"# + end + "\n\n",
        "data: [DONE]\n\n",
      ], mediaType: "text/event-stream")
    #expect(output.contains(#""content":"Hi""#))
    #expect(answer.endedProperly)
  }

  @Test(arguments: ["", "[]", "{", #"{"model":"m"}"#, #"{"message":"x"}"#])
  func `what is no answer is said to be none`(body: String) {
    #expect(throws: ProviderProblem.self) { try ollama.answered(body, ProviderAsking.call()) }
  }

  @Test func `an error with a good status is an error`() throws {
    let problem = #expect(throws: ProviderProblem.self) {
      try ollama.answered(#"{"error":"no memory"}"#, ProviderAsking.call())
    }
    #expect(problem?.error.message == "no memory")
  }

  @Test(
    arguments: [
      (404, #"{"error":"model 'x' not found"}"#, "not_found_error"),
      (401, #"{"error":"unauthorized"}"#, "authentication_error"),
      (400, #"{"error":"invalid"}"#, "invalid_request_error"),
      (503, #"{"error":"server busy"}"#, "server_error"),
    ])
  func `errors have types by their status`(status: Int, body: String, type: String) {
    let error = ollama.error(Array(body.utf8).span.bytes, status: status)
    #expect(error?.type == type)
    #expect(error?.message.isEmpty == false)
    #expect(ollama.error(Array("<html>".utf8).span.bytes, status: status) == nil)
  }

  @Test func `vectors keep their spelling`() throws {
    let body = Array(
      #"{"model":"all-minilm","embeddings":[[0.1,-2e-3],[3]],"prompt_eval_count":8}"#.utf8)
    let answer = try ollama.answer(
      embeddings: body.span.bytes, ProviderAsking.call(.embeddings))
    #expect(answer.vectors.map(\.string) == ["[0.1,-2e-3]", "[3]"])
    #expect(answer.usage == Usage(promptTokens: 8, completionTokens: 0))
    #expect(throws: ProviderProblem.self) {
      try ollama.answer(
        embeddings: Array("{}".utf8).span.bytes, ProviderAsking.call(.embeddings))
    }
  }
}
