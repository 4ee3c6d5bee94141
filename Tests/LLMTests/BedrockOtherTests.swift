// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct BedrockOtherTests {
  // MARK: - Embeddings

  private func embed(
    _ model: String, _ json: String, _ settings: ProviderSettings = ProviderSettings()
  ) throws -> (body: String, path: String, unsupported: [String]) {
    let bytes = Array(json.utf8)
    let asked = try EmbeddingRequest(openAI: JSONNode.validated(in: bytes), in: bytes.span.bytes)
    let call = ProviderCall(route: .embeddings, model: model, id: "e", created: 5)
    let request = try Bedrock(settings).request(asked, call)
    return (String(decoding: request.body, as: UTF8.self), request.path, request.unsupported)
  }

  @Test func `Titan takes one text`() throws {
    let first = try embed(
      "amazon.titan-embed-text-v1", #"{"input":["a"],"dimensions":8,"user":"u"}"#)
    #expect(first.body == #"{"inputText":"a"}"#)
    #expect(first.path == "/model/amazon.titan-embed-text-v1/invoke")
    #expect(first.unsupported == ["user", "dimensions"])
    var settings = ProviderSettings()
    settings.bedrock.normalisesEmbeddings = true
    let second = try embed(
      "amazon.titan-embed-text-v2:0", #"{"input":"a","dimensions":256}"#, settings)
    #expect(second.body == #"{"inputText":"a","dimensions":256,"normalize":true}"#)
    #expect(
      try embed("amazon.titan-embed-text-v2:0", #"{"input":"a"}"#).body
        == #"{"inputText":"a","normalize":false}"#)
    #expect(
      try embed("amazon.titan-embed-image-v1", #"{"input":"a","dimensions":384}"#).body
        == #"{"inputText":"a","embeddingConfig":{"outputEmbeddingLength":384}}"#)
    let problem = #expect(throws: RequestProblem.self) {
      try embed("amazon.titan-embed-text-v2:0", #"{"input":["a","b"]}"#)
    }
    #expect(problem?.message == "this model takes one text in a request, not 2")
  }

  @Test func `Cohere takes many, for a purpose`() throws {
    let plain = try embed("cohere.embed-english-v3", #"{"input":["a","b"],"dimensions":8}"#)
    #expect(plain.body == #"{"texts":["a","b"],"input_type":"classification"}"#)
    #expect(plain.unsupported == ["dimensions"])
    var settings = ProviderSettings()
    settings.cohereInputType = "search_document"
    let newer = try embed("us.cohere.embed-v4:0", #"{"input":"a","dimensions":256}"#, settings)
    #expect(newer.body == #"{"texts":["a"],"input_type":"search_document","output_dimension":256}"#)
    let own = try embed(
      "cohere.embed-english-v3", #"{"input":"a","input_type":"search_query","x":1}"#, settings)
    #expect(own.body == #"{"texts":["a"],"input_type":"search_query"}"#)
    #expect(own.unsupported == ["x"])
  }

  @Test func `what no model takes is refused`() {
    let tokens = #expect(throws: RequestProblem.self) {
      try embed("cohere.embed-english-v3", #"{"input":[[1,2]]}"#)
    }
    #expect(tokens?.message == "bedrock takes texts, not tokens")
    let unknown = #expect(throws: RequestProblem.self) {
      try embed("acme.embed", #"{"input":"a"}"#)
    }
    #expect(unknown?.message.contains("no embeddings of 'acme.embed'") == true)
  }

  private func vectors(_ text: String) throws -> EmbeddingResponse {
    let bytes = Array(text.utf8)
    let call = ProviderCall(route: .embeddings, model: "m", id: "e", created: 5)
    return try Bedrock(ProviderSettings()).answer(embeddings: bytes.span.bytes, call)
  }

  @Test func `vectors keep the spelling of their numbers`() throws {
    let titan = try vectors(#"{"embedding":[0.10,-1e-8],"inputTextTokenCount":7}"#)
    #expect(titan.vectors.map(\.string) == ["[0.10,-1e-8]"])
    #expect(titan.usage == Usage(promptTokens: 7, completionTokens: 0))
    for list in ["[[1],[2]]", #"{"float":[[1],[2]]}"#] {
      let cohere = try vectors(#"{"embeddings":\#(list),"id":"x"}"#)
      #expect(cohere.vectors.map(\.string) == ["[1]", "[2]"])
      #expect(cohere.usage == nil)
    }
    for text in ["{}", "[", #"{"embedding":7}"#] {
      #expect(throws: ProviderProblem.self) { try vectors(text) }
    }
  }

  // MARK: - The native format

  private func native(_ path: String, _ text: String = "{}") throws -> NativeCall {
    let body = Array(text.utf8)
    return try Bedrock(ProviderSettings()).nativeCall(path: path, query: "", body: body.span.bytes)
  }

  @Test func `a native path tells model and operation, and is made anew`() throws {
    let plain = try native("/route/model/amazon.nova-lite-v1%3A0/converse")
    #expect(
      plain
        == NativeCall(
          kind: .chat, model: "amazon.nova-lite-v1:0", isStreamed: false,
          path: "/model/amazon.nova-lite-v1%3A0/converse"))
    let arn = "arn:aws:bedrock:us-east-1:1:inference-profile/us.x"
    let escaped = "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x/"
    for path in ["/model/\(arn)/converse-stream", "\(escaped)converse-stream"] {
      let streamed = try native(path)
      #expect(streamed.model == arn)
      #expect(streamed.isStreamed)
      #expect(streamed.path == "\(escaped)converse-stream")
    }
    #expect(try native("/model/m/invoke").kind == .other)
    #expect(try native("/model/m/invoke-with-response-stream").isStreamed)
    #expect(try native("/model/%2e%2e%2fadmin/converse").path == "/model/..%2Fadmin/converse")
  }

  @Test(
    arguments: [
      "", "/", "/converse", "/model/converse", "/model//converse", "/model/m/delete",
      "/model/m/converse/", "/model/%zz/converse", "/model/%ff/converse", "/model/%/converse",
    ])
  func `other paths are refused`(path: String) {
    let problem = #expect(throws: RequestProblem.self) { try native(path) }
    #expect(problem?.status == 404)
  }

  @Test(
    arguments: [
      "", "[]", "{", #"{"messages":[],"messages":[]}"#, #"{"system":[],"a":1,"s\u0079stem":[]}"#,
    ])
  func `a body that parsers differ about is refused`(body: String) throws {
    let problem = #expect(throws: RequestProblem.self) { try native("/model/m/converse", body) }
    #expect(problem?.status == 400)
    #expect(try native("/model/m/invoke", body).kind == .other)
  }

  @Test func `a native body is a chat to who looks into it`() throws {
    let body = Array(
      #"""
      {"system":[{"text":"Be brief."},{"cachePoint":{"type":"default"}}],
       "messages":[
        {"role":"user","content":[{"text":"a"},{"image":{"format":"png","source":{"bytes":"AAAA"}}},
          {"guardContent":{"text":{"text":"g"}}},{"document":{"name":"d"}}]},
        {"role":"assistant","content":[{"text":"b"},{"toolUse":{"toolUseId":"c","name":"f","input":{"x":1}}}]},
        {"role":"user","content":[{"toolResult":{"toolUseId":"c","content":[{"json":{"y":2}},{"text":"z"}]}}]}],
       "inferenceConfig":{"maxTokens":9,"temperature":0.5,"topP":1,"stopSequences":["s"]},
       "toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{}}}},{"cachePoint":{}}]}}
      """#.utf8)
    let chat = try Bedrock(ProviderSettings()).chat(native: body.span.bytes)
    #expect(chat.messages.map(\.role) == [.system, .user, .assistant, .tool])
    #expect(chat.messages.map(\.text) == ["Be brief.", "ag", "b", #"{"y":2}z"#])
    #expect(
      chat.messages[1].content[1] == .image(url: "data:image/png;base64,AAAA", detail: nil))
    #expect(
      chat.messages[1].content[3]
        == .other(JSONText(unchecked: Array(#"{"document":{"name":"d"}}"#.utf8))))
    #expect(
      chat.messages[2].toolCalls == [ToolCall(id: "c", name: "f", arguments: #"{"x":1}"#)])
    #expect(chat.messages[3].toolCallID == "c")
    #expect(chat.sampling.maxTokens?.string == "9")
    #expect(chat.sampling.stop == ["s"])
    #expect(chat.tools.count == 2)
  }

  @Test(arguments: [
    ("", [ChatRole.user]),
    (#"{"role":"user","content":[{"text":"a"}]}"#, [.user]),
    (
      #"""
      {"role":"user","content":[{"text":"a"}]},
      {"role":"assistant","content":[{"toolUse":{"toolUseId":"c","name":"f","input":{}}}]},
      {"role":"user","content":[{"toolResult":{"toolUseId":"c","content":[{"text":"z"}]}}]}
      """#, [.user, .tool]
    ),
  ])
  func `variables of a prompt are in what is said last, and the user's`(
    messages: String, holders: [ChatRole]
  ) throws {
    let variables = #"{"x":{"text":"v"}}"#
    let body = Array(#"{"promptVariables":\#(variables),"messages":[\#(messages)]}"#.utf8)
    let chat = try Bedrock(ProviderSettings()).chat(native: body.span.bytes)
    let part = ContentPart.other(JSONText(unchecked: Array(variables.utf8)))
    #expect(chat.messages.filter { $0.content.contains(part) }.map(\.role) == holders)
    #expect(chat.messages.last?.content.last == part)
  }
}
