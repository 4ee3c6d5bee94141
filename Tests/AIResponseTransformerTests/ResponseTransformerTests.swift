// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_response_transformer

struct ResponseTransformerTests {
  private static func says(_ text: String) -> TestResponse {
    let text = JSONValue.string(text).description
    return TestResponse(
      headers: ["content-type": "application/json"],
      text:
        #"{"choices":[{"index":0,"message":{"role":"assistant","content":\#(text)}}],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}"#
    )
  }

  private static func harness(
    _ more: String = "", _ answer: @escaping @Sendable (ServiceRequest) throws -> TestResponse
  ) async throws -> PluginHarness<AIResponseTransformer> {
    let more = more.isEmpty ? "" : "," + more
    let harness = try await PluginHarness(
      AIResponseTransformer.self,
      configJSON: """
        {"prompt":"Make it shout.","llm":{"route_type":"llm/v1/chat",
         "model":{"provider":"openai","name":"m"},"logging":{"log_statistics":true}}\(more)}
        """)
    harness.answerHTTP { try answer($0) }
    return harness
  }

  private static let upstream = TestResponse(
    status: 203, headers: ["content-type": "text/plain", "x-kept": "1"], text: "hello")

  private func transformed(
    _ answer: String, _ more: String = "", of upstream: TestResponse = Self.upstream
  ) async throws -> CallResult {
    let harness = try await Self.harness(more) { _ in Self.says(answer) }
    return try await harness.exchange(.get("/")).response(upstream)
  }

  @Test func `the body becomes what the model says, the rest stays`() async throws {
    let harness = try await Self.harness { request in
      #expect(request.text.contains(#"{"role":"user","content":"hello"}"#))
      return Self.says("HELLO")
    }
    let result = try await harness.exchange(.get("/")).response(Self.upstream)
    #expect(!result.responded)
    #expect(result.response?.status == 203)
    #expect(result.response?.text == "HELLO")
    #expect(result.response?.headers["content-type"] == "text/plain")
    #expect(result.response?.headers["x-kept"] == "1")
    #expect(result.logFields["ai.ai-response-transformer.usage"]?["completion_tokens"] == 3)
  }

  @Test func `errors of the upstream are transformed too`() async throws {
    let upstream = TestResponse(status: 500, headers: [:], text: "oops")
    let result = try await transformed("sorry", of: upstream)
    #expect(result.response?.status == 500)
    #expect(result.response?.text == "sorry")
  }

  @Test func `refusals, errors of the host and empty bodies are left alone`() async throws {
    let harness = try await Self.harness { _ in throw HostError(code: "x", message: "asked") }
    for (source, status, text) in [
      (Source.plugin, 400, "no"), (.host, 502, "no"), (.upstream, 204, ""),
    ] {
      var upstream = TestResponse(status: status, headers: [:], text: text)
      upstream.source = source
      let result = try await harness.exchange(.get("/")).response(upstream)
      #expect(result.response?.text == text)
      #expect(result.response?.status == status)
    }
    var answered = Self.upstream
    answered.source = .plugin
    #expect(try await transformed("HELLO", of: answered).response?.text == "HELLO")
  }

  @Test func `whoever asks a model is told that the answer is wanted whole`() async throws {
    let harness = try await Self.harness { _ in Self.says("x") }
    let result = try await harness.exchange(.get("/")).request()
    #expect(result.variables["llm.whole_answer"] == true)
  }

  static let instructed = #""parse_llm_response_json_instructions":true"#

  @Test func `instructions set status, headers and body`() async throws {
    let result = try await transformed(
      #"{"headers":{"content-type":"text/html","x-new":7,"Content-Length":"1","Connection":"x"},"body":"<b>","status":209}"#,
      Self.instructed)
    #expect(result.response?.status == 209)
    #expect(result.response?.text == "<b>")
    #expect(result.response?.headers["content-type"] == "text/html")
    #expect(result.response?.headers["x-new"] == "7")
    #expect(result.response?.headers["x-kept"] == "1")
    #expect(result.response?.headers["connection"] == nil)
  }

  static let bodies: [(String, String)] = [
    (#"{"status": 200, "a": 1}"#, #"{"status": 200, "a": 1}"#),
    (#"{"body": {"a": 1.50}}"#, #"{"a":1.50}"#),
    (#"{"body": null}"#, #"{"body": null}"#),
    (#"{"body": ""}"#, ""),
  ]

  @Test(arguments: bodies)
  func `without a body of their own the instructions are the body`(
    instructions: String, body: String
  ) async throws {
    let result = try await transformed(instructions, Self.instructed)
    #expect(result.response?.status == 200)
    #expect(result.response?.text == body)
  }

  static let bad: [(String, String)] = [
    ("no", ""), ("[1]", "it is no JSON object"),
    (#"{"status":"x"}"#, "'status' is no status from 200 to 599"),
    (#"{"status":101}"#, "'status' is no status from 200 to 599"),
    (#"{"status":600}"#, "'status' is no status from 200 to 599"),
    (#"{"headers":[]}"#, "'headers' is no object"),
    (#"{"headers":{"a":{}}}"#, "the header 'a' is no text"),
    (#"{"headers":{"a b":"c"}}"#, "a header cannot be sent"),
    (#"{"headers":{"a":"b\r\nset-cookie: c"}}"#, "a header cannot be sent"),
  ]

  @Test(arguments: bad)
  func `instructions that cannot be followed are refused`(
    instructions: String, reason: String
  ) async throws {
    let result = try await transformed(instructions, Self.instructed)
    #expect(result.response?.status == 500)
    let text = result.response?.text ?? ""
    #expect(
      text.hasPrefix(
        #"{"error":{"message":"failed to parse JSON response instructions from AI backend: "#))
    #expect(text.contains(reason))
  }

  @Test func `a failure is the answer, in Kong's words`() async throws {
    let harness = try await Self.harness { _ in TestResponse(status: 401, headers: [:], text: "") }
    let result = try await harness.exchange(.get("/")).response(Self.upstream)
    #expect(result.responded)
    #expect(result.response?.status == 400)
    #expect(
      result.response?.text
        == #"{"error":{"message":"failed to introspect request with AI service: status code 401"}}"#
    )
  }

  @Test func `Kong's priority, and a place in front of ai-proxy`() {
    let manifest = AIResponseTransformer.manifest
    #expect(manifest.priority == 768)
    #expect(manifest.position == 771)
  }
}
