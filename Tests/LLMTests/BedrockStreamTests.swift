// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct BedrockStreamTests {
  private var ask: BedrockAsk {
    var ask = BedrockAsk()
    ask.isStreamed = true
    return ask
  }

  private func read(
    _ stream: [[UInt8]], includesUsage: Bool = true
  ) throws -> (output: String, answer: ChatStreamWriter) {
    let splits = StreamSplits(
      Bedrock(ProviderSettings()), ask.call, mediaType: "application/vnd.amazon.eventstream",
      includesUsage: includesUsage)
    return try splits.read(Array(stream.joined()))
  }

  private let start = AWSMessages.event("messageStart", #"{"p":"abc","role":"assistant"}"#)
  private let metadata = AWSMessages.event(
    "metadata",
    #"{"metrics":{"latencyMs":9},"usage":{"inputTokens":3,"outputTokens":4,"totalTokens":9,"cacheReadInputTokens":2}}"#
  )

  private func stop(_ reason: String) -> [UInt8] {
    AWSMessages.event("messageStop", #"{"stopReason":"\#(reason)"}"#)
  }

  private func delta(_ block: Int, _ delta: String) -> [UInt8] {
    AWSMessages.event(
      "contentBlockDelta", #"{"contentBlockIndex":\#(block),"delta":\#(delta),"p":"ab"}"#)
  }

  @Test func `a stream put together is the plain answer`() throws {
    func begin(_ block: Int, _ id: String, _ name: String) -> [UInt8] {
      AWSMessages.event(
        "contentBlockStart",
        #"{"contentBlockIndex":\#(block),"start":{"toolUse":{"toolUseId":"\#(id)","name":"\#(name)"}}}"#
      )
    }
    func end(_ block: Int) -> [UInt8] {
      AWSMessages.event("contentBlockStop", #"{"contentBlockIndex":\#(block)}"#)
    }
    let (output, answer) = try read([
      start, delta(0, #"{"reasoningContent":{"text":"Hm."}}"#),
      delta(0, #"{"reasoningContent":{"signature":"s"}}"#), end(0),
      delta(1, #"{"text":"é"}"#), delta(1, #"{"text":" \"b\"\n"}"#), end(1),
      begin(2, "t1", "f"), delta(2, #"{"toolUse":{"input":""}}"#),
      delta(2, #"{"toolUse":{"input":"{\"a\""}}"#), delta(2, #"{"toolUse":{"input":":1}"}}"#),
      end(2), begin(3, "t2", "g"), end(3),
      AWSMessages.event("contentBlockNew", "{}"), stop("tool_use"), metadata,
    ])
    #expect(answer.endedProperly)
    let stream = Array(output.utf8)
    let built = OpenAIStreamAnswer(stream.span.bytes, route: .chat)
    let whole = try #require(built)
    let json = Array(
      #"""
      {"output":{"message":{"role":"assistant","content":[
        {"text":"é \"b\"\n"},{"toolUse":{"toolUseId":"t1","name":"f","input":{"a":1}}},
        {"toolUse":{"toolUseId":"t2","name":"g","input":{}}}]}},"stopReason":"tool_use",
       "usage":{"inputTokens":3,"outputTokens":4,"totalTokens":9,"cacheReadInputTokens":2}}
      """#.utf8)
    let plain = try Bedrock(ProviderSettings()).answer(json.span.bytes, ask.call)
    #expect(whole.json.bytes == plain.completed(for: ask.call).openAI)
    #expect(answer.usage == plain.usage)
    #expect(output.contains(#""delta":{"reasoning_content":"Hm."}"#))
  }

  @Test func `each event leaves when it is whole`() throws {
    var translation = StreamSplits(
      Bedrock(ProviderSettings()), ask.call, mediaType: "application/vnd.amazon.eventstream"
    ).start
    let first = start + delta(0, #"{"text":"a"}"#)
    let begun = first + delta(0, #"{"text":"b"}"#).dropLast()
    let step = translation.received(begun.span.bytes)
    #expect(step.consumed == first.count)
    #expect(String(decoding: step.output, as: UTF8.self).contains(#"{"content":"a"}"#))
    #expect(step.hasFirstToken)
  }

  @Test func `an exception is an error event, behind which nothing comes`() throws {
    let (output, answer) = try read([
      start, delta(0, #"{"text":"a"}"#),
      AWSMessages.exception("throttlingException", #"{"message":"Too \"many\"."}"#),
      delta(0, #"{"text":"b"}"#),
    ])
    #expect(
      output.hasSuffix(
        #"data: {"error":{"message":"Too \"many\".","type":"rate_limit_error","param":null,"code":"ThrottlingException"}}"#
          + "\n\n"))
    #expect(!answer.endedProperly)
  }

  static let failures: [([UInt8], ChatError)] = [
    (
      AWSMessages.exception("modelStreamErrorException", #"{"originalStatusCode":500}"#),
      ChatError(
        message: "ModelStreamErrorException", type: "server_error",
        code: "ModelStreamErrorException")
    ),
    (
      AWSMessages.message(
        [(":message-type", "error"), (":error-code", "Odd"), (":error-message", "m")], ""),
      ChatError(message: "m", type: "server_error", code: "Odd")
    ),
    (
      AWSMessages.exception("validationException", #"{"message":"m"}"#),
      ChatError(message: "m", type: "invalid_request_error", code: "ValidationException")
    ),
  ]

  @Test(arguments: failures)
  func `failures keep their kind`(message: [UInt8], error: ChatError) throws {
    #expect(try read([start, message]).answer.error == error)
  }

  @Test func `a guardrail that ends an answer is a content filter`() throws {
    let (output, answer) = try read(
      [start, delta(0, #"{"text":"No."}"#), stop("guardrail_intervened"), metadata],
      includesUsage: false)
    #expect(output.contains(#""finish_reason":"content_filter""#))
    #expect(output.hasSuffix("data: [DONE]\n\n"))
    #expect(answer.usage?.promptTokens == 5)
  }

  @Test func `a stream that is cut, or damaged, says so`() throws {
    let whole = [start, delta(0, #"{"text":"a"}"#)]
    #expect(try read(whole).answer.error?.code == "upstream_stream_cut")
    var damaged = delta(0, #"{"text":"b"}"#)
    damaged[damaged.count - 9] ^= 1
    let (output, answer) = try read(whole + [damaged, stop("end_turn")])
    #expect(output.contains(#"{"content":"a"}"#))
    #expect(answer.error?.message.contains("checksum of a message is wrong") == true)
    #expect(!output.contains("[DONE]"))
  }
}
