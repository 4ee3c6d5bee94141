// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_proxy

/// A provider with an API of its own behind the plugin.
struct TranslationTests {
  private func exchange(
    _ members: String, _ more: String = "",
    auth: String = #""header_name":"x-api-key","header_value":"{key}""#
  ) async throws -> HarnessExchange<AIProxy> {
    let harness = try await PluginHarness(
      AIProxy.self,
      configJSON: """
        {"route_type":"llm/v1/chat","auth":{\(auth)},\(Proxy.logging),
         "model":{"provider":"anthropic","name":"claude",
                  "options":{"anthropic_version":"2023-06-01","input_cost":1,"output_cost":10}}\(more)}
        """)
    return try await harness.exchange(
      Proxy.post("{\(Proxy.messages),\(members)}", path: "/chat?alt=x"))
  }

  private static let answer =
    #"{"id":"msg_1","type":"message","role":"assistant","model":"claude-1","content":[{"type":"text","text":"a b"}],"stop_reason":"end_turn","usage":{"input_tokens":9,"output_tokens":3}}"#

  private static let stream = [
    #"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-1","content":[],"usage":{"input_tokens":9,"output_tokens":1}}}"#,
    #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#,
    #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" b"}}"#,
    #"{"type":"content_block_stop","index":0}"#,
    #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}"#,
    #"{"type":"message_stop"}"#,
  ].map { "data: \($0)\n\n" }.joined()

  @Test func `a request is put into the provider's words`() async throws {
    let result = try await exchange(#""seed":7"#).request()
    #expect(result.request.target == Target(scheme: "https", host: "api.anthropic.com", port: nil))
    #expect(result.request.path == "/v1/messages", "a client's query bends the provider's API")
    #expect(result.request.method == "POST")
    #expect(result.request.headers["x-api-key"] == "(secret)")
    #expect(result.request.headers["anthropic-version"] == "2023-06-01")
    let body = try JSONValue(parsing: result.request.text)
    #expect(body["model"] == "claude")
    #expect(body["messages"]?.array?.count == 1)
    #expect(body["max_tokens"]?.int ?? 0 > 0, "the provider must have one")
    #expect(body["seed"] == nil)
  }

  @Test func `what the provider cannot take is named, or the request is refused`() async throws {
    for (setting, header) in [("warn", "seed"), ("drop", nil)] as [(String, String?)] {
      let exchange = try await exchange(
        #""seed":7"#, #","patchbay":{"unsupported":"\#(setting)"}"#)
      try await exchange.request()
      let result = try await exchange.response(Answers.json(Self.answer))
      #expect(result.response?.headers["x-patchbay-unsupported"] == header)
      let fields = try await exchange.log()
      #expect(fields["ai.proxy.meta"]?["unsupported"] == ["seed"])
    }
    let refused = try await exchange(
      #""seed":7"#, #","patchbay":{"unsupported":"reject"}"#
    ).request()
    #expect(refused.response?.status == 400)
    #expect(
      refused.response?.text
        == #"{"error":{"message":"anthropic cannot take seed","param":"seed"}}"#)
  }

  @Test func `members of parts and tools that OpenAI does not have are named`() async throws {
    let harness = try await PluginHarness(
      AIProxy.self,
      configJSON: """
        {"route_type":"llm/v1/chat","model":{"provider":"anthropic","name":"claude",
         "options":{"anthropic_version":"2023-06-01"}}}
        """)
    let part = #"{"type":"text","text":"a","cache_control":{"type":"ephemeral"},"x":null}"#
    let tool = #"{"type":"function","function":{"name":"f"},"cache_control":{}}"#
    let exchange = try await harness.exchange(
      Proxy.post(#"{"messages":[{"role":"user","content":[\#(part)]}],"tools":[\#(tool)]}"#))
    try await exchange.request()
    let result = try await exchange.response(Answers.json(Self.answer))
    #expect(
      result.response?.headers["x-patchbay-unsupported"]
        == "tools[0].cache_control, messages[0].content[0].cache_control")
  }

  @Test func `an answer is put into OpenAI's words and counted`() async throws {
    let exchange = try await exchange(#""temperature":1"#)
    try await exchange.request()
    let result = try await exchange.response(Answers.json(Self.answer))
    let body = try JSONValue(parsing: result.response?.text ?? "")
    #expect(body["object"] == "chat.completion")
    #expect(body.at("/choices/0/message/content") == "a b")
    #expect(body.at("/choices/0/finish_reason") == "stop")
    #expect(body.at("/usage/total_tokens") == 12)
    #expect(result.response?.headers["x-kong-llm-model"] == "anthropic/claude")
    let fields = try await exchange.log()
    #expect(fields["ai.proxy.meta"]?["response_model"] == "claude-1")
    #expect(fields["ai.proxy.usage"]?["cost"]?.description == "0.000039")
  }

  @Test func `a stream amounts to the same, wherever it is cut and whoever dies`() async throws {
    let bytes = Array(Self.stream.utf8)
    for size in [1, 7, 100, 10_000] {
      let exchange = try await streamed()
      let sent = try await exchange.stream(bytes, piecesOf: size)
      try await check(sent, exchange, "pieces of \(size)")
    }
    for cut in stride(from: 0, to: bytes.count, by: 41) {
      let exchange = try await streamed()
      var sent = try await exchange.chunk(bytes[..<cut]).released
      try await exchange.move()
      sent += try await exchange.chunk(bytes[cut...], isLast: true).released
      try await check(sent, exchange, "died at \(cut)")
    }
  }

  private func streamed() async throws -> HarnessExchange<AIProxy> {
    let exchange = try await exchange(#""stream":true,"stream_options":{"include_usage":true}"#)
    try await exchange.request()
    let head = try await exchange.response(Answers.events(Self.stream))
    #expect(head.response?.headers["content-type"] == "text/event-stream")
    return exchange
  }

  private func check(
    _ sent: [UInt8], _ exchange: HarnessExchange<AIProxy>, _ comment: Comment
  ) async throws {
    let text = String(decoding: sent, as: UTF8.self)
    #expect(text.hasSuffix("data: [DONE]\n\n"), comment)
    let usage = #""usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12"#
    #expect(text.contains(usage), comment)
    let fields = try await exchange.log()
    #expect(fields["ai.proxy.usage"]?["total_tokens"] == 12, comment)
    #expect(fields["ai.proxy.usage"]?["cost"]?.description == "0.000039", comment)
  }

  @Test func `a client that leaves is counted by what came`() async throws {
    let exchange = try await exchange(#""stream":true"#)
    try await exchange.request()
    try await exchange.response(Answers.events(Self.stream))
    let half = Self.stream.utf8.prefix(Self.stream.utf8.count / 2)
    try await exchange.chunk(Array(half))
    let fields = try await exchange.log()
    #expect(fields["ai.proxy.usage"]?["prompt_tokens"] == 9)
  }

  @Test func `an answer that is none is told as the provider's failure`() async throws {
    let exchange = try await exchange(#""temperature":1"#)
    try await exchange.request()
    let result = try await exchange.response(Answers.json("<html>"))
    #expect(result.response?.status == 502)
    #expect(result.response?.text.contains("upstream_answer_unreadable") == true)
  }

  @Test func `a key in the body is put into the translated one`() async throws {
    let auth = #""param_name":"key","param_value":"{key}","param_location":"body""#
    let result = try await exchange(#""temperature":1"#, auth: auth).request()
    let body = try JSONValue(parsing: result.request.text)
    #expect(body["key"] == "(secret)")
    #expect(body["model"] == "claude")
  }
}
