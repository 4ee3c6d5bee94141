// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LLM

@Suite struct CohereStreamTests {
  private let cohere = Cohere(ProviderSettings())
  private let call = ProviderCall(model: "m", isStreamed: true, id: "chatcmpl-7", created: 5)

  private func read(
    _ events: [String]
  ) throws -> (output: String, answer: ChatStreamWriter) {
    let stream = events.map { "event: e\ndata: \($0)\n\n" }.joined() + "data: [DONE]\n\n"
    return try StreamSplits(cohere, call).read(stream)
  }

  private static let usage =
    #"{"billed_units":{"input_tokens":7,"output_tokens":5},"tokens":{"input_tokens":73,"output_tokens":5},"cached_tokens":3}"#

  private static let start =
    #"{"id":"29f1","type":"message-start","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}"#

  private static func end(_ reason: String, _ more: String = "") -> String {
    #"{"type":"message-end","delta":{"finish_reason":""# + reason + #"""# + more + #","usage":"#
      + usage + "}}"
  }

  private static let role = #"{"role":"assistant","content":""}"#

  @Test func `thinking, text and citations`() throws {
    let (output, answer) = try read([
      Self.start,
      #"{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"thinking","thinking":""}}}}"#,
      #"{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"h\u00e9"}}}}"#,
      #"{"type":"content-end","index":0}"#,
      #"{"type":"content-start","index":1,"delta":{"message":{"content":{"type":"text","text":""}}}}"#,
      #"{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"t0"}}}}"#,
      #"{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":" t1\n😀"}}}}"#,
      #"{"type":"content-end","index":1}"#,
      #"{"type":"citation-start","index":0,"delta":{"message":{"citations":{"start":0,"end":2,"text":"t0"}}}}"#,
      #"{"type":"citation-end","index":0}"#,
      #"{"type":"debug","prompt":"x"}"#,
      Self.end("MAX_TOKENS"),
    ])
    #expect(
      output.deltas == [
        Self.role, #"{"reasoning_content":"h\u00e9"}"#, #"{"content":"t0"}"#,
        #"{"content":" t1\n😀"}"#, "{}",
      ])
    #expect(output.hasPrefix(#"data: {"id":"29f1","object":"chat.completion.chunk","created":5,"#))
    #expect(
      output.hasSuffix(
        #""choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":3}}}"#
          + "\n\ndata: [DONE]\n\n"))
    #expect(answer.finishReason == .length && answer.endedProperly)
  }

  @Test func `a stream is the plain answer in pieces`() throws {
    let (output, streamed) = try read([
      Self.start,
      #"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I "}}}"#,
      #"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"will."}}}"#,
      #"{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"f_1","type":"function","function":{"name":"f","arguments":""}}}}}"#,
      #"{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\"a\""}}}}}"#,
      #"{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":":1}"}}}}}"#,
      #"{"type":"tool-call-end","index":0}"#,
      #"{"type":"tool-call-start","index":1,"delta":{"message":{"tool_calls":{"id":"g_2","type":"function","function":{"name":"g","arguments":""}}}}}"#,
      #"{"type":"tool-call-end","index":1}"#,
      Self.end("TOOL_CALL"),
    ])
    #expect(
      output.deltas == [
        Self.role, #"{"content":"I "}"#, #"{"content":"will."}"#,
        #"{"tool_calls":[{"index":0,"id":"f_1","type":"function","function":{"name":"f","arguments":""}}]}"#,
        #"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}"#,
        #"{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}"#,
        #"{"tool_calls":[{"index":1,"id":"g_2","type":"function","function":{"name":"g","arguments":""}}]}"#,
        #"{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]}"#,
        "{}",
      ])
    let plain = Array(
      (#"{"id":"29f1","message":{"role":"assistant","tool_plan":"I will.","tool_calls":[{"id":"f_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"g_2","type":"function","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"TOOL_CALL","usage":"#
        + Self.usage + "}").utf8)
    let whole = try cohere.answer(plain.span.bytes, call)
    #expect(streamed.usage == whole.usage)
    #expect(streamed.finishReason == whole.choices[0].finishReason)
    // An empty object was not generated.
    #expect(streamed.characters == whole.characters - 2)
  }

  @Test func `an error ends a stream`() throws {
    let (output, answer) = try read([
      Self.start,
      #"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"t0"}}}}"#,
      Self.end("ERROR", #","error":"out of memory""#),
    ])
    #expect(
      output.hasSuffix(
        #"data: {"error":{"message":"out of memory","type":"server_error","param":null,"code":null}}"#
          + "\n\n"))
    #expect(answer.usage?.promptTokens == 7)
    #expect(!answer.endedProperly)
  }

  @Test func `a cut stream says so`() throws {
    let stream = "data: \(Self.start)\n\n"
    let (output, _) = try StreamSplits(cohere, call).read(stream)
    #expect(output.contains("upstream_stream_cut"))
  }

  // MARK: - Version 1

  private func readOld(
    _ lines: [String], route: RouteType = .chat, asEvents: Bool = false
  ) throws -> (output: String, answer: ChatStreamWriter) {
    var call = call
    call.route = route
    let stream = lines.map { asEvents ? "event: x\ndata: \($0)\n\n" : $0 + "\n" }.joined()
    let type = asEvents ? "text/event-stream" : "application/stream+json"
    return try StreamSplits(cohere, call, mediaType: type).read(stream)
  }

  @Test(arguments: [false, true])
  func `a chat of version 1, as lines and as events`(asEvents: Bool) throws {
    let (output, answer) = try readOld(
      [
        #"{"is_finished":false,"event_type":"stream-start","generation_id":"g"}"#,
        #"{"is_finished":false,"event_type":"search-queries-generation","search_queries":[]}"#,
        #"{"is_finished":false,"event_type":"text-generation","text":"é"}"#,
        #"{"is_finished":false,"event_type":"tool-calls-generation","tool_calls":[{"name":"f","parameters":{"a":1}}]}"#,
        #"{"is_finished":true,"event_type":"stream-end","finish_reason":"COMPLETE","response":{"text":"é","meta":{"billed_units":{"input_tokens":2,"output_tokens":1}}}}"#,
      ], asEvents: asEvents)
    #expect(
      output.deltas == [
        Self.role, #"{"content":"é"}"#,
        #"{"tool_calls":[{"index":0,"id":"call_g_0_0","type":"function","function":{"name":"f","arguments":""}}]}"#,
        #"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]}"#, "{}",
      ])
    #expect(output.hasPrefix(#"data: {"id":"g","#))
    #expect(answer.usage == Usage(promptTokens: 2, completionTokens: 1))
    #expect(answer.finishReason == .toolCalls && answer.endedProperly)
  }

  @Test func `generated texts are choices`() throws {
    let (output, answer) = try readOld(
      [
        #"{"text":"a","is_finished":false,"event_type":"text-generation","index":0}"#,
        #"{"text":"b","is_finished":false,"event_type":"text-generation","index":1}"#,
        #"{"is_finished":true,"event_type":"stream-end","finish_reason":"COMPLETE","response":{"generations":[{"finish_reason":"COMPLETE"},{"finish_reason":"MAX_TOKENS"}],"meta":{"billed_units":{"input_tokens":2,"output_tokens":2}}}}"#,
      ], route: .completions)
    let choices = output.split(separator: "\n\n").compactMap { event in
      event.firstRange(of: #""choices":["#).map { String(event[$0.upperBound...]) }
    }
    #expect(
      choices == [
        #"{"index":0,"text":"a","logprobs":null,"finish_reason":null}],"usage":null}"#,
        #"{"index":1,"text":"b","logprobs":null,"finish_reason":null}],"usage":null}"#,
        #"{"index":0,"text":"","logprobs":null,"finish_reason":"stop"}],"usage":null}"#,
        #"{"index":1,"text":"","logprobs":null,"finish_reason":"length"}],"usage":null}"#,
        #"],"usage":{"prompt_tokens":2,"completion_tokens":2,"total_tokens":4}}"#,
      ])
    #expect(answer.endedProperly)
  }

  @Test func `errors of version 1`() throws {
    let (output, answer) = try readOld([
      #"{"event_type":"stream-error","err":"no room","finish_reason":"ERROR","is_finished":true}"#
    ])
    #expect(output.contains(#""message":"no room""#))
    #expect(answer.error != nil)
    let (toxic, _) = try readOld([
      #"{"is_finished":true,"event_type":"stream-end","finish_reason":"ERROR_TOXIC","response":{}}"#
    ])
    #expect(toxic.contains(#""finish_reason":"content_filter""#))
  }
}
