// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

/// Each kind of provider by its own words: what is asked, with which credentials, and what is read.
struct RequestTransformerProviderTests {
  private func asked(
    _ model: String, auth: String = "", more: String = "", answer: String,
    type: String = "application/json"
  ) async throws -> (request: ServiceRequest, result: CallResult) {
    let llm = #""auth":{\#(auth)},"model":{\#(model)},\#(Asked.logging)"#
    let asked = try await Asked(more, llm: llm) { _ in
      TestResponse(headers: ["content-type": type], text: answer)
    }
    let result = try await asked.post("hi")
    return (try #require(asked.requests.first), result)
  }

  private func usage(_ result: CallResult) -> [Int?] {
    ["prompt_tokens", "completion_tokens"].map {
      result.logFields["ai.ai-request-transformer.usage"]?[$0]?.int
    }
  }

  @Test func `Anthropic`() async throws {
    let (request, result) = try await asked(
      #""provider":"anthropic","name":"claude-haiku-4-5","options":{"anthropic_version":"2023-06-01"}"#,
      auth: #""header_name":"x-api-key","header_value":"{key}""#,
      answer:
        #"{"id":"m","type":"message","role":"assistant","model":"claude-haiku-4-5","content":[{"type":"text","text":"HI"}],"stop_reason":"end_turn","usage":{"input_tokens":7,"output_tokens":2}}"#
    )
    #expect(result.request.text == "HI")
    #expect(request.url == "https://api.anthropic.com/v1/messages")
    #expect(request.headers["anthropic-version"] == "2023-06-01")
    #expect(request.headers["x-api-key"] == "(secret)")
    #expect(request.text.contains(#""system":"Make it shout.""#))
    #expect(usage(result) == [7, 2])
  }

  @Test func `Gemini, with a service account`() async throws {
    let (request, result) = try await asked(
      #""provider":"gemini","name":"gemini-2.0-flash""#,
      auth: #""gcp_use_service_account":true,"gcp_service_account_json":"{account}""#,
      answer:
        #"{"candidates":[{"content":{"role":"model","parts":[{"text":"HI"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":1,"totalTokenCount":6}}"#
    )
    #expect(result.request.text == "HI")
    #expect(request.url.hasSuffix("/models/gemini-2.0-flash:generateContent"))
    #expect(request.authorization == .bearer(.jwtBearer(serviceAccount: .testing("{account}"))))
    #expect(usage(result) == [5, 1])
  }

  private static let converse =
    #"{"output":{"message":{"role":"assistant","content":[{"text":"HI"}]}},"stopReason":"end_turn","usage":{"inputTokens":4,"outputTokens":1,"totalTokens":5}}"#

  private func bedrock(_ model: String) async throws -> (ServiceRequest, CallResult) {
    try await asked(
      #""provider":"bedrock","name":"\#(model)","options":{"bedrock":{"aws_region":"eu-west-1"}}"#,
      auth: #""aws_access_key_id":"{id}","aws_secret_access_key":"{secret}""#,
      more: #""patchbay":{"aws_session_token":"{session}"}"#, answer: Self.converse)
  }

  @Test func `Bedrock, signed by the host`() async throws {
    let (request, result) = try await bedrock("amazon.nova-lite-v1:0")
    #expect(result.request.text == "HI")
    #expect(
      request.authorization
        == .aws(
          AWSSignature(
            service: "bedrock", region: "eu-west-1", accessKey: .testing("{id}"),
            secretKey: .testing("{secret}"), sessionToken: .testing("{session}"))))
    #expect(request.text.contains(#""system":[{"text":"Make it shout."}]"#))
    #expect(usage(result) == [4, 1])
  }

  @Test func `a model of Bedrock without instructions is told them as Kong does`() async throws {
    let (request, _) = try await bedrock("amazon.titan-text-express-v1")
    let body = try JSONValue(parsing: request.text)
    #expect(body.at("/system") == nil)
    let turns = body.at("/messages")?.array ?? []
    #expect(turns.map { $0["role"] } == ["user", "assistant", "user"])
    #expect(
      turns.map { $0.at("/content/0/text") } == ["Make it shout.", "What is the message?", "hi"])
  }

