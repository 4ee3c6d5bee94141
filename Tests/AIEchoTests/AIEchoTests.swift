// SPDX-License-Identifier: Apache-2.0

import LLM
import PluginSDK
import PluginTesting
import Testing

@testable import ai_echo

struct AIEchoTests {
  private func exchange(
    _ body: String, config: String = "{}"
  ) async throws -> HarnessExchange<AIEcho> {
    let harness = try await PluginHarness(AIEcho.self, configJSON: config)
    return try await harness.exchange(.post("/echo", body: body))
  }

  private func answer(_ body: String) async throws -> JSONValue {
    let result = try await exchange(body).request()
    #expect(result.responded && !result.produces)
    #expect(result.response?.status == 200)
    #expect(result.response?.headers["content-type"] == "application/json")
    return try JSONValue(parsing: result.response?.text ?? "")
  }

  private static func user(_ content: String, _ more: String = "") -> String {
    let text = JSONValue.string(content).description
    return #"{"messages":[{"role":"user","content":\#(text)}]\#(more)}"#
  }

  private func content(_ answer: JSONValue) -> String? {
    answer["choices"]?.array?.first?.at("/message/content")?.text
  }

  private func finishReason(_ answer: JSONValue) -> String? {
    answer["choices"]?.array?.first?["finish_reason"]?.text
  }

  /// The whole answer that a stream adds up to.
  private func joined(_ stream: [UInt8]) throws -> JSONValue {
    let answer = OpenAIStreamAnswer(stream.span.bytes, route: .chat)
    return try JSONValue(parsing: answer?.json.string ?? "no stream")
  }

  static let texts = [
    "Hello from Patchbay", "é 👩‍👩‍👧 日本\u{2028}x", "  two  spaces ", "\"quoted\" \\ \u{1}", "one",
    String(repeating: "word ", count: 3000),
  ]

  @Test(arguments: texts)
  func `it says the last user message again`(text: String) async throws {
    let answer = try await answer(Self.user(text))
    #expect(content(answer) == text)
    #expect(finishReason(answer) == "stop")
    #expect(answer["model"] == "echo-1")
    #expect(answer["object"] == "chat.completion")
    #expect(answer["created"] == 1_700_000_000)
    #expect(answer["id"]?.text?.hasPrefix("chatcmpl-echo-") == true)
  }

