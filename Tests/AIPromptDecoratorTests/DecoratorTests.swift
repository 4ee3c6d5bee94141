// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_prompt_decorator

struct DecoratorTests {
  static let noJSON = "this LLM route only supports application/json requests"
  static let noChat = "this LLM route only supports llm/chat type requests"

  @Test func `messages stand in front and behind, and nothing else is sent`() async throws {
    let decorator = try await Decorator(
      prepend: [("system", "a \"b\""), ("user", "c")], append: [("assistant", "d")])
    let conversation = #"{"role":"user","content":"\#(String(repeating: "x", count: 100_000))"}"#
    let body = #"{ "x":1.0 , "messages": [ \#(conversation) ],"y":[]}"#
    let result = try await decorator.result(body)
    #expect(
      result.request.text
        == #"{ "x":1.0 , "messages": [{"role":"system","content":"a \"b\""},{"role":"user","content":"c"}, \#(conversation) ,{"role":"assistant","content":"d"}],"y":[]}"#
    )
    #expect(result.splices.count == 2)
    #expect(result.splices.allSatisfy { $0.delete == 0 })
    #expect(result.splices.map(\.insert.utf8.count).reduce(0, +) < 150)
  }

  @Test func `one side alone is one splice`() async throws {
    let body = #"{"messages":[{"role":"user","content":"x"}]}"#
    let front = try await Decorator(prepend: [("system", "a")]).result(body)
    #expect(
      front.splices == [
        CallResult.Splice(offset: 13, delete: 0, insert: #"{"role":"system","content":"a"},"#)
      ])
    let back = try await Decorator(append: [("system", "a")]).result(body)
    #expect(
      back.splices == [
        CallResult.Splice(
          offset: body.utf8.count - 2, delete: 0, insert: #",{"role":"system","content":"a"}"#)
      ])
  }

  @Test(arguments: [
    ("", noJSON), ("[]", noJSON), ("x", noJSON), (#"{"messages":[{]"#, noJSON), ("{}", noChat),
    (#"{"messages":[]}"#, noChat), (#"{"messages":null}"#, noChat),
    (#"{"messages":"x"}"#, noChat), (#"{"prompt":"x"}"#, noChat),
    (
      #"{"messages":[{}],"messages":[{}]}"#, "request body contains 'messages' more than once"
    ),
    (
      #"{"messages":[{}],"Mess\u0061ges":[{}]}"#,
      "request body contains 'messages' more than once"
    ),
  ])
  func `what is no conversation is refused`(body: String, message: String) async throws {
    let decorator = try await Decorator(prepend: [("system", "a")])
    #expect(try await decorator.refusal(body) == message)
  }

  @Test(arguments: [
    ("{}", ": at least one of these fields must be non-empty: 'prompts.prepend', 'prompts.append'"),
    (
      #"{"prompts":{"prepend":[{"role":"tool","content":"a"}]}}"#,
      "/prompts/prepend/0/role: expected one of: system, assistant, user"
    ),
    (
      #"{"prompts":{"append":[{"content":""}]}}"#,
      "/prompts/append/0/content: length must be at least 1"
    ),
    (
      #"{"prompts":{"append":[{"content":"\#(String(repeating: "a", count: 100_001))"}]}}"#,
      "/prompts/append/0/content: length must be at most 100000"
    ),
    (
      #"{"prompts":{"append":[\#(Array(repeating: #"{"content":"a"}"#, count: 16).joined(separator: ","))]}}"#,
      "/prompts/append: length must be at most 15"
    ),
    (
      #"{"prompts":{"append":[{"content":"a"}]},"llm_format":"x"}"#,
      "/llm_format: expected one of: anthropic, bedrock, cohere, gemini, huggingface, openai"
    ),
    (
      #"{"prompts":{"append":[{"content":"a"}]},"max_request_body_size":-1}"#,
      "/max_request_body_size: value must be 0 (unlimited) or greater"
    ),
  ])
  func `what is wrong with a config is said with its place`(config: String, expected: String) throws
  {
    let diagnostics = DecoratorConfig.schema.validate(try JSONValue(parsing: config)).diagnostics
    #expect(diagnostics.map { "\($0.pointer): \($0.message)" }.contains(expected))
  }

  @Test func `Kong's defaults are the defaults`() throws {
    let config = try JSONValue(parsing: #"{"prompts":{"append":[{"content":"a"}]}}"#)
    let completed = DecoratorConfig.schema.validate(config).config
    #expect(completed.at("/prompts/append/0/role") == "system")
    #expect(completed["max_request_body_size"] == 1_048_576)
    #expect(completed["llm_format"] == "openai")
    #expect(AIPromptDecorator.manifest.priority == 772)
  }
}
