// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_prompt_template

struct TemplateTests {
  private static let chat =
    #"{"messages":[{"role":"system","content":"You are a {{program}} expert, {{program}}!"},{"role":"user","content":"Write {{thing}}."}]}"#
  private static let completion = #"{"prompt":"{{text}}","max_tokens":{{count}}}"#

  private func harness(_ more: String = "") async throws -> PluginHarness<AIPromptTemplate> {
    let templates = [("code", Self.chat), ("text", Self.completion)].map {
      #"{"name":"\#($0)","template":\#(JSONValue.string($1).description)}"#
    }
    return try await PluginHarness(
      AIPromptTemplate.self,
      configJSON: #"{"templates":[\#(templates.joined(separator: ","))]\#(more)}"#)
  }

  private func refusal(_ body: String, _ more: String = "") async throws -> String? {
    let result = try await harness(more).exchange(.post("/", body: body)).request()
    guard result.responded else { return nil }
    #expect(result.response?.status == 400)
    #expect(result.response?.headers["content-type"] == "application/json")
    return try JSONValue(parsing: result.response?.text ?? "").at("/error/message")?.text
  }

  private func rendered(_ body: String, headers: Headers = [:]) async throws -> CallResult {
    try await harness().exchange(.post("/", headers: headers, body: body)).request()
  }

  @Test func `a template takes the place of the body`() async throws {
    let result = try await rendered(
      #"{"messages":"{template://code}","properties":{"program":"Swift","thing":"a \"loop\"","more":""}}"#,
      headers: ["content-type": "text/plain"])
    #expect(
      result.request.text
        == #"{"messages":[{"role":"system","content":"You are a Swift expert, Swift!"},{"role":"user","content":"Write a \"loop\"."}]}"#
    )
    #expect(result.request.headers["content-type"] == "application/json")
    #expect(result.logFields.isEmpty)
  }

  @Test func `a prompt has templates too, and values that stand for themselves`() async throws {
    for count in ["7", "-1.5e3", "true", "null", " 12 "] {
      let result = try await rendered(
        #"{"prompt":"{template://text}","properties":{"text":"x","count":"\#(count)"}}"#)
      #expect(result.request.text == #"{"prompt":"x","max_tokens":\#(count)}"#)
    }
  }

  @Test(arguments: [
    "1,\"x\":2", "{}", "[]", "\\\"a\\\"", "", "1 2", "nul", "{{text}}", "1}",
  ])
  func `what stands for itself must be a value without structure`(count: String) async throws {
    let escaped = JSONValue.string(count).description
    let body = #"{"prompt":"{template://text}","properties":{"text":"x","count":\#(escaped)}}"#
    #expect(
      try await refusal(body)
        == "template parameter [count] must be a number, true, false or null")
  }

  @Test func `a value with a variable in it is a value`() async throws {
    let result = try await rendered(
      #"{"messages":"{template://code}","properties":{"program":"{{thing}}","thing":"{{x}} {{"}}"#)
    let body = try JSONValue(parsing: result.request.text)
    #expect(body.at("/messages/0/content")?.text == "You are a {{thing}} expert, {{thing}}!")
    #expect(body.at("/messages/1/content")?.text == "Write {{x}} {{.")
  }

  @Test func `the client still says whether it wants a stream, unless the template does`()
    async throws
  {
    let wanted = #""stream":true,"stream_options":{"include_usage":true}"#
    let result = try await rendered(
      #"{"prompt":"{template://text}","properties":{"text":"","count":"1"},"model":"m",\#(wanted)}"#
    )
    #expect(result.request.text == #"{"prompt":"","max_tokens":1,\#(wanted)}"#)
    let fixed = try await PluginHarness(
      AIPromptTemplate.self,
      configJSON: #"{"templates":[{"name":"a","template":"{\"stream\":false}"}]}"#)
    let answer = try await fixed.exchange(
      .post("/", body: #"{"prompt":"{template://a}",\#(wanted)}"#)
    ).request()
    #expect(answer.request.text == #"{"stream":false}"#)
  }

  private static let noJSON = "this LLM route only supports application/json requests"
  private static let noPrompt =
    "only 'llm/v1/chat' and 'llm/v1/completions' formats are supported for templating"

  @Test(arguments: [
    ("", noJSON), ("[]", noJSON), ("x", noJSON), ("{}", noPrompt), (#"{"input":"x"}"#, noPrompt),
    (
      #"{"messages":[],"prompt":"x"}"#,
      "cannot run 'messages' and 'prompt' templates at the same time"
    ),
    (#"{"messages":"{template://nope}"}"#, "could not find template name [nope]"),
    (#"{"prompt":"{template://}"}"#, "could not find template name []"),
    (
      #"{"messages":"{template://code}"}"#, "missing template parameters: [program], [thing]"
    ),
    (
      #"{"messages":"{template://code}","properties":{"program":"x"}}"#,
      "missing template parameters: [thing]"
    ),
    (#"{"messages":"{template://code}","properties":[]}"#, "properties must be an object"),
    (#"{"messages":"{template://code}","properties":null}"#, "properties must be an object"),
    (#"{"messages":"{template://code}","properties":"x"}"#, "properties must be an object"),
    (
      #"{"messages":"{template://code}","properties":{"a":1}}"#,
      "property values must be a string, got number"
    ),
    (
      #"{"messages":"{template://code}","properties":{"a":true}}"#,
      "property values must be a string, got boolean"
    ),
    (
      #"{"messages":"{template://code}","properties":{"a":{}}}"#,
      "property values must be a string, got table"
    ),
    (
      #"{"messages":"{template://code}","properties":{"a":null}}"#,
      "property values must be a string, got null"
    ),
  ])
  func `what cannot be rendered is refused in Kong's words`(
    body: String, message: String
  ) async throws {
    #expect(try await refusal(body) == message)
  }

  @Test(arguments: [
    #"{"messages":[{"role":"user","content":"{template://code}"}]}"#, #"{"prompt":"hello"}"#,
    #"{"prompt":" {template://code}"}"#, #"{"prompt":["{template://code}"]}"#, #"{"prompt":7}"#,
    #"{"messages":"{template:/code}"}"#,
  ])
  func `a request that names no template passes, or not`(body: String) async throws {
    let result = try await rendered(body)
    #expect(!result.responded && result.request.text == body && result.splices.isEmpty)
    #expect(
      try await refusal(body, #","allow_untemplated_requests":false"#)
        == "this LLM route only supports templated requests")
  }

  @Test func `the original request is logged where that is wanted`() async throws {
    for body in [#"{"prompt":"hello"}"#, "no JSON", #"{"prompt":"{template://text}"}"#] {
      let result = try await harness(#","log_original_request":true"#).exchange(
        .post("/", body: body)
      ).request()
      #expect(result.logFields == ["ai.payload.original_request": .string(body)])
    }
    let long = #"{"prompt":"\#(String(repeating: "a", count: 100_000))"}"#
    let result = try await harness(#","log_original_request":true"#).exchange(
      .post("/", body: long)
    ).request()
    #expect(result.logFields["ai.payload.original_request_truncated"] == true)
  }
}
