// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_proxy

struct RequestTests {
  @Test func `a chat goes to OpenAI with the gateway's key, and nothing else of it changes`()
    async throws
  {
    let harness = try await Proxy.harness()
    let body = #"{ "x":1.50e+1, "messages":[{"role":"user","content":"\u00e9"}] , "y":[1,2] }"#
    let result = try await harness.exchange(
      Proxy.post(body, path: "/chat?a=1", headers: ["authorization": "Bearer mine"])
    ).request()
    #expect(result.request.target == Target(scheme: "https", host: "api.openai.com", port: nil))
    #expect(result.request.path == "/v1/chat/completions?a=1")
    #expect(result.request.method == "POST")
    #expect(result.request.headers.values("authorization") == ["(secret)"])
    #expect(result.request.headers["accept-encoding"] == "identity")
    #expect(
      result.request.text
        == #"{ "x":1.50e+1, "messages":[{"role":"user","content":"\u00e9"}] , "y":[1,2],"model":"gpt-4o-mini","stream":false }"#
    )
    #expect(result.splices.count == 1)
    #expect(result.variables == ["llm.model": "gpt-4o-mini", "llm.provider": "openai"])
    #expect(result.errorTemplate?.event.hasPrefix("data: {\"error\"") == true)
  }

  @Test func `a stream asks for usage, and keeps its other options`() async throws {
    let harness = try await Proxy.harness()
    let result = try await harness.exchange(
      Proxy.post(
        #"{\#(Proxy.messages),"stream":true,"stream_options":{"include_obfuscation":false}}"#)
    ).request()
    #expect(
      result.request.text
        == #"{\#(Proxy.messages),"stream":true,"stream_options":{"include_obfuscation":false,"include_usage":true},"model":"gpt-4o-mini"}"#
    )
    #expect(result.later.chunk == .transform)
    #expect(result.later.response == .headOnly)
  }

  @Test func `who asks for usage gets the stream by copy`() async throws {
    let harness = try await Proxy.harness()
    let result = try await harness.exchange(
      Proxy.post(
        #"{\#(Proxy.messages),"stream":true,"stream_options":{"include_usage":true}}"#)
    ).request()
    #expect(result.later.chunk == .copy)
  }

  @Test func `values of the configuration replace the client's`() async throws {
    let harness = try await Proxy.harness(
      options: #""temperature":0.10,"max_tokens":7,"top_p":1.0,"top_k":3"#)
    let result = try await harness.exchange(
      Proxy.post(#"{\#(Proxy.messages),"temperature":2,"top_k":9,"max_completion_tokens":99}"#)
    ).request()
    #expect(
      result.request.text
        == #"{\#(Proxy.messages),"temperature":0.10,"max_completion_tokens":7,"model":"gpt-4o-mini","stream":false,"top_p":1.0}"#
    )
  }

  @Test func `the size of vectors can be configured`() async throws {
    let harness = try await Proxy.harness(
      route: "llm/v1/embeddings", model: #""name":"e""#, options: #""embeddings_dimensions":256"#)
    let result = try await harness.exchange(Proxy.post(#"{"input":["a"],"dimensions":8}"#))
      .request()
    #expect(result.request.text == #"{"input":["a"],"dimensions":256,"model":"e"}"#)
    #expect(result.request.path == "/v1/embeddings")
    #expect(result.later.chunk == .drop)
  }

  static let addresses: [(String, String, String, Target, String)] = [
    (
      "llm/v1/chat", #""upstream_url":"http://a.test""#, "/c",
      Target(scheme: "http", host: "a.test"), "/"
    ),
    (
      "llm/v1/chat", #""upstream_url":"https://a.test:8443///v1//x","upstream_path":"/not/this""#,
      "/c?q=%2F", Target(scheme: "https", host: "a.test", port: 8443), "/v1//x?q=%2F"
    ),
    (
      "llm/v1/chat", #""upstream_url":"HTTP://[::1]:80/x?v=1#part""#, "/c?q",
      Target(scheme: "http", host: "::1", port: 80), "/x?v=1&q"
    ),
    (
      "llm/v1/chat", #""upstream_path":"own/path""#, "/c",
      Target(scheme: "https", host: "api.openai.com", port: nil), "/own/path"
    ),
    (
      "llm/v1/completions", "", "/c",
      Target(scheme: "https", host: "api.openai.com", port: nil), "/v1/completions"
    ),
    (
      "preserve", #""upstream_url":"http://a.test/gone""#, "/v1/files?x=1",
      Target(scheme: "http", host: "a.test"), "/v1/files?x=1"
    ),
    (
      "preserve", #""upstream_url":"http://a.test/gone","upstream_path":"//kept""#, "/v1/files?x=1",
      Target(scheme: "http", host: "a.test"), "/kept?x=1"
    ),
  ]

  @Test(arguments: addresses)
  func `requests go where Kong sends them`(
    route: String, options: String, path: String, target: Target, expected: String
  ) async throws {
    let harness = try await Proxy.harness(route: route, options: options)
    let key = route == "llm/v1/completions" ? #""prompt":"x""# : Proxy.messages
    let result = try await harness.exchange(Proxy.post("{\(key)}", path: path)).request()
    #expect(result.request.target == target)
    #expect(result.request.path == expected)
  }

  @Test func `a preserved request keeps its method, its body and its encodings`() async throws {
    let harness = try await Proxy.harness(route: "preserve", model: "")
    var request = TestRequest(method: "PUT", path: "/v1/x", body: [0xFF, 0, 1])
    request.headers = ["content-type": "audio/wav", "accept-encoding": "br"]
    let result = try await harness.exchange(request).request()
    #expect(!result.responded)
    #expect(result.request.method == "PUT")
    #expect(result.request.body == [0xFF, 0, 1])
    #expect(result.request.headers["accept-encoding"] == "br")
    #expect(result.splices.isEmpty)
  }

  @Test func `placeholders take values of the request, and paths stay paths`() async throws {
    let harness = try await Proxy.harness(
      model: #""name":"$(headers.X-Model)-$(query_params.size)""#,
      options:
        #""upstream_url":"http://$(headers.x-host)/$(uri_captures.rest)/$(query_params.size)""#)
    var request = Proxy.post(
      "{\(Proxy.messages)}", path: "/c?size=a%2Fb",
      headers: ["x-model": "m", "x-host": "h.test"])
    request.captures = ["rest": "v1/../x"]
    let result = try await harness.exchange(request).request()
    #expect(result.request.target == Target(scheme: "http", host: "h.test"))
    #expect(result.request.path == "/v1/%2E%2E/x/a%2Fb?size=a%2Fb")
    #expect(result.variables["llm.model"] == "m-a/b")
  }

  static let refusals: [(String, String, String, String)] = [
    ("", "{}", "application/json", "request body doesn't contain valid prompts"),
    ("", "", "application/json", "request body doesn't contain valid prompts"),
    ("", "{broken", "application/json", "request body doesn't contain valid prompts"),
    (
      "", "{\(Proxy.messages)}", "text/plain; charset=utf-8",
      "content-type header does not match request body, or bad JSON formatting"
    ),
    (
      "", "{\(Proxy.messages),\"model\":\"gpt-5\"}", "application/json",
      "cannot use own model - must be: gpt-4o-mini"
    ),
    (
      #""response_streaming":"deny""#, "{\(Proxy.messages),\"stream\":true}", "application/json",
      "response streaming is not enabled for this LLM"
    ),
  ]

  @Test(arguments: refusals)
  func `a request that breaks a rule is answered at once`(
    config: String, body: String, type: String, message: String
  ) async throws {
    let harness = try await Proxy.harness(config)
    let exchange = try await harness.exchange(Proxy.post(body, headers: ["content-type": type]))
    let result = try await exchange.request()
    #expect(result.responded)
    #expect(result.response?.status == 400)
    #expect(result.response?.text == #"{"error":{"message":"\#(message)"}}"#)
    #expect(result.response?.headers["content-type"] == "application/json")
    // Nothing was asked of a model, so nothing is logged.
    #expect(try await exchange.log().isEmpty)
  }

  @Test func `a placeholder without a value is told before anything else`() async throws {
    let harness = try await Proxy.harness(
      options: #""upstream_path":"/$(query_params.where)""#)
    let result = try await harness.exchange(Proxy.post("{}")).request()
    #expect(
      result.response?.text == #"{"error":{"message":"query_params key where was not provided"}}"#)
  }

  @Test func `an alias stands for the model`() async throws {
    let harness = try await Proxy.harness(model: #""name":"gpt-4o","model_alias":"best""#)
    let result = try await harness.exchange(Proxy.post("{\(Proxy.messages),\"model\":\"best\"}"))
      .request()
    #expect(
      result.request.text == "{\(Proxy.messages),\"model\":\"gpt-4o\",\"stream\":false}")
  }
}
