// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct OpenAIQuirksTests {
  private struct Outcome: Equatable {
    var body: String
    var unsupported: [String]
  }

  private func rewritten(
    _ body: String, _ name: String, route: RouteType = .chat, isStreamed: Bool = false,
    _ change: (inout OpenAIRequestRewrite) -> Void = { _ in }
  ) throws -> Outcome {
    let quirks = try #require(OpenAICompatible.provider(name, ProviderSettings())).quirks
    let bytes = Array(body.utf8)
    var rewrite = OpenAIRequestRewrite(route: route, model: nil, isStreamed: isStreamed)
    rewrite.quirks = quirks
    change(&rewrite)
    let facts = try RequestFacts(bytes.span.bytes)
    var findings = OpenAIQuirks.Findings()
    let edit = try rewrite.edit(for: facts, in: bytes.span.bytes, &findings)
    let splices = Splice.merged(
      try edit.splices(in: bytes.span.bytes, object: facts.root, known: facts.messages),
      findings.splices)
    #expect(try rewrite.splices(for: facts, in: bytes.span.bytes) == splices)
    return Outcome(
      body: String(decoding: Splice.apply(splices, to: bytes), as: UTF8.self),
      unsupported: findings.unsupported)
  }

  static let chats: [(String, String, String, [String])] = [
    // top_k: OpenAI's API does not have it.
    ("openai", #""top_k":4,"seed":1"#, #""seed":1"#, ["top_k"]),
    ("openai", #""top_k":null"#, #""top_k":null"#, []),
    ("vllm", #""top_k":4"#, #""top_k":4"#, []),
    ("dashscope", #""top_k":4"#, #""top_k":4"#, []),
    ("ollama", #""top_k":4"#, "", ["top_k"]),
    // The limit has two names.
    ("deepseek", #""max_completion_tokens":9"#, #""max_tokens":9"#, []),
    ("deepseek", #""max_tokens":3,"max_completion_tokens":9"#, #""max_tokens":9"#, []),
    ("databricks", #""max_tokens":3"#, #""max_tokens":3"#, []),
    ("xai", #""max_completion_tokens":9"#, #""max_completion_tokens":9"#, []),
    // What is refused goes, what is read over stays: both are named.
    ("cerebras", #""presence_penalty":1,"seed":1"#, #""seed":1"#, ["presence_penalty"]),
    ("deepseek", #""seed":1,"n":2"#, #""seed":1,"n":2"#, ["seed", "n"]),
    (
      "ollama", #""seed":1,"user":"u","us\u0065r":"v""#, #""seed":1,"user":"u","us\u0065r":"v""#,
      ["user"]
    ),
    ("openai", #""seed":1,"user":"u","colour":"red""#, #""seed":1,"user":"u","colour":"red""#, []),
    // A schema.
    (
      "deepseek", #""response_format":{"type":"json_schema","json_schema":{}}"#,
      #""response_format":{"type":"json_object"}"#, ["response_format.json_schema"]
    ),
    (
      "deepseek", #""response_format":{"type":"json_object"}"#,
      #""response_format":{"type":"json_object"}"#, []
    ),
    (
      "openai", #""response_format":{"type":"json_schema","json_schema":{}}"#,
      #""response_format":{"type":"json_schema","json_schema":{}}"#, []
    ),
  ]

  @Test(arguments: chats)
  func `a chat is what its provider takes`(
    name: String, sent: String, expected: String, unsupported: [String]
  ) throws {
    let before = #"{"model":"m","messages":[1],"stream":false"#
    let rest = expected.isEmpty ? "" : "," + expected
    #expect(
      try rewritten("\(before),\(sent)}", name)
        == Outcome(body: "\(before)\(rest)}", unsupported: unsupported))
  }

  @Test func `reasoning models of OpenAI get the limit by its newer name`() throws {
    #expect(
      try rewritten(#"{"model":"o4-mini","messages":[1],"stream":false,"max_tokens":5}"#, "openai")
        .body
        == #"{"model":"o4-mini","messages":[1],"stream":false,"max_completion_tokens":5}"#)
    let asked = #"{"model":"gpt-4o","messages":[1],"stream":false,"max_tokens":5}"#
    #expect(try rewritten(asked, "openai").body == asked)
    let text = #"{"model":"o4-mini","prompt":"x","stream":false,"max_tokens":5}"#
    #expect(try rewritten(text, "openai", route: .completions).body == text)
  }

  @Test func `a limit of the configuration has the name that the provider takes`() throws {
    let sent = #"{"model":"m","messages":[1],"stream":false,"max_completion_tokens":5}"#
    #expect(
      try rewritten(sent, "deepseek") { $0.sampling.maxTokens = 7 }.body
        == #"{"model":"m","messages":[1],"stream":false,"max_tokens":7}"#)
    #expect(
      try rewritten(sent, "vllm") { $0.sampling.maxTokens = 7 }.body
        == #"{"model":"m","messages":[1],"stream":false,"max_completion_tokens":7}"#)
  }

  @Test func `top_k of the configuration goes to who takes it`() throws {
    let sent = #"{"model":"m","messages":[1],"stream":false,"top_k":5}"#
    #expect(
      try rewritten(sent, "vllm") { $0.sampling.topK = 7 }.body
        == #"{"model":"m","messages":[1],"stream":false,"top_k":7}"#)
    #expect(
      try rewritten(sent, "openai") { $0.sampling.topK = 7 }
        == Outcome(
          body: #"{"model":"m","messages":[1],"stream":false}"#, unsupported: ["top_k"]))
  }

  @Test func `the role developer becomes system where there is none`() throws {
    let sent =
      #"{"messages":[ {"role":"developer","content":"developer"},{"content":[{"role":"developer"}],"role" : "dev\u0065loper"},{"role":"user"}],"stream":false,"model":"m"}"#
    #expect(
      try rewritten(sent, "deepseek").body
        == #"{"messages":[ {"role":"system","content":"developer"},{"content":[{"role":"developer"}],"role" : "system"},{"role":"user"}],"stream":false,"model":"m"}"#
    )
    #expect(try rewritten(sent, "openai").body == sent)
    // Beside changes in front and behind.
    #expect(
      try rewritten(
        #"{"model":"a","messages":[{"role":"developer","content":"x"}],"stream":true}"#, "xai"
      ) { $0.model = "b" }.body
        == #"{"model":"b","messages":[{"role":"system","content":"x"}],"stream":false}"#)
  }

  @Test func `stream_options are kept from who refuses them`() throws {
    let sent =
      #"{"model":"m","messages":[1],"stream":true,"stream_options":{"include_usage":true}}"#
    let plain = #"{"model":"m","messages":[1],"stream":true}"#
    // The usage comes all the same.
    #expect(
      try rewritten(sent, "databricks", isStreamed: true) == Outcome(body: plain, unsupported: []))
    #expect(
      try rewritten(plain, "databricks", isStreamed: true) == Outcome(body: plain, unsupported: []))
    // An old version of Azure's API: it cannot come.
    #expect(
      try rewritten(sent, "azure", isStreamed: true)
        == Outcome(body: plain, unsupported: ["stream_options"]))
    #expect(
      try rewritten(plain, "vllm", isStreamed: true).body
        == #"{"model":"m","messages":[1],"stream":true,"stream_options":{"include_usage":true}}"#)
  }
}