  @Test func `Ollama`() async throws {
    let (request, result) = try await asked(
      #""provider":"llama2","name":"llama3","options":{"llama2_format":"ollama","upstream_url":"http://ollama:11434/api/chat"}"#,
      answer:
        #"{"model":"llama3","created_at":"2024-01-01T00:00:00Z","message":{"role":"assistant","content":"HI"},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":1}"#
    )
    #expect(result.request.text == "HI")
    #expect(request.url == "http://ollama:11434/api/chat")
    #expect(usage(result) == [3, 1])
  }

  @Test func `Azure, with an application's credentials`() async throws {
    let (request, result) = try await asked(
      #""provider":"azure","options":{"azure_instance":"i","azure_deployment_id":"d"}"#,
      auth:
        #""azure_use_managed_identity":true,"azure_client_id":"c","azure_client_secret":"{s}","azure_tenant_id":"t""#,
      answer: Asked.says("HI").text)
    #expect(result.request.text == "HI")
    #expect(request.url == "https://i.openai.azure.com/openai/deployments/d/chat/completions")
    #expect(request.query.map(\.name) == ["api-version"])
    #expect(
      request.authorization
        == .bearer(
          .clientCredentials(
            tokenURL: "https://login.microsoftonline.com/t/oauth2/v2.0/token", clientID: "c",
            clientSecret: .testing("{s}"),
            scope: "https://cognitiveservices.azure.com/.default")))
  }

  @Test func `keys in the query and in the body are filled in by the host`() async throws {
    for place in ["query", "body"] {
      let (request, _) = try await asked(
        #""provider":"openai","name":"m""#,
        auth: #""param_name":"key","param_value":"{k}","param_location":"\#(place)""#,
        answer: Asked.says("x").text)
      #expect(request.query.map(\.value) == (place == "query" ? ["(secret)"] : []))
      #expect(request.text.hasSuffix(#","key":"(secret)"}"#) == (place == "body"))
    }
  }

  @Test func `an address of one's own keeps its host, port, path and query`() async throws {
    for url in ["http://[::1]:8080/v1/c?a=b", "https://m.example/c"] {
      let (request, _) = try await asked(
        #""provider":"openai","options":{"upstream_url":"\#(url)"}"#,
        answer: Asked.says("x").text)
      #expect(request.url == url)
    }
  }

  @Test func `a stream that nobody asked for is read all the same`() async throws {
    let stream =
      #"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"H"},"finish_reason":null}]}"#
      + "\n\n"
      + #"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"I"},"finish_reason":"stop"}],"usage":{"prompt_tokens":2,"completion_tokens":1,"total_tokens":3}}"#
      + "\n\ndata: [DONE]\n\n"
    let (_, result) = try await asked(
      #""provider":"openai","name":"m""#, answer: stream, type: "text/event-stream")
    #expect(result.request.text == "HI")
    #expect(usage(result) == [2, 1])
  }

  @Test func `placeholders of the model are filled from the client's request`() async throws {
    let asked = try await Asked(
      llm: #""model":{"provider":"openai","name":"$(headers.x-model)"},"logging":{}"#
    ) { _ in Asked.says("x") }
    let named = TestRequest.post("/", headers: ["x-model": "gpt-9"], body: "hi")
    _ = try await asked.harness.exchange(named).request()
    #expect(asked.requests.first?.text.contains(#""model":"gpt-9""#) == true)
    let unnamed = try await asked.post("hi")
    #expect(unnamed.response?.status == 400)
    #expect(unnamed.response?.text.contains("failed to introspect request") == true)
  }
}
