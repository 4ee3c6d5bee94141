// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

struct OutputTests {
  private static let output = #""guarding_mode":"OUTPUT""#

  private func answered(
    _ answer: TestResponse, _ more: String = Self.output, request: TestRequest = Guard.chat("hi")
  ) async throws -> (safety: Guard, result: CallResult) {
    let safety = try await Guard(more)
    let exchange = try await safety.harness.exchange(request)
    _ = try await exchange.request()
    return (safety, try await exchange.response(answer))
  }

  @Test func `a harmless answer passes as it is`() async throws {
    let (safety, result) = try await answered(Guard.says("hello"))
    #expect(!result.responded)
    #expect(safety.texts == ["hello"])
    #expect(result.logFields["ai.proxy.azure-content-safety.output_processing_latency"] != nil)
  }

  @Test func `an answer that is rated too high is refused`() async throws {
    let (_, result) = try await answered(
      Guard.says("[Hate 4]"), Self.output + #","log_blocked_content":true"#)
    #expect(result.response?.status == 400)
    #expect(
      result.response?.text
        == Guard.message(
          "response failed content safety check: breached category [Hate] at level 4"))
    let block = "ai.proxy.azure-content-safety"
    #expect(result.logFields["\(block).output_block_source"] == "ai-azure-content-safety")
    #expect(result.logFields["\(block).output_faulty_response"] == "[Hate 4]")
    #expect(result.logFields["\(block).mode"] == "OUTPUT")
  }

  static let hidden: [String] = [
    #"{"choices":[{"index":0,"message":{"content":null,"refusal":"[Hate 4]"}}]}"#,
    #"{"choices":[{"index":0,"message":{"content":"a"}},{"index":1,"message":{"content":"[Hate 4]"}}]}"#,
    #"{"choices":[{"index":0,"message":{"tool_calls":[{"function":{"arguments":"[Hate 4]"}}]}}]}"#,
    #"{"choices":[{"index":0,"message":{"content":[{"type":"text","text":"[Hate 4]"}]}}]}"#,
    #"{"choices":[{"index":0,"text":"\u005bHate 4]"}]}"#,
    #"{"anything":["[Hate 4]"]}"#,
    "[Hate 4], a text",
  ]

  @Test(arguments: hidden)
  func `nothing that is said is overlooked`(body: String) async throws {
    let (_, result) = try await answered(Guard.json(body))
    #expect(result.response?.status == 400)
  }

  @Test func `what says nothing is not sent to the service`() async throws {
    for body in [
      "", #"{"choices":[]}"#, #"{"choices":[{"index":0,"message":{"content":""}}]}"#,
      #"{"object":"list","data":[{"embedding":[1,2]}]}"#,
    ] {
      let (safety, result) = try await answered(Guard.json(body))
      #expect(!result.responded, "\(body)")
      #expect(safety.requests.isEmpty, "\(body)")
    }
    let (safety, _) = try await answered(Guard.json("[Hate 4]", status: 500))
    #expect(safety.requests.isEmpty)
  }

  @Test func `prompts and answers are both looked at where both are guarded`() async throws {
    let (safety, result) = try await answered(
      Guard.says("[Hate 4]"), #""guarding_mode":"BOTH","text_source":"last_message""#)
    #expect(safety.texts == ["hi", "[Hate 4]"])
    #expect(result.response?.status == 400)
  }

  static let natives: [(String, String, String, String)] = [
    (
      "anthropic", "/v1/messages",
      #"{"model":"claude","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}"#,
      #"{"id":"m","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"[Hate 4]"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"#
    ),
    (
      "gemini", "/v1beta/models/gemini-2.5-flash:generateContent",
      #"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#,
      #"{"candidates":[{"content":{"role":"model","parts":[{"text":"[Hate 4]"}]},"finishReason":"STOP"}]}"#
    ),
    (
      "bedrock", "/model/amazon.nova-lite-v1:0/converse",
      #"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#,
      #"{"output":{"message":{"role":"assistant","content":[{"text":"[Hate 4]"}]}},"stopReason":"end_turn","usage":{"inputTokens":4,"outputTokens":1,"totalTokens":5}}"#
    ),
    (
      "cohere", "/v2/chat", #"{"model":"command-a","messages":[{"role":"user","content":"hi"}]}"#,
      #"{"id":"c","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"text","text":"[Hate 4]"}]}}"#
    ),
  ]

  @Test(arguments: natives)
  func `a native answer is looked at`(
    format: String, path: String, question: String, answer: String
  ) async throws {
    let request = TestRequest.post(path, headers: [:], body: question)
    let (safety, result) = try await answered(
      Guard.json(answer), Self.output + #","patchbay":{"llm_format":"\#(format)"}"#,
      request: request)
    #expect(safety.texts == ["[Hate 4]"])
    #expect(result.response?.status == 400)
  }

  @Test func `a stream that nobody asked for is looked at too`() async throws {
    let safety = try await Guard(Self.output)
    let exchange = try await safety.harness.exchange(Guard.chat("hi"))
    #expect(try await exchange.request().later.chunk == .drop)
    // As of a plugin that makes its answer piece by piece.
    let head = TestResponse(headers: ["content-type": "text/event-stream"], text: "")
    #expect(try await exchange.response(head).later.chunk == .transform)
    let event = #"data: {"choices":[{"index":0,"delta":{"content":"[Hate 4]"}}]}"# + "\n\n"
    let result = try await exchange.chunk(Array(event.utf8), isLast: true)
    #expect(String(decoding: result.released, as: UTF8.self).contains("content_filter"))
  }

  @Test func `answers are nobody's business where only prompts are guarded`() async throws {
    let safety = try await Guard()
    let exchange = try await safety.harness.exchange(Guard.chat("hi"))
    _ = try await exchange.request()
    await #expect(throws: (any Error).self) { try await exchange.response(Guard.says("x")) }
  }
}
