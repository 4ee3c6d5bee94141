// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LLM

@Suite struct CohereRequestTests {
  private func request(
    _ body: String, path: String? = nil, isStreamed: Bool = false
  ) throws -> ProviderRequest {
    var settings = ProviderSettings()
    settings.configuredPath = path
    let chat = try ChatRequest(openAI: Array(body.utf8).span.bytes)
    let call = ProviderCall(model: "m", isStreamed: isStreamed, id: "chatcmpl-7", created: 5)
    return try Cohere(settings).request(chat, call)
  }

  private func check(
    _ members: String, gives expected: String, unsupported: [String] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let request = try request(#"{"messages":[]"# + members + "}")
    #expect(
      request.text == #"{"model":"m","messages":[]"# + expected + "}",
      sourceLocation: sourceLocation)
    #expect(request.unsupported == unsupported, sourceLocation: sourceLocation)
  }

  private func checkMessages(
    _ messages: String, gives expected: String, unsupported: [String] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let request = try request(#"{"messages":["# + messages + "]}")
    #expect(
      request.text == #"{"model":"m","messages":["# + expected + #"],"stream":false}"#,
      sourceLocation: sourceLocation)
    #expect(request.unsupported == unsupported, sourceLocation: sourceLocation)
  }

  // MARK: - Version 2

