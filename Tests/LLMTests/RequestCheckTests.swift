// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct RequestCheckTests {
  private func verdict(_ body: String, _ check: RequestCheck) throws -> RequestCheck.Verdict {
    let bytes = Array(body.utf8)
    let facts = try RequestFacts(bytes.span.bytes)
    return try check.verdict(on: facts, in: bytes.span.bytes)
  }

  struct Refusal: Sendable {
    var body: String
    var check: RequestCheck
    var message: String

    init(
      _ body: String, _ route: RouteType = .chat, model: String? = "gpt-4o", alias: String? = nil,
      streaming: ResponseStreaming = .allow, says message: String
    ) {
      self.body = body
      self.check = RequestCheck(
        route: route, configuredModel: model, alias: alias, streaming: streaming)
      self.message = message
    }
  }

  private static let noPrompts = "request body doesn't contain valid prompts"

  static let refusals: [Refusal] = [
    Refusal("{}", says: noPrompts), Refusal(#"{"messages":[]}"#, says: noPrompts),
    Refusal("[]", says: noPrompts),
    Refusal(#"{"messages":"hi"}"#, says: noPrompts),
    Refusal(#"{"messages":null}"#, says: noPrompts),
    Refusal(#"{"prompt":1}"#, .completions, says: noPrompts),
    Refusal(#"{"prompt":[]}"#, .completions, says: noPrompts),
    Refusal(#"{"prompt":[{}]}"#, .completions, says: noPrompts),
    Refusal(#"{"input":[[]]}"#, .embeddings, says: noPrompts),
    Refusal("", says: noPrompts), Refusal("model=gpt-4o&x=1", says: noPrompts),
    Refusal(#"{"messages":[1]"#, says: noPrompts),
    Refusal(#"{"messages":[1],}"#, says: noPrompts),
    Refusal(#"{"messages":[1],"model":"x"}"#, says: "cannot use own model - must be: gpt-4o"),
    Refusal(
      #"{"messages":[1],"model":"gpt-4o","mod\u0065l":"x"}"#,
      says: "cannot use own model - must be: gpt-4o"),
    Refusal(
      #"{"messages":[1],"model":"x","model":"gpt-4o"}"#,
      says: "cannot use own model - must be: gpt-4o"),
    Refusal(
      #"{"messages":[1],"model":"gpt-4"}"#, alias: "best",
      says: "cannot use own model - must be: gpt-4o"),
    Refusal(
      #"{"messages":[1],"messages":[2],"model":"x"}"#, .preserve,
      says: "cannot use own model - must be: gpt-4o"),
    Refusal(
      #"{"messages":[1]}"#, model: nil,
      says: "model parameter not found in request, nor in gateway configuration"),
    Refusal(
      #"{"messages":[1],"model":""}"#, model: "",
      says: "model parameter not found in request, nor in gateway configuration"),
    Refusal(
      #"{"messages":[1],"model":"a","model":"b"}"#, model: nil,
      says: "request body contains 'model' more than once"),
    Refusal(
      #"{"messages":[1],"messages":[2]}"#, says: "request body contains 'messages' more than once"),
    Refusal(
      #"{"messages":[1],"prompt":"x"}"#, says: "request matches multiple LLM request formats"),
    Refusal(
      #"{"prompt":"x"}"#, .chat,
      says: "[llm/v1/completions] message format is not compatible with [llm/v1/chat] route type"),
    Refusal(
      #"{"messages":[1]}"#, .completions,
      says: "[llm/v1/chat] message format is not compatible with [llm/v1/completions] route type"),
    Refusal(
      #"{"messages":[1]}"#, .embeddings,
      says: "[llm/v1/chat] message format is not compatible with [llm/v1/embeddings] route type"),
    Refusal(
      #"{"messages":[1],"stream":true}"#, streaming: .deny,
      says: "response streaming is not enabled for this LLM"),
  ]

  @Test(arguments: refusals)
  func `a request that breaks a rule is refused in Kong's words`(refusal: Refusal) {
    let problem = #expect(throws: RequestProblem.self) {
      try verdict(refusal.body, refusal.check)
    }
    #expect(problem?.message == refusal.message)
    #expect(problem?.status == 400)
  }

  @Test func `a request that keeps the rules gets its model and its mode`() throws {
    let chat = RequestCheck(route: .chat, configuredModel: "gpt-4o")
    let open = RequestCheck(route: .chat)
    let always = RequestCheck(route: .chat, configuredModel: "m", streaming: .always)
    let messages = #""messages":[{"role":"user","content":"x"}]"#
    let cases: [(String, RequestCheck, String?, Bool)] = [
      ("{\(messages)}", chat, "gpt-4o", false),
      ("{\(messages),\"model\":\"gpt-4o\",\"stream\":true}", chat, "gpt-4o", true),
      ("{\(messages),\"model\":null}", chat, "gpt-4o", false),
      ("{\(messages),\"model\":\"\"}", chat, "gpt-4o", false),
      ("{\(messages),\"model\":7}", chat, "gpt-4o", false),
      ("{\(messages),\"model\":\"own\"}", open, "own", false),
      (
        "{\(messages),\"model\":\"best\"}",
        RequestCheck(route: .chat, configuredModel: "gpt-4o", alias: "best"), "gpt-4o", false
      ),
      ("{\"x\":1}", RequestCheck(route: .preserve, streaming: .always), nil, false),
      ("{\(messages)}", always, "m", true),
      ("{\(messages),\"stream\":\"yes\"}", chat, "gpt-4o", false),
      (#"{"prompt":"x"}"#, RequestCheck(route: .completions, configuredModel: "m"), "m", false),
      (
        #"{"prompt":["a","b"]}"#, RequestCheck(route: .completions, configuredModel: "m"), "m",
        false
      ),
      (#"{"prompt":[1,2]}"#, RequestCheck(route: .completions, configuredModel: "m"), "m", false),
      (#"{"input":"x"}"#, RequestCheck(route: .embeddings, configuredModel: "m"), "m", false),
      (
        #"{"input":[[1,2],[3]],"stream":true}"#,
        RequestCheck(route: .embeddings, configuredModel: "m"), "m", false
      ),
      (#"{"anything":1}"#, RequestCheck(route: .preserve), nil, false),
      (#"{"messages":[1],"prompt":"x","model":"a"}"#, RequestCheck(route: .preserve), "a", false),
    ]
    for (body, check, model, isStreamed) in cases {
      let verdict = try verdict(body, check)
      #expect(verdict.model == model, "\(body)")
      #expect(verdict.isStreamed == isStreamed, "\(body)")
    }
  }

  @Test func `a problem is told as JSON`() {
    let problem = RequestProblem.ownModel(configured: "a\"b")
    #expect(
      String(decoding: problem.body, as: UTF8.self)
        == #"{"error":{"message":"cannot use own model - must be: a\"b"}}"#)
  }
}
