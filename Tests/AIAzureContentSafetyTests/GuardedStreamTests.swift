// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_azure_content_safety

struct GuardedStreamTests {
  private static func chunk(_ text: String, index: Int = 0) -> String {
    let text = JSONValue.string(text).description
    return
      #"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":\#(index),"delta":{"content":\#(text)},"finish_reason":null}]}"#
      + "\n\n"
  }

  private static let head = TestResponse(
    headers: ["content-type": "text/event-stream"], text: "")

  private func started(
    _ more: String, head: TestResponse = Self.head,
    request: TestRequest = Guard.chat("hi", #","stream":true"#)
  ) async throws -> (Guard, HarnessExchange<Plugin>) {
    let safety = try await Guard(#""guarding_mode":"OUTPUT""# + (more.isEmpty ? "" : "," + more))
    let exchange = try await safety.harness.exchange(request)
    let prepared = try await exchange.request()
    #expect(prepared.later.chunk == .transform)
    #expect(prepared.later.response == .headOnly)
    #expect(try await !exchange.response(head).responded)
    return (safety, exchange)
  }

  @Test(arguments: [1, 7, 40, 100_000])
  func `a harmless stream comes out as it went in, however it is cut`(size: Int) async throws {
    let stream =
      Self.chunk("") + ": ping\n\n" + (0..<40).map { Self.chunk("t\($0) ") }.joined()
      + "data: [DONE]\n\n"
    let (safety, exchange) = try await started(#""response_buffer_size":20"#)
    let released = try await exchange.stream(Array(stream.utf8), piecesOf: size)
    #expect(String(decoding: released, as: UTF8.self) == stream)
    let all = (0..<40).map { "t\($0) " }.joined()
    #expect(safety.texts.allSatisfy { all.contains($0) })
    #expect(safety.texts.last?.hasSuffix("t39 ") == true)
  }

  @Test func `nothing goes on before it has been looked at`() async throws {
    let (safety, exchange) = try await started(#""response_buffer_size":10"#)
    let first = try await exchange.chunk(Array(Self.chunk("12345").utf8))
    #expect(first.released.isEmpty)
    #expect(safety.requests.isEmpty)
    let second = try await exchange.chunk(Array(Self.chunk("67890").utf8))
    #expect(
      String(decoding: second.released, as: UTF8.self) == Self.chunk("12345") + Self.chunk("67890"))
    #expect(safety.texts == ["1234567890"])
    #expect(second.logFields["ai.audit.azure_content_safety.Hate"] == 0)
  }

  @Test(arguments: ["10000", "1e19", "1e999"])
  func `what is waited for has an end`(size: String) async throws {
    let (safety, exchange) = try await started(#""response_buffer_size":\#(size)"#)
    let first = Self.chunk(String(repeating: "a", count: 8191))
    #expect(try await exchange.chunk(Array(first.utf8)).released.isEmpty)
    #expect(safety.requests.isEmpty)
    let second = Self.chunk("b")
    let released = try await exchange.chunk(Array(second.utf8)).released
    #expect(String(decoding: released, as: UTF8.self) == first + second)
    #expect(safety.texts.count == 1)
  }

  @Test func `what is refused never leaves, and an error ends the stream`() async throws {
    let (safety, exchange) = try await started(#""response_buffer_size":5"#)
    let good = try await exchange.chunk(Array(Self.chunk("harmless").utf8))
    #expect(!good.released.isEmpty)
    let held = try await exchange.chunk(Array(Self.chunk("[Ha").utf8))
    #expect(held.released.isEmpty)
    let bad = try await exchange.chunk(Array((Self.chunk("te 6]") + Self.chunk("more")).utf8))
    #expect(bad.ended)
    #expect(
      String(decoding: bad.released, as: UTF8.self)
        == #"data: {"error":{"message":"response failed content safety check: breached category [Hate] at level 6","type":"invalid_request_error","param":null,"code":"content_filter"}}"#
        + "\n\n")
    // What came before is in front of it, for what both mean together.
    #expect(safety.texts == ["harmless", "harmless[Hate 6]more"])
    #expect(bad.logFields["ai.proxy.azure-content-safety.guards_triggered_count"] == 1)
  }

  @Test func `the end is looked at, however short it is`() async throws {
    let (safety, exchange) = try await started("")
    let last = Self.chunk("[Hate 6]") + "data: [DONE]\n\n"
    let held = try await exchange.chunk(Array(last.utf8))
    #expect(held.released.isEmpty)
    let end = try await exchange.chunk([], isLast: true)
    #expect(String(decoding: end.released, as: UTF8.self).contains("content_filter"))
    #expect(!String(decoding: end.released, as: UTF8.self).contains("[DONE]"))
    #expect(safety.texts == ["[Hate 6]"])
  }

  @Test func `choices are looked at each for itself`() async throws {
    let (safety, exchange) = try await started(#""response_buffer_size":4"#)
    let pieces = Self.chunk("[Ha") + Self.chunk("x", index: 1) + Self.chunk("te 6]")
    let result = try await exchange.chunk(Array(pieces.utf8))
    #expect(result.ended)
    #expect(safety.texts == ["[Hate 6]"])
  }

  @Test func `a stream goes on in another process where it was`() async throws {
    let (safety, exchange) = try await started(#""response_buffer_size":10"#)
    _ = try await exchange.chunk(Array(Self.chunk("12345").utf8))
    try await exchange.move()
    let result = try await exchange.chunk(Array(Self.chunk("67890").utf8))
    #expect(
      String(decoding: result.released, as: UTF8.self) == Self.chunk("12345") + Self.chunk("67890"))
    #expect(safety.texts == ["1234567890"])
  }

  @Test func `the checkpoint is small`() async throws {
    let (_, exchange) = try await started(#""response_buffer_size":100"#)
    var largest = 0
    for number in 0..<200 {
      let result = try await exchange.chunk(Array(Self.chunk("word \(number) ").utf8))
      largest = max(largest, result.checkpoint?.utf8.count ?? 0)
    }
    #expect(largest > 0 && largest < 600)
  }

  @Test func `a service that fails ends the stream, unless that is configured`() async throws {
    for stops in [true, false] {
      let safety = try await Guard(
        #""guarding_mode":"OUTPUT","response_buffer_size":1,"stop_on_error":\#(stops)"#
      ) { _ in Guard.json("", status: 503) }
      let exchange = try await safety.harness.exchange(Guard.chat("hi", #","stream":true"#))
      _ = try await exchange.request()
      _ = try await exchange.response(Self.head)
      let result = try await exchange.chunk(Array(Self.chunk("a").utf8))
      let text = String(decoding: result.released, as: UTF8.self)
      #expect(result.ended == stops)
      #expect(text.contains("failed to check content safety: status code 503") == stops)
      #expect((text == Self.chunk("a")) == !stops)
    }
  }

  @Test func `a stream that cannot be read is not let through`() async throws {
    let (_, exchange) = try await started("")
    let result = try await exchange.chunk(Array("data: {\n\n".utf8))
    #expect(result.ended)
    #expect(String(decoding: result.released, as: UTF8.self).contains("cannot be read"))
  }

  @Test func `an answer that is no stream is waited for`() async throws {
    let json = TestResponse(headers: ["content-type": "application/json"], text: "")
    let (safety, exchange) = try await started("", head: json)
    let body = Array(Guard.says("[Hate 6]").body)
    let first = try await exchange.chunk(body[..<20])
    #expect(first.released.isEmpty)
    let last = try await exchange.chunk(body[20...], isLast: true)
    #expect(safety.texts == ["[Hate 6]"])
    #expect(
      String(decoding: last.released, as: UTF8.self)
        == Guard.message(
          "response failed content safety check: breached category [Hate] at level 6"))
  }

  @Test func `errors of the upstream pass`() async throws {
    let safety = try await Guard(#""guarding_mode":"OUTPUT""#)
    let exchange = try await safety.harness.exchange(Guard.chat("hi", #","stream":true"#))
    _ = try await exchange.request()
    let result = try await exchange.response(
      TestResponse(status: 429, headers: ["content-type": "application/json"], text: ""))
    #expect(result.later.chunk == .drop)
  }

  @Test func `a native stream that cannot be read is not let through`() async throws {
    let safety = try await Guard(
      #""guarding_mode":"OUTPUT","patchbay":{"llm_format":"gemini"}"#)
    let request = TestRequest.post(
      "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", headers: [:],
      body: #"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#)
    let exchange = try await safety.harness.exchange(request)
    _ = try await exchange.request()
    _ = try await exchange.response(Self.head)
    let result = try await exchange.chunk(Array("data: [Hate 6] {\n\n".utf8))
    #expect(result.ended)
    let text = String(decoding: result.released, as: UTF8.self)
    #expect(text.hasPrefix(#"data: {"error":{"code":500,"message":"failed to check"#))
    #expect(!text.contains("Hate 6"))
  }

  @Test func `a native stream is held, looked at, and ended in its own words`() async throws {
    let safety = try await Guard(
      #""guarding_mode":"OUTPUT","response_buffer_size":5,"patchbay":{"llm_format":"anthropic"}"#)
    let request = TestRequest.post(
      "/v1/messages", headers: [:],
      body:
        #"{"model":"claude","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#
    )
    let exchange = try await safety.harness.exchange(request)
    #expect(try await exchange.request().later.chunk == .transform)
    _ = try await exchange.response(Self.head)
    func event(_ name: String, _ data: String) -> String { "event: \(name)\ndata: \(data)\n\n" }
    func delta(_ text: String) -> String {
      event(
        "content_block_delta",
        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\#(text)"}}"#
      )
    }
    let start =
      event(
        "message_start",
        #"{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"usage":{"input_tokens":1,"output_tokens":1}}}"#
      )
      + event(
        "content_block_start",
        #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#)
    let first = try await exchange.chunk(Array((start + delta("harmless")).utf8))
    #expect(String(decoding: first.released, as: UTF8.self) == start + delta("harmless"))
    let bad = try await exchange.chunk(Array(delta("[Hate 6]").utf8))
    #expect(bad.ended)
    let text = String(decoding: bad.released, as: UTF8.self)
    #expect(text.hasPrefix("event: error\ndata: {\"type\":\"error\",\"error\":{"))
    #expect(safety.texts == ["harmless", "harmless[Hate 6]"])
  }
}

private typealias Plugin = AIAzureContentSafety
