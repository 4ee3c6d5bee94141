// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LLM

@Suite struct HuggingFaceTests {
  private let router = HuggingFace(ProviderSettings())

  private func server(_ path: String) -> HuggingFace {
    var settings = ProviderSettings()
    settings.configuredPath = path
    return HuggingFace(settings)
  }

  @Test func `the router gets OpenAI's format`() throws {
    let asked = try router.request(
      ProviderAsking.chat(
        #"{"model":"x","messages":[{"role":"developer","content":"A"}],"max_completion_tokens":9,"top_k":4,"user":"u","response_format":{"type":"json_object"}}"#
      ), ProviderAsking.call(model: "owner/name:groq", isStreamed: true))
    #expect(asked.path == "/v1/chat/completions")
    #expect(
      asked.text
        == #"{"model":"owner/name:groq","messages":[{"role":"system","content":"A"}],"max_tokens":9,"response_format":{"type":"json_object"},"stream":true,"stream_options":{"include_usage":true},"user":"u","top_k":4}"#
    )
    #expect(asked.headers.isEmpty)
  }

  @Test func `a server gets a schema where it looks for one`() throws {
    let format = #"{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}"#
    let asked = try server("/").request(
      ProviderAsking.chat(#"{"messages":[],"response_format":\#(format)}"#), ProviderAsking.call())
    #expect(
      asked.text.contains(
        #""response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}},"value":{"name":"n","schema":{"type":"object"}}}"#
      ))
    let any = try server("/").request(
      ProviderAsking.chat(#"{"messages":[],"response_format":{"type":"json_object"}}"#),
      ProviderAsking.call())
    #expect(
      any.text.contains(
        #""response_format":{"type":"json_object","value":{"type":"object"}}"#))
  }

  @Test func `waiting and the cache are headers`() throws {
    var settings = ProviderSettings()
    settings.huggingFaceUsesCache = false
    settings.huggingFaceWaitsForModel = true
    let provider = HuggingFace(settings)
    let expected = [
      ProviderRequest.Field("x-use-cache", "false"),
      ProviderRequest.Field("x-wait-for-model", "true"),
    ]
    let chat = try provider.request(
      ProviderAsking.chat(#"{"messages":[]}"#), ProviderAsking.call())
    #expect(chat.headers == expected)
    let vectors = try provider.request(
      ProviderAsking.embeddings(#"{"input":"a"}"#), ProviderAsking.call(.embeddings))
    #expect(vectors.headers == expected)
  }

  @Test(
    arguments: [
      ("/", "/v1/chat/completions"), ("", "/v1/chat/completions"), ("/v1", "/v1/chat/completions"),
      ("/v1/", "/v1/chat/completions"), ("/a", "/a/v1/chat/completions"),
      ("/v1/chat/completions", "/v1/chat/completions"),
    ])
  func `chats are behind a configured path`(configured: String, expected: String) throws {
    let asked = try router.request(
      ProviderAsking.chat(#"{"messages":[]}"#), ProviderAsking.call())
    #expect(router.path(configured: configured, asked) == expected)
  }

  @Test func `a completion goes to the model, or to the API that is configured`() throws {
    let completion = try ProviderAsking.completion(#"{"prompt":"One","max_tokens":3,"stop":"x"}"#)
    let call = ProviderAsking.call(.completions, model: "owner/na me")
    let hosted = try router.request(completion, call)
    #expect(hosted.path == "/hf-inference/models/owner/na%20me")
    #expect(
      hosted.text
        == #"{"inputs":"One","parameters":{"details":true,"return_full_text":false,"max_new_tokens":3,"stop":["x"]},"stream":false}"#
    )
    let own = try server("/generate").request(completion, call)
    #expect(own.text == hosted.text)
    #expect(server("/generate").path(configured: "/generate", own) == "/generate")
    let openAI = try server("/v1/completions").request(completion, call)
    #expect(
      openAI.text
        == #"{"model":"owner/na me","prompt":"One","max_tokens":3,"stop":["x"],"stream":false}"#)
    #expect(
      server("/v1/completions").path(configured: "/v1/completions", openAI) == "/v1/completions")
  }

  @Test(arguments: ["../x", "a/b/c", "/a", "a/", ".", "a/..", ""])
  func `a model's name is no way to another path`(model: String) throws {
    let completion = try ProviderAsking.completion(#"{"prompt":"One"}"#)
    #expect(throws: RequestProblem.self) {
      try router.request(completion, ProviderAsking.call(.completions, model: model))
    }
  }

  @Test func `vectors are asked for as each API has it`() throws {
    let asked = try ProviderAsking.embeddings(
      #"{"input":["a"],"dimensions":4,"user":"u","normalize":true,"odd":1}"#)
    let call = ProviderAsking.call(.embeddings, model: "owner/name")
    let hosted = try router.request(asked, call)
    #expect(hosted.path == "/hf-inference/models/owner/name/pipeline/feature-extraction")
    #expect(hosted.text == #"{"inputs":["a"],"normalize":true}"#)
    #expect(hosted.unsupported == ["dimensions", "user", "odd"])
    let openAI = try server("/v1/embeddings").request(asked, call)
    #expect(
      openAI.text
        == #"{"model":"owner/name","input":["a"],"dimensions":4,"user":"u","normalize":true,"odd":1}"#
    )
    #expect(openAI.unsupported.isEmpty)
  }

  @Test(
    arguments: [
      "[[0.1,2],[3e-1,4]]", #"{"embeddings":[[0.1,2],[3e-1,4]]}"#,
      #"{"object":"list","data":[{"embedding":[0.1,2]},{"embedding":[3e-1,4]}]}"#,
    ])
  func `vectors are read from each API's shape`(body: String) throws {
    let answer = try router.answer(
      embeddings: Array(body.utf8).span.bytes, ProviderAsking.call(.embeddings))
    #expect(answer.vectors.map(\.string) == ["[0.1,2]", "[3e-1,4]"])
    #expect(answer.model == "m")
  }

  @Test func `one vector is one, and vectors of tokens are none`() throws {
    let one = try router.answer(
      embeddings: Array("[0.5,1]".utf8).span.bytes, ProviderAsking.call(.embeddings))
    #expect(one.vectors.map(\.string) == ["[0.5,1]"])
    for body in ["[[[0.5],[1]]]", "{}", "[1", #"{"data":[{}]}"#] {
      #expect(throws: ProviderProblem.self) {
        try router.answer(
          embeddings: Array(body.utf8).span.bytes, ProviderAsking.call(.embeddings))
      }
    }
  }

  @Test func `a chat with the servers' own accent is OpenAI's`() throws {
    let body =
      #"{"object":"chat.completion","id":"","created":3,"model":"tgi","system_fingerprint":"f","choices":[{"index":0,"message":{"role":"assistant","tool_calls":[{"id":"0","type":"function","function":{"description":null,"name":"f","arguments":{"a":1}}}]},"finish_reason":"eos_token"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#
    #expect(
      try router.answered(body, ProviderAsking.call())
        == #"{"id":"chatcmpl-7","object":"chat.completion","created":3,"model":"tgi","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"0","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3},"system_fingerprint":"f"}"#
    )
  }

  @Test func `a completion of a server has a text`() throws {
    let body =
      #"{"object":"text_completion","id":"","created":3,"model":"tgi","choices":[{"index":0,"text":"One","logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#
    #expect(
      try router.answered(body, ProviderAsking.call(.completions))
        == #"{"id":"chatcmpl-7","object":"text_completion","created":3,"model":"tgi","choices":[{"text":"One","index":0,"logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#
    )
  }

  @Test func `streams of chunks are read by what is in them`() throws {
    let call = ProviderAsking.call(isStreamed: true)
    let chunk = { (delta: String, reason: String) in
      #"data:{"object":"chat.completion.chunk","id":"","created":3,"model":"tgi","choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(reason)}],"usage":null}"#
        + "\n\n"
    }
    let function = { (id: String, name: String, arguments: String) in
      #"{"role":"assistant","tool_calls":{"index":0,"id":"\#(id)","type":"function","function":{"name":\#(name),"arguments":"\#(arguments)"}}}"#
    }
    let (output, answer) = try StreamSplits(router, call).read(
      chunk(#"{"role":"assistant","content":"a"}"#, "null")
        + chunk(function("", #""f""#, #"{\"a\""#), "null")
        + chunk(function("", "null", ":1}"), "null")
        + chunk(#"{"role":"assistant","content":""}"#, #""eos_token""#)
        + #"data:{"id":"","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#
        + "\n\ndata:[DONE]\n\n")
    let bytes = Array(output.utf8)
    #expect(
      OpenAIStreamAnswer(bytes.span.bytes, route: .chat)?.json.string
        == #"{"id":"chatcmpl-7","object":"chat.completion","created":3,"model":"tgi","choices":[{"index":0,"message":{"role":"assistant","content":"a","tool_calls":[{"id":"call_7_0_0","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#
    )
    #expect(answer.endedProperly)
  }

  @Test(
    arguments: [
      (
        422, #"{"error":"Input validation error","error_type":"validation"}"#,
        "invalid_request_error", "validation"
      ),
      (
        429, #"{"error":"Model is overloaded","error_type":"overloaded"}"#, "overloaded_error",
        "overloaded"
      ),
      (424, #"{"error":"failed","error_type":"generation"}"#, "server_error", "generation"),
      (401, #"{"error":"Invalid username or password."}"#, "authentication_error", nil),
      (400, #"{"error":["a","b"]}"#, "invalid_request_error", nil),
      (
        400, #"{"error":{"message":"no","type":"invalid_request_error","code":"model_not_found"}}"#,
        "invalid_request_error", "model_not_found"
      ),
      (404, #"{"object":"error","message":"no","type":"NotFoundError"}"#, "NotFoundError", nil),
    ] as [(Int, String, String, String?)])
  func `errors of every part`(status: Int, body: String, type: String, code: String?) {
    let error = router.error(Array(body.utf8).span.bytes, status: status)
    #expect(error?.type == type)
    #expect(error?.code == code)
    #expect(error?.message.isEmpty == false)
  }

  @Test func `a model that is being loaded says how long`() {
    let body = Array(#"{"error":"Model x is currently loading","estimated_time":19.2}"#.utf8)
    let error = router.error(body.span.bytes, status: 503)
    #expect(error?.retryAfter == 20)
    #expect(error?.code == "model_loading")
    #expect(router.error(Array("<html>".utf8).span.bytes, status: 503) == nil)
    #expect(router.error(Array("{}".utf8).span.bytes, status: 503) == nil)
  }

  @Test func `native calls are told by their paths`() throws {
    func call(_ path: String, _ body: String = "{}") throws -> NativeCall {
      try router.nativeCall(path: path, query: "", body: Array(body.utf8).span.bytes)
    }
    #expect(
      try call("/hf/generate_stream")
        == NativeCall(kind: .chat, model: nil, isStreamed: true, path: "/generate_stream"))
    #expect(
      try call("/generate", #"{"stream":true}"#)
        == NativeCall(kind: .chat, model: nil, isStreamed: false, path: "/generate"))
    #expect(
      try call("/v1/chat/completions", #"{"model":"m","stream":true}"#)
        == NativeCall(kind: .chat, model: "m", isStreamed: true, path: "/v1/chat/completions"))
    #expect(throws: RequestProblem.self) { try call("/admin") }
  }

  @Test func `a native text is a chat for those who look at prompts`() throws {
    let body = Array(
      #"{"inputs":"Hi","parameters":{"max_new_tokens":3,"stop":["x"],"typical_p":0.5}}"#.utf8)
    let chat = try router.chat(native: body.span.bytes)
    #expect(chat.messages == [ChatMessage(role: .user, content: [.text("Hi")])])
    #expect(chat.sampling.maxTokens == .integer(3))
    #expect(chat.sampling.stop == ["x"])
    #expect(chat.unknown.map(\.key) == ["typical_p"])
  }

  @Test(arguments: [
    (#"{"prompt":"Hi","max_tokens":3,"stream":true}"#, ["Hi"]),
    (#"{"prompt":["Hi"," you"],"max_tokens":3,"stream":true}"#, ["Hi you"]),
    (#"{"inputs":"a","prompt":"b","max_tokens":3,"stream":true}"#, ["a", "b"]),
    (
      #"{"messages":[{"role":"user","content":"a"}],"prompt":"b","inputs":null,"max_tokens":3,"stream":true}"#,
      ["a", "b"]
    ),
  ])
  func `the prompt of a completion is a chat too`(body: String, texts: [String]) throws {
    let chat = try router.chat(native: Array(body.utf8).span.bytes)
    #expect(chat.messages.map(\.text) == texts)
    #expect(chat.messages.allSatisfy { $0.role == .user })
    #expect(chat.sampling.maxTokens == .integer(3))
    #expect(chat.isStreamed)
    #expect(chat.unknown.isEmpty)
  }
}
