// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct OpenAIRequestRewriteTests {
  private func rewritten(
    _ body: String, _ rewrite: OpenAIRequestRewrite
  ) throws -> (body: String, facts: RequestFacts) {
    let bytes = Array(body.utf8)
    let facts = try RequestFacts(bytes.span.bytes)
    let splices = try rewrite.splices(for: facts, in: bytes.span.bytes)
    return (String(decoding: Splice.apply(splices, to: bytes), as: UTF8.self), facts)
  }

  private func chat(model: String? = "m", isStreamed: Bool = false) -> OpenAIRequestRewrite {
    OpenAIRequestRewrite(route: .chat, model: model, isStreamed: isStreamed)
  }

  @Test func `the model is set, the mode is explicit, top_k goes, and all else stays`() throws {
    let body = "{ \"messages\":[1], \"seed\" : 1.0e2,\"top_k\":3, \"x\":{\"y\":[ ]} }"
    #expect(
      try rewritten(body, chat()).body
        == "{ \"messages\":[1], \"seed\" : 1.0e2,\"x\":{\"y\":[ ]},\"model\":\"m\",\"stream\":false }"
    )
    let settled = #"{"model":"m","messages":[1],"stream":false}"#
    #expect(try rewritten(settled, chat()).body == settled)
  }

  @Test func `every occurrence of the model is replaced`() throws {
    #expect(
      try rewritten(#"{"model":"a","stream":false,"mod\u0065l":"b"}"#, chat()).body
        == #"{"model":"m","stream":false,"mod\u0065l":"m"}"#)
    #expect(
      try rewritten(#"{"model":"a","stream":false}"#, chat(model: nil)).body
        == #"{"model":"a","stream":false}"#)
  }

  @Test func `a stream is always asked for usage, and what the client asked is remembered`() throws
  {
    let stream = chat(isStreamed: true)
    let cases: [(String, String, Bool)] = [
      (
        #"{"model":"m","stream":true}"#,
        #"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#, false
      ),
      (
        #"{"model":"m","stream":true,"stream_options":{"include_usage":false}}"#,
        #"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#, false
      ),
      (
        #"{"model":"m","stream":true,"stream_options":null}"#,
        #"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#, false
      ),
      (
        #"{"model":"m","stream":true,"stream_options":{"include_obfuscation":false}}"#,
        #"{"model":"m","stream":true,"stream_options":{"include_obfuscation":false,"include_usage":true}}"#,
        false
      ),
      (
        #"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#,
        #"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#, true
      ),
    ]
    for (body, expected, asked) in cases {
      let (result, facts) = try rewritten(body, stream)
      #expect(result == expected)
      #expect(facts.asksForUsage == asked)
    }
    var silent = stream
    silent.quirks.streamUsage = .always
    #expect(
      try rewritten(#"{"model":"m","stream":true}"#, silent).body == #"{"model":"m","stream":true}"#
    )
  }

  @Test func `sampling values of the configuration win, or fill gaps`() throws {
    var rewrite = chat()
    rewrite.sampling.temperature = JSONText(unchecked: Array("0.20".utf8))
    rewrite.sampling.topP = JSONText(unchecked: Array("1".utf8))
    let body = #"{"model":"m","stream":false,"temperature":1.5,"top_p":null}"#
    #expect(
      try rewritten(body, rewrite).body
        == #"{"model":"m","stream":false,"temperature":0.20,"top_p":1}"#)
    rewrite.precedence = .client
    #expect(
      try rewritten(body, rewrite).body
        == #"{"model":"m","stream":false,"temperature":1.5,"top_p":1}"#)
  }

  static let limits: [(String, RouteType, OpenAIRequestRewrite.Precedence, String, String)] = [
    ("gpt-4o", .chat, .configuration, "", #","max_tokens":9"#),
    ("gpt-4o", .chat, .configuration, #","max_tokens":5"#, #","max_tokens":9"#),
    (
      "gpt-4o", .chat, .configuration, #","max_completion_tokens":5"#,
      #","max_completion_tokens":9"#
    ),
    (
      "gpt-4o", .chat, .configuration, #","max_tokens":4,"max_completion_tokens":5"#,
      #","max_completion_tokens":9"#
    ),
    ("gpt-4o", .chat, .configuration, #","max_tokens":null"#, #","max_tokens":9"#),
    ("o3-mini", .chat, .configuration, #","max_tokens":5"#, #","max_completion_tokens":9"#),
    ("gpt-5.1", .chat, .configuration, "", #","max_completion_tokens":9"#),
    ("o1", .chat, .configuration, "", #","max_completion_tokens":9"#),
    ("o1000", .chat, .configuration, "", #","max_tokens":9"#),
    ("gpt-4o", .chat, .client, #","max_completion_tokens":5"#, #","max_completion_tokens":5"#),
    ("gpt-4o", .chat, .client, #","max_tokens":5"#, #","max_tokens":5"#),
    ("gpt-4o", .chat, .client, "", #","max_tokens":9"#),
    ("o1", .completions, .configuration, "", #","max_tokens":9"#),
  ]

  @Test(arguments: limits)
  func `one of the two names for the limit of tokens is used`(
    model: String, route: RouteType, precedence: OpenAIRequestRewrite.Precedence, sent: String,
    expected: String
  ) throws {
    var rewrite = OpenAIRequestRewrite(route: route, model: model, isStreamed: false)
    rewrite.sampling.maxTokens = 9
    rewrite.precedence = precedence
    #expect(
      try rewritten("{\"model\":\"\(model)\",\"stream\":false\(sent)}", rewrite).body
        == "{\"model\":\"\(model)\",\"stream\":false\(expected)}")
  }

  @Test func `embeddings get a model only, and preserve gets nothing`() throws {
    let embeddings = OpenAIRequestRewrite(route: .embeddings, model: "e", isStreamed: false)
    #expect(
      try rewritten(#"{"input":"x","top_k":1}"#, embeddings).body
        == #"{"input":"x","top_k":1,"model":"e"}"#)
    let preserve = OpenAIRequestRewrite(route: .preserve, model: "e", isStreamed: true)
    #expect(try rewritten(#"{"input":"x"}"#, preserve).body == #"{"input":"x"}"#)
  }
}
