// SPDX-License-Identifier: Apache-2.0

import Testing

struct NativeGuardTests {
  struct Case: Sendable {
    let format: String
    let path: String
    /// `TEXT` is the user's, `SYSTEM` and `TOOL` are not.
    let body: String
  }

  static let cases = [
    Case(
      format: "anthropic", path: "/a/v1/messages",
      body: """
        {"model":"m","max_tokens":5,"system":[{"type":"text","text":"SYSTEM"}],"messages":[
          {"role":"user","content":[{"type":"text","text":"TEXT"}]},
          {"role":"assistant","content":[{"type":"tool_use","id":"1","name":"f","input":{"a":"TOOL"}}]},
          {"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":"TOOL"}]}]}
        """),
    Case(
      format: "gemini", path: "/a/v1beta/models/g:generateContent",
      body: """
        {"system_instruction":{"parts":[{"text":"SYSTEM"}]},"contents":[
          {"role":"user","parts":[{"text":"TEXT"}]},
          {"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":"TOOL"}}}]},
          {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"a":"TOOL"}}}]}]}
        """),
    Case(
      format: "bedrock", path: "/a/model/m/converse",
      body: """
        {"system":[{"text":"SYSTEM"}],"messages":[
          {"role":"user","content":[{"text":"TEXT"}]},
          {"role":"assistant","content":[{"toolUse":{"toolUseId":"1","name":"f","input":{"a":"TOOL"}}}]},
          {"role":"user","content":[{"toolResult":{"toolUseId":"1","content":[{"json":{"a":"TOOL"}}]}}]}]}
        """),
    Case(
      format: "cohere", path: "/a/v2/chat",
      body: """
        {"model":"m","messages":[{"role":"system","content":"SYSTEM"},{"role":"user","content":"TEXT"},
          {"role":"tool","tool_call_id":"1","content":[{"type":"document","document":{"data":"TOOL"}}]}]}
        """),
    Case(
      format: "cohere", path: "/a/v1/chat",
      body: #"{"model":"m","preamble":"SYSTEM","message":"TEXT"}"#),
    Case(
      format: "huggingface", path: "/a/v1/chat/completions",
      body: """
        {"model":"m","messages":[{"role":"system","content":"SYSTEM"},{"role":"user","content":"TEXT"}]}
        """),
    Case(format: "huggingface", path: "/a/generate", body: #"{"inputs":"TEXT"}"#),
  ]

  @Test(arguments: cases)
  func `the user's text of a native body is found, also behind escapes`(one: Case) async throws {
    let rules = try await Guard(Guard.deny + #","llm_format":"\#(one.format)""#)
    #expect(try await rules.refusal(one.body, path: one.path) == nil)
    for text in ["a secret", #"a \u0073ecret"#] {
      let body = one.body.replacing("TEXT", with: text)
      #expect(try await rules.refusal(body, path: one.path) == Guard.blocked, "\(one.format)")
    }
  }

  @Test(arguments: cases)
  func `other texts of a native body count where all roles do`(one: Case) async throws {
    for name in ["SYSTEM", "TOOL"] where one.body.contains(name) {
      for text in ["a secret", #"a \u0073ecret"#] {
        let body = one.body.replacing(name, with: text)
        let format = #","llm_format":"\#(one.format)""#
        let all = try await Guard(Guard.allRoles + format).refusal(body, path: one.path)
        #expect(all == Guard.blocked, "\(one.format) \(name) \(text)")
        #expect(try await Guard(Guard.deny + format).refusal(body, path: one.path) == nil)
      }
    }
  }

  @Test(arguments: [
    ("gemini", "/v1beta/models/g:embedContent", #"{"content":{"parts":[{"text":"secret"}]}}"#),
    (
      "gemini", "/v1beta/models/g:countTokens",
      #"{"generateContentRequest":{"contents":[{"parts":[{"text":"secret"}]}]}}"#
    ),
    (
      "bedrock", "/model/m/invoke",
      #"{"messages":[{"role":"user","content":"secret"},{"role":"user","content":[{"type":"text","text":"x"}]}]}"#
    ),
    ("bedrock", "/model/m/invoke", #"{"inputText":"secret"}"#),
    ("cohere", "/v2/embed", #"{"texts":["secret"]}"#),
    (
      "huggingface", "/v1/completions",
      #"{"messages":[{"role":"user","content":"x"}],"prompt":"secret"}"#
    ),
    (
      "huggingface", "/v1/chat/completions",
      #"{"inputs":"x","messages":[{"role":"user","content":"secret"}]}"#
    ),
    (
      "bedrock", "/model/m/converse",
      #"{"messages":[{"role":"user","content":[{"text":"x"}]}],"promptVariables":{"a":{"text":"secret"}}}"#
    ),
    ("huggingface", "/embed", #"{"inputs":["secret"]}"#),
    ("huggingface", "/generate", #"{"inputs":["secret"]}"#),
    ("anthropic", "/v1/elsewhere", #"{"messages":[{"role":"assistant","content":"secret"}]}"#),
    (
      "anthropic", "/v1/messages",
      #"{"messages":[{"role":"user","content":[{"type":"document","source":{"type":"text","data":"secret"}}]}]}"#
    ),
  ])
  func `what is beside a conversation, or without one, is read too`(
    format: String, path: String, body: String
  ) async throws {
    let rules = try await Guard(Guard.deny + #","llm_format":"\#(format)""#)
    #expect(try await rules.refusal(body, path: path) == Guard.blocked)
    #expect(try await rules.refusal(body.replacing("secret", with: "word"), path: path) == nil)
  }

  @Test(arguments: [
    #"{"messages":[{"role":"user","content":[{"text":"secret"}]}],"promptVariables":{"a":{"text":"x"}}}"#,
    #"{"messages":[{"role":"user","content":[{"text":"x"}]}],"promptVariables":{"a":{"text":"secret"}}}"#,
  ])
  func `variables of a prompt are not in place of the last message`(body: String) async throws {
    let rules = try await Guard(
      Guard.deny + #","llm_format":"bedrock","allow_all_conversation_history":true"#)
    let path = "/model/m/converse"
    #expect(try await rules.refusal(body, path: path) == Guard.blocked)
    #expect(try await rules.refusal(body.replacing("secret", with: "word"), path: path) == nil)
  }

  @Test(arguments: ["anthropic", "gemini", "bedrock", "cohere", "huggingface"])
  func `a native body that cannot be read is refused`(format: String) async throws {
    let rules = try await Guard(Guard.deny + #","llm_format":"\#(format)""#)
    for body in ["", "[]", "x", "{}"] {
      #expect(try await rules.refusal(body) == Guard.noPrompts)
    }
    let twice = #"{"messages":[{"role":"user","content":"a","content":"b"}]}"#
    #expect(try await rules.refusal(twice) == "request body contains a member more than once")
  }
}