  @Test(arguments: texts)
  func `a streamed echo adds up to the whole one`(text: String) async throws {
    let whole = try await answer(Self.user(text))
    let exchange = try await exchange(
      Self.user(text, #","stream":true,"stream_options":{"include_usage":true}"#))
    let head = try await exchange.request()
    #expect(head.produces)
    #expect(head.response?.headers["content-type"] == "text/event-stream")
    let stream = try await exchange.produceAll()
    let streamed = try joined(stream)
    #expect(content(streamed) == text)
    #expect(streamed["usage"] == whole["usage"])
    #expect(finishReason(streamed) == "stop")
    #expect(String(decoding: stream, as: UTF8.self).hasSuffix("data: [DONE]\n\n"))
  }

  @Test func `usage is streamed only to who asks`() async throws {
    let exchange = try await exchange(Self.user("a b", #","stream":true"#))
    try await exchange.request()
    let stream = String(decoding: try await exchange.produceAll(), as: UTF8.self)
    #expect(!stream.contains("usage"))
    #expect(stream.split(separator: "\n\n").count == 5)
  }

  @Test func `a process that dies at any piece is not seen`() async throws {
    let body = Self.user("é 👩 and more", #","stream":true,"stream_options":{"include_usage":true}"#)
    let steady = try await exchange(body)
    try await steady.request()
    let expected = try await steady.produceAll()
    for death in 0..<8 {
      let exchange = try await exchange(body)
      try await exchange.request()
      var stream: [UInt8] = []
      for piece in 0... {
        if piece == death { try await exchange.move() }
        let result = try await exchange.produce()
        stream += result.released
        if result.ended { break }
      }
      #expect(stream.count == expected.count, "died at piece \(death)")
      #expect(try content(joined(stream)) == content(joined(expected)))
    }
  }

  @Test func `an answer that is too long for a checkpoint is cut as by a limit`() async throws {
    for text in [
      String(repeating: "word ", count: 20_000), String(repeating: "\u{1} ", count: 30_000),
    ] {
      let answer = try await answer(Self.user(text))
      #expect(finishReason(answer) == "length")
      #expect(text.hasPrefix(content(answer) ?? "-"))
      let exchange = try await exchange(Self.user(text, #","stream":true"#))
      let head = try await exchange.request()
      #expect(head.checkpoint?.utf8.count ?? 0 < 64 << 10)
      let stream = try await exchange.produceAll()
      #expect(try content(joined(stream)) == content(answer))
    }
  }

  static let limits: [(String, String, String, Int)] = [
    (#","max_tokens":2"#, "one two", "length", 2),
    (#","max_completion_tokens":2.0"#, "one two", "length", 2),
    (#","max_tokens":3"#, "one two three", "stop", 3),
    (#","max_tokens":0"#, "", "length", 0),
    (#","max_tokens":1e2"#, "one two three", "stop", 3),
    (#","max_tokens":null"#, "one two three", "stop", 3),
  ]

  @Test(arguments: limits)
  func `a limit of tokens holds`(
    more: String, said: String, reason: String, count: Int
  ) async throws {
    let answer = try await answer(Self.user("one two three", more))
    #expect(content(answer) ?? "" == said)
    #expect(finishReason(answer) == reason)
    #expect(
      answer["usage"]
        == [
          "prompt_tokens": 3, "completion_tokens": .int(count), "total_tokens": .int(3 + count),
        ])
  }

  @Test func `parts of text are one text, and all messages count`() async throws {
    let answer = try await answer(
      #"""
      {"messages":[
        {"role":"system","content":"be kind"},
        {"role":"user","content":[{"type":"text","text":"a b"},
          {"type":"image_url","image_url":{"url":"data:,"}},{"type":"text","text":" c"}]},
        {"role":"assistant","content":"no"}]}
      """#)
    #expect(content(answer) == "a b c")
    #expect(answer.at("/usage/prompt_tokens") == 6)
    #expect(answer.at("/usage/completion_tokens") == 3)
  }

  @Test func `without a user there is nothing to say`() async throws {
    let answer = try await answer(#"{"messages":[{"role":"system","content":"x"}]}"#)
    #expect(content(answer) ?? "" == "")
    #expect(answer.at("/usage/completion_tokens") == 0)
  }

  static let refusals = [
    ("{}", "request body doesn't contain valid prompts"),
    ("nothing", "request body doesn't contain valid prompts"),
    (#"{"messages":[]}"#, "request body doesn't contain valid prompts"),
    (
      #"{"messages":[{"role":"user","content":"x"}],"model":"other"}"#,
      "cannot use own model - must be: echo-1"
    ),
  ]

  @Test(arguments: refusals)
  func `a request that it cannot answer is refused`(body: String, message: String) async throws {
    let result = try await exchange(body).request()
    #expect(result.response?.status == 400)
    #expect(result.response?.text == #"{"error":{"message":"\#(message)"}}"#)
  }

  @Test func `a wrong config is refused with its place`() async throws {
    for (config, pointer) in [
      (#"{"model":""}"#, "/model"), (#"{"interval":-1}"#, "/interval"),
      (#"{"interval":60001}"#, "/interval"), (#"{"x":1}"#, "/x"),
    ] {
      let found = try await PluginHarness.diagnostics(AIEcho.self, configJSON: config)
      #expect(found.first?.pointer == pointer)
    }
  }

  @Test func `an interval is waited for and changes nothing else`() async throws {
    let body = Self.user("a b", #","stream":true"#)
    let exchange = try await exchange(body, config: #"{"interval":1000,"model":"slow"}"#)
    try await exchange.request()
    let stream = try await exchange.produceAll()
    #expect(try joined(stream)["model"] == "slow")
  }
}
