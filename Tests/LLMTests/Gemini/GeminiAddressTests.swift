// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct GeminiAddressTests {
  private func asked(
    _ settings: ProviderSettings, _ model: String, isStreamed: Bool = false
  ) throws -> (path: String, query: [ProviderRequest.Field]) {
    let request = try GeminiAsked.request(
      #"{"messages":[{"role":"user","content":"a"}]}"#, model: model, isStreamed: isStreamed,
      settings)
    return (request.path, request.query)
  }

  @Test func `the public API`() throws {
    let settings = ProviderSettings()
    #expect(Gemini(settings).origin == "https://generativelanguage.googleapis.com")
    let whole = try asked(settings, "gemini-2.5-flash")
    #expect(whole.path == "/v1beta/models/gemini-2.5-flash:generateContent")
    #expect(whole.query == [])
    let stream = try asked(settings, "models/gemini-2.5-flash", isStreamed: true)
    #expect(stream.path == "/v1beta/models/gemini-2.5-flash:streamGenerateContent")
    #expect(stream.query == [ProviderRequest.Field("alt", "sse")])
    #expect(
      try asked(settings, "../x:predict?").path
        == "/v1beta/models/..%2Fx%3Apredict%3F:generateContent")
  }

  @Test func `Vertex`() throws {
    var settings = GeminiAsked.vertex
    #expect(Gemini(settings).origin == "https://us-central1-aiplatform.googleapis.com")
    #expect(
      try asked(settings, "gemini-2.5-flash").path
        == "/v1/projects/p1/locations/us-central1/publishers/google/models/gemini-2.5-flash:generateContent"
    )
    settings.gemini.locationID = "global"
    settings.gemini.apiEndpoint = nil
    settings.gemini.endpointID = "77"
    #expect(Gemini(settings).origin == "https://aiplatform.googleapis.com")
    #expect(
      try asked(settings, "any", isStreamed: true).path
        == "/v1/projects/p1/locations/global/endpoints/77:streamGenerateContent")
  }

  @Test func `the operation in a configured path follows the request`() throws {
    let gemini = Gemini(ProviderSettings())
    let request = ProviderRequest(path: "/v1beta/models/m:streamGenerateContent")
    func path(_ configured: String) -> String { gemini.path(configured: configured, request) }
    #expect(path("/x/models/a:generateContent") == "/x/models/a:streamGenerateContent")
    #expect(path("/x/models/a:streamGenerateContent") == "/x/models/a:streamGenerateContent")
    #expect(path("/x/models/a") == "/x/models/a")
    #expect(path("/x/urn:a") == "/x/urn:a")
    #expect(path("/") == request.path)
  }

  @Test(arguments: [
    (
      "/in/v1beta/models/gemini-2.5-flash:generateContent",
      "/v1beta/models/gemini-2.5-flash:generateContent"
    ),
    ("/v1alpha/models/a%2E:streamGenerateContent", "/v1alpha/models/a.:streamGenerateContent"),
    ("/models/..%2fadmin:generateContent", "/v1beta/models/..%2Fadmin:generateContent"),
    ("/v9/models/m:countTokens", "/v1beta/models/m:countTokens"),
  ])
  func `a native path is made anew`(path: String, made: String) throws {
    let body = Array(#"{"contents":[]}"#.utf8)
    let call = try Gemini(ProviderSettings()).nativeCall(
      path: path, query: "", body: body.span.bytes)
    #expect(call.path == made)
    #expect(call.isStreamed == path.contains("stream"))
    #expect(call.kind == (path.contains("Generate") || path.contains("generate") ? .chat : .other))
  }

  @Test func `a native path of the public API reaches Vertex`() throws {
    let body = Array(#"{"contents":[]}"#.utf8)
    let call = try Gemini(GeminiAsked.vertex).nativeCall(
      path: "/v1beta1/projects/other/locations/l/publishers/google/models/m:generateContent",
      query: "", body: body.span.bytes)
    #expect(
      call.path
        == "/v1beta1/projects/p1/locations/us-central1/publishers/google/models/m:generateContent")
    #expect(call.model == "m")
  }

  @Test(arguments: [
    "/v1beta/models/m", "/v1beta/models/m:delete", "/m:generateContent",
    "/v1beta/models/:generateContent", "/v1beta/models/%zz:generateContent", "/",
  ])
  func `what is no operation is not found`(path: String) {
    let none: [UInt8] = []
    let problem = #expect(throws: RequestProblem.self) {
      try Gemini(ProviderSettings()).nativeCall(path: path, query: "", body: none.span.bytes)
    }
    #expect(problem?.status == 404)
  }

  @Test(arguments: [
    "", "{}", "[]", "{'contents':[]}", #"{"contents":[],}"#, #"{"contents":[],"contents":[]}"#,
    #"{"contents":[],"systemInstruction":{},"system_instruction":{}}"#,
  ])
  func `a native body that a guard could not read is refused`(text: String) {
    let body = Array(text.utf8)
    let problem = #expect(throws: RequestProblem.self) {
      try Gemini(ProviderSettings()).nativeCall(
        path: "/v1beta/models/m:generateContent", query: "", body: body.span.bytes)
    }
    #expect(problem?.status == 400)
  }

  @Test func `guards see a native conversation`() throws {
    let body = Array(
      #"""
      {"contents":[{"role":"user","parts":[{"text":"a"},{"inline_data":{"mime_type":"image/png","data":"AA"}}]},
      {"role":"model","parts":[{"functionCall":{"name":"f","args":{"x": 1}}}]},
      {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"y":2}}},{"text":"b"}]}],
      "system_instruction":{"parts":[{"text":"s"}]},
      "tools":[{"function_declarations":[{"name":"f","parameters":{"type":"OBJECT"}}]},{"googleSearch":{}}],
      "generationConfig":{"maxOutputTokens":5,"stopSequences":["x"]}}
      """#.utf8)
    let chat = try Gemini(ProviderSettings()).chat(native: body.span.bytes)
    #expect(chat.messages.map(\.role) == [.system, .user, .assistant, .tool, .user])
    #expect(
      chat.messages[1].content == [
        .text("a"), .image(url: "data:image/png;base64,AA", detail: nil),
      ])
    #expect(chat.messages[2].toolCalls == [ToolCall(id: nil, name: "f", arguments: #"{"x":1}"#)])
    #expect(chat.messages[3].text == #"{"y":2}"#)
    #expect(chat.tools.count == 2)
    #expect(chat.sampling.maxTokens == .integer(5))
    #expect(chat.sampling.stop == ["x"])
  }
}
