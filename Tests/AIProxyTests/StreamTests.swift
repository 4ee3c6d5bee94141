// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_proxy

struct StreamTests {
  private static let asking = #""stream_options":{"include_usage":true}"#

  private func exchange(
    asks: Bool = false, _ more: String = Proxy.logging
  ) async throws -> HarnessExchange<AIProxy> {
    let harness = try await Proxy.harness(
      options: #""input_cost":0.15,"output_cost":0.6"#, more)
    let options = asks ? "," + Self.asking : ""
    let exchange = try await harness.exchange(
      Proxy.post("{\(Proxy.messages),\"stream\":true\(options)}"))
    try await exchange.request()
    return exchange
  }

  @Test(arguments: [1, 2, 3, 7, 61, 100_000])
  func `the client sees what it asked for, and the figures are the same`(size: Int) async throws {
    for asks in [false, true] {
      let exchange = try await exchange(asks: asks)
      try await exchange.response(Answers.events(Answers.stream))
      let sent = try await exchange.stream(Answers.stream.utf8, piecesOf: size)
      let expected = asks ? Answers.stream : Answers.unasked
      #expect(String(decoding: sent, as: UTF8.self) == expected)
      let fields = try await exchange.log()
      #expect(fields["ai.proxy.meta"]?["request_mode"] == "stream")
      #expect(fields["ai.proxy.meta"]?["response_model"] == "gpt-4o-mini-2024")
      #expect(fields["ai.proxy.usage"]?["prompt_tokens"] == 9)
      #expect(fields["ai.proxy.usage"]?["completion_tokens"] == 3)
      #expect(fields["ai.proxy.usage"]?["total_tokens"] == 12)
      #expect(fields["ai.proxy.usage"]?["cost"]?.description == "0.00000315")
      #expect(fields["ai.proxy.usage"]?["prompt_tokens_details"] == ["cached_tokens": 4])
      #expect(fields["ai.proxy.usage"]?["estimated"] == nil)
      #expect(fields["ai.proxy.usage"]?["time_to_first_token"]?.int ?? 0 > 0)
    }
  }

  @Test func `details that are no JSON leave the rest of the usage whole`() async throws {
    let exchange = try await exchange(asks: true)
    try await exchange.response(Answers.events(""))
    let stream =
      #"data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"prompt_tokens_details":{"x":"\q"},"#
      + #""completion_tokens_details":{ "reasoning_tokens": 2 }}}"# + "\n\ndata: [DONE]\n\n"
    _ = try await exchange.stream(stream.utf8, piecesOf: 100_000)
    let usage = try await exchange.log()["ai.proxy.usage"]
    #expect(usage?["total_tokens"] == 3)
    #expect(usage?["prompt_tokens_details"] == nil)
    #expect(usage?["completion_tokens_details"] == ["reasoning_tokens": 2])
  }

  @Test func `a process that dies anywhere in the stream is not seen`() async throws {
    let pieces = Array(Answers.stream.utf8)
    for asks in [false, true] {
      for cut in stride(from: 0, through: pieces.count - 1, by: 37) {
        let exchange = try await exchange(asks: asks)
        try await exchange.response(Answers.events(Answers.stream))
        var sent = try await exchange.chunk(pieces[..<cut]).released
        try await exchange.move()
        sent += try await exchange.chunk(pieces[cut...], isLast: true).released
        let expected = asks ? Answers.stream : Answers.unasked
        #expect(String(decoding: sent, as: UTF8.self) == expected, "died at \(cut)")
        try await exchange.move()
        let fields = try await exchange.log()
        #expect(fields["ai.proxy.usage"]?["total_tokens"] == 12, "died at \(cut)")
      }
    }
  }

  @Test func `the checkpoint of a stream is short`() async throws {
    let exchange = try await exchange()
    try await exchange.response(Answers.events(Answers.stream))
    let piece = Answers.chunk(#"{"content":"abc"}"#, usage: "null")
    var longest = 0
    for _ in 0..<50 {
      let result = try await exchange.chunk(piece.utf8)
      longest = max(longest, result.checkpoint?.utf8.count ?? 0)
    }
    #expect(longest > 0)
    #expect(longest < 128)
  }

  @Test func `a stream that is left or cut is counted as far as it came`() async throws {
    for asks in [false, true] {
      let exchange = try await exchange(asks: asks)
      try await exchange.response(Answers.events(""))
      try await exchange.chunk(Answers.chunk(#"{"content":"12345678"}"#).utf8)
      try await exchange.cancel()
      try await exchange.move()
      var summary = TestSummary()
      summary.clientAborted = true
      let fields = try await exchange.complete(summary).logFields
      #expect(fields["ai.proxy.usage"]?["completion_tokens"] == 2)
      // Three words, times 1.8.
      #expect(fields["ai.proxy.usage"]?["prompt_tokens"] == 5)
      #expect(fields["ai.proxy.usage"]?["estimated"] == true)
      #expect(fields["ai.proxy.meta"]?["request_model"] == "gpt-4o-mini")
    }
  }

  @Test func `a stream's payload is the answer that it adds up to`() async throws {
    let exchange = try await exchange()
    try await exchange.response(Answers.events(Answers.unasked))
    _ = try await exchange.stream(Answers.stream.utf8, piecesOf: 100)
    let fields = try await exchange.log()
    let payload = try JSONValue(parsing: fields["ai.proxy.payload.response"]?.text ?? "")
    #expect(payload["object"] == "chat.completion")
    #expect(payload["choices"]?.array?.first?.at("/message/content") == "a b c")
    #expect(payload.at("/usage/total_tokens") == 12)
    let request = try JSONValue(parsing: fields["ai.proxy.payload.request"]?.text ?? "")
    #expect(request["messages"]?.array?.count == 1)
  }

  @Test func `an answer in one piece where a stream was asked for is counted`() async throws {
    for size in [1, 50, 10_000] {
      let exchange = try await exchange()
      let head = try await exchange.response(Answers.json(Answers.chat))
      #expect(head.later.chunk == .copy)
      let sent = try await exchange.stream(Answers.chat.utf8, piecesOf: size)
      #expect(String(decoding: sent, as: UTF8.self) == Answers.chat)
      let fields = try await exchange.log()
      #expect(fields["ai.proxy.usage"]?["total_tokens"] == 12)
      #expect(fields["ai.proxy.usage"]?["estimated"] == nil)
    }
  }

  @Test func `an error event in a stream passes`() async throws {
    let text =
      Answers.chunk(#"{"content":"a"}"#, usage: "null")
      + "data: {\"error\":{\"message\":\"x\"}}\n\n"
    let exchange = try await exchange()
    try await exchange.response(Answers.events(text))
    let sent = try await exchange.stream(text.utf8, piecesOf: 13)
    #expect(
      String(decoding: sent, as: UTF8.self).hasSuffix("data: {\"error\":{\"message\":\"x\"}}\n\n"))
    #expect(try await exchange.log()["ai.proxy.usage"]?["estimated"] == true)
  }

  @Test(arguments: [
    // As OpenAI writes it: byte for byte.
    (
      #"{"error": {"message":"no key","type":"invalid_request_error","param":null,"code":null}}"#,
      #"{"error": {"message":"no key","type":"invalid_request_error","param":null,"code":null}}"#
    ),
    (
      #"{"error":"no key"}"#,
      #"{"error":{"message":"no key","type":"authentication_error","param":null,"code":null}}"#
    ),
    (
      "<html>401</html>",
      #"{"error":{"message":"openai answered with status 401 and no error that can be read","type":"authentication_error","param":null,"code":null}}"#
    ),
  ])
  func `the error of a stream that fails is OpenAI's`(body: String, seen: String) async throws {
    for size in [1, 1000] {
      let exchange = try await exchange()
      var answer = Answers.json(body, status: 401)
      answer.headers["content-type"] = "text/html"
      let result = try await exchange.response(answer)
      #expect(result.response?.headers["content-type"] == "application/json")
      let sent = try await exchange.stream(body.utf8, piecesOf: size)
      #expect(String(decoding: sent, as: UTF8.self) == seen)
      #expect(try await exchange.log()["ai.proxy.usage"]?["total_tokens"] == 0)
    }
  }
}