  @Test func `a request has Cohere's names and nothing else`() throws {
    let request = try request(
      #"""
      {"model":"x","messages":[{"role":"user","content":"a","name":"bob"}],"seed":7,"temperature":0.70,"top_p":0.5,
       "top_k":3,"max_completion_tokens":9,"stop":["x","y"],"stream":true,"stream_options":{"include_usage":true},
       "presence_penalty":0.1,"frequency_penalty":0.2,"user":"u","logprobs":true,"n":1,"store":false,
       "documents":["d"],"safety_mode":"OFF"}
      """#, isStreamed: true)
    #expect(request.path == "/v2/chat")
    #expect(
      request.text
        == #"{"model":"m","messages":[{"role":"user","content":"a"}],"temperature":0.70,"p":0.5,"k":3,"#
        + #""max_tokens":9,"seed":7,"presence_penalty":0.1,"frequency_penalty":0.2,"stop_sequences":["x","y"],"#
        + #""stream":true,"documents":["d"],"safety_mode":"OFF"}"#)
    #expect(request.unsupported == ["messages[0].name", "user", "logprobs"])
  }

  @Test func `a share of probability that Cohere refuses becomes the nearest, and is named`() throws
  {
    try check(#","top_p":1"#, gives: #","p":0.99,"stream":false"#, unsupported: ["top_p"])
    try check(#","top_p":0"#, gives: #","p":0.01,"stream":false"#, unsupported: ["top_p"])
    try check(#","top_p":0.990"#, gives: #","p":0.990,"stream":false"#)
  }

  private static let strict =
    #"{"type":"function","function":{"name":"f","strict":true,"parameters":{"required":["a"]}}}"#
  private static let loose = #"{"type":"function","function":{"name":"g","strict":true}}"#
  private static let sentStrict =
    #"{"type":"function","function":{"name":"f","parameters":{"required":["a"]}}}"#
  private static let sentLoose =
    #"{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}}}}"#

  @Test func `strict tools are strict together or not at all`() throws {
    try check(
      #","tools":["# + Self.strict + "]",
      gives: #","tools":["# + Self.sentStrict + #"],"strict_tools":true,"stream":false"#)
    try check(
      #","parallel_tool_calls":false,"tools":["# + Self.strict + "," + Self.loose
        + #",{"type":"custom"}]"#,
      gives: #","tools":["# + Self.sentStrict + "," + Self.sentLoose + #"],"stream":false"#,
      unsupported: [
        "tools[2]", "parallel_tool_calls", "tools[0].function.strict", "tools[1].function.strict",
      ])
  }

  @Test func `choices of tools`() throws {
    let tools = #","tools":["# + Self.strict + "," + Self.loose + #"],"strict_tools":false"#
    let sent = #","tools":["# + Self.sentStrict + "," + Self.sentLoose + "]"
    let tail = #","stream":false,"strict_tools":false"#
    try check(
      #","tool_choice":"required""# + tools, gives: sent + #","tool_choice":"REQUIRED""# + tail)
    try check(#","tool_choice":"none""# + tools, gives: sent + #","tool_choice":"NONE""# + tail)
    try check(#","tool_choice":"auto""# + tools, gives: sent + tail)
    try check(#","tool_choice":"none""#, gives: #","stream":false"#)
    // Only the demanded one is offered.
    try check(
      #","tool_choice":{"type":"function","function":{"name":"g"}}"# + tools,
      gives: #","tools":["# + Self.sentLoose + #"],"tool_choice":"REQUIRED""# + tail)
    try check(
      #","tool_choice":{"type":"function","function":{"name":"h"}}"# + tools, gives: sent + tail,
      unsupported: ["tool_choice"])
  }

  @Test func `formats of an answer`() throws {
    let schema =
      #","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}"#
    try check(
      #","response_format":{"type":"json_object"}"#,
      gives: #","response_format":{"type":"json_object"},"stream":false"#)
    try check(
      schema,
      gives:
        #","response_format":{"type":"json_object","json_schema":{"type":"object"}},"stream":false"#
    )
    try check(#","response_format":{"type":"text"}"#, gives: #","stream":false"#)
    try check(
      schema + #","documents":[]"#, gives: #","stream":false,"documents":[]"#,
      unsupported: ["response_format"])
    try check(
      #","response_format":{"type":"grammar"}"#, gives: #","stream":false"#,
      unsupported: ["response_format"])
  }

  @Test func `how long to think`() throws {
    try check(
      #","reasoning_effort":"low""#,
      gives: #","stream":false,"thinking":{"type":"enabled","token_budget":1024}"#)
    try check(
      #","reasoning_effort":"none""#, gives: #","stream":false,"thinking":{"type":"disabled"}"#)
    try check(
      #","reasoning_effort":"high","thinking":{"type":"disabled"}"#,
      gives: #","stream":false,"thinking":{"type":"disabled"}"#, unsupported: ["reasoning_effort"])
    try check(
      #","reasoning_effort":"most""#, gives: #","stream":false"#, unsupported: ["reasoning_effort"])
  }

  @Test func `messages of all roles`() throws {
    try checkMessages(
      #"""
      {"role":"developer","content":[{"type":"text","text":"1"},{"type":"text","text":"2"}]},
      {"role":"user","content":[{"type":"text","text":"é\n"},
       {"type":"image_url","image_url":{"url":"https://x/a.png","detail":"low"}},
       {"type":"input_audio","input_audio":{"data":"AA==","format":"mp3"}}]},
      {"role":"assistant","content":"plan","tool_calls":[
       {"id":"c1","type":"function","function":{"name":"f","arguments":""}}],"annotations":[1]},
      {"role":"tool","tool_call_id":"c1","content":"rain"},
      {"role":"assistant","content":"b","refusal":"c","reasoning_content":"hm"}
      """#,
      gives:
        #"{"role":"system","content":[{"type":"text","text":"1"},{"type":"text","text":"2"}]},"#
        + #"{"role":"user","content":[{"type":"text","text":"é\n"},{"type":"image_url","image_url":{"url":"https://x/a.png","detail":"low"}}]},"#
        + #"{"role":"assistant","tool_plan":"plan","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},"#
        + #"{"role":"tool","content":"rain","tool_call_id":"c1"},"#
        + #"{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"bc"}]}"#,
      unsupported: ["messages[1].content[2]", "messages[2].annotations"])
  }

  @Test func `a thought in front of calls goes back with them`() throws {
    try checkMessages(
      #"""
      {"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[
       {"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]}
      """#,
      gives: #"{"role":"assistant","content":[{"type":"thinking","thinking":"hm"}],"#
        + #""tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]}"#
    )
  }

  // MARK: - Version 1

  @Test(arguments: [
    (nil, RouteType.chat, "/v2/chat"), ("/", .chat, "/v2/chat"),
    ("/proxy/v2/chat", .chat, "/v2/chat"), ("/proxy/v1/chat", .chat, "/v1/chat"),
    (nil, .completions, "/v1/generate"), ("/v2/chat", .completions, "/v2/chat"),
    ("/v1/generate", .completions, "/v1/generate"), (nil, .embeddings, "/v2/embed"),
    ("/v1/embed", .embeddings, "/v1/embed"),
  ])
  func `the configured path tells the operation`(path: String?, route: RouteType, expected: String)
  {
    #expect(CohereOperation(configuredPath: path, route: route).rawValue == expected)
  }

  @Test func `a conversation of version 1`() throws {
    let request = try request(
      #"""
      {"messages":[{"role":"system","content":"1"},{"role":"developer","content":"2"},
       {"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"system","content":"3"},
       {"role":"assistant","content":""},
       {"role":"user","content":[{"type":"text","text":"c"},{"type":"image_url","image_url":{"url":"u"}}]}],
       "top_k":3,"user":"u","documents":[{"t":"x"}],"reasoning_effort":"low",
       "response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object"}}}}
      """#, path: "/v1/chat")
    #expect(request.path == "/v1/chat")
    #expect(
      request.text == #"{"model":"m","message":"c","preamble":"1\n\n2","chat_history":["#
        + #"{"role":"USER","message":"a"},{"role":"CHATBOT","message":"b"},{"role":"SYSTEM","message":"3"}],"#
        + #""k":3,"response_format":{"type":"json_object","schema":{"type":"object"}},"stream":false,"#
        + #""documents":[{"t":"x"}]}"#)
    #expect(request.unsupported == ["messages[6].content[1]", "user", "reasoning_effort"])
  }

  @Test func `what version 1 cannot do is refused with a reason`() {
    let tools = RequestProblem(
      message: "tools need version 2 of Cohere's API: an upstream_url that ends in /v2/chat")
    let user = #"{"role":"user","content":"a"}"#
    #expect(throws: tools) {
      try request(
        #"{"messages":["# + user + #"],"tools":[{"type":"function","function":{"name":"f"}}]}"#,
        path: "/v1/chat")
    }
    #expect(throws: tools) {
      try request(
        #"{"messages":[{"role":"tool","tool_call_id":"1","content":"x"},"# + user + "]}",
        path: "/v1/chat")
    }
    let words = RequestProblem(
      message: "version 1 of Cohere's API needs a last message with a text of the user")
    #expect(throws: words) {
      try request(
        #"{"messages":["# + user + #",{"role":"assistant","content":"x"}]}"#, path: "/v1/chat")
    }
    #expect(throws: RequestProblem.self) {
      try request(#"{"messages":["# + user + "]}", path: "/v1/generate")
    }
  }

  @Test func `a completion is generated`() throws {
    let body = Array(
      #"{"prompt":"a","n":2,"stop":"x","echo":true,"suffix":"s","truncate":"END","max_tokens":4}"#
        .utf8)
    let span = body.span.bytes
    let chat = try ChatRequest(completion: JSONNode.validated(in: span), in: span)
    let call = ProviderCall(route: .completions, model: "m", id: "cmpl-7", created: 5)
    let request = try Cohere(ProviderSettings()).request(chat, call)
    #expect(request.path == "/v1/generate")
    #expect(
      request.text
        == #"{"model":"m","prompt":"a","max_tokens":4,"stop_sequences":["x"],"stream":false,"#
        + #""num_generations":2,"truncate":"END"}"#)
    #expect(request.unsupported == ["echo", "suffix"])
  }

  // MARK: - Vectors

  private func vectors(_ body: String, _ settings: ProviderSettings) throws -> ProviderRequest {
    let body = Array(body.utf8)
    let span = body.span.bytes
    let call = ProviderCall(route: .embeddings, model: "m", id: "x", created: 5)
    let root = try JSONNode.validated(in: span)
    return try Cohere(settings).request(EmbeddingRequest(openAI: root, in: span), call)
  }

  @Test func `vectors are asked for by Cohere's names`() throws {
    var settings = ProviderSettings()
    let plain = try vectors(
      #"{"input":"a","dimensions":256,"encoding_format":"base64","user":"u"}"#, settings)
    #expect(
      plain.text
        == #"{"model":"m","texts":["a"],"input_type":"classification","embedding_types":["float"],"output_dimension":256}"#
    )
    #expect(plain.unsupported == ["user"])
    settings.cohereInputType = "search_document"
    settings.configuredPath = "/v1/embed"
    let configured = try vectors(
      #"{"input":["a"],"dimensions":512,"truncate":"END","priority":1}"#, settings)
    #expect(
      configured.text
        == #"{"model":"m","texts":["a"],"input_type":"search_document","embedding_types":["float"],"truncate":"END"}"#
    )
    #expect(configured.unsupported == ["dimensions", "priority"])
    let own = try vectors(#"{"input":"a","input_type":"search_query"}"#, settings)
    #expect(own.text.contains(#""input_type":"search_query""#))
    #expect(throws: RequestProblem(message: "Cohere makes vectors of texts, not of tokens")) {
      try vectors(#"{"input":[1,2]}"#, settings)
    }
  }
}
