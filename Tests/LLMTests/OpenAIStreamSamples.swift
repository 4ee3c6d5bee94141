// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

/// A stream as a provider sends it when usage was asked for, and what is to come of it.
struct StreamSample: Sendable, CustomTestStringConvertible {
  var name: String
  /// The stream that comes.
  var sent: String
  /// The stream that a client gets who did not ask.
  var unasked: String
  var usage: Usage?
  var finishReason: String?
  var characters: Int
  var endedProperly = true
  var hasError = false

  var testDescription: String { name }

  private static let head =
    #"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1730000000,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_1","choices":"#

  /// A chunk in OpenAI's layout, with what stands behind its choices.
  private static func chunk(_ choices: String, _ rest: String = "") -> String {
    "data: \(head)[\(choices)]\(rest)}\n\n"
  }

  private static func text(_ text: String, index: Int = 0) -> String {
    #"{"index":\#(index),"delta":{"content":"\#(text)"},"logprobs":null,"finish_reason":null}"#
  }

  private static func end(_ reason: String, index: Int = 0) -> String {
    #"{"index":\#(index),"delta":{},"logprobs":null,"finish_reason":"\#(reason)"}"#
  }

  private static func role(index: Int = 0) -> String {
    #"{"index":\#(index),"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}"#
  }

  private static let details =
    #","usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":3,"audio_tokens":0,"accepted_prediction_tokens":1,"rejected_prediction_tokens":2}}"#

  private static var detailedUsage: Usage {
    var usage = Usage(promptTokens: 19, completionTokens: 10, totalTokens: 29)
    usage.cachedPromptTokens = 4
    usage.audioPromptTokens = 0
    usage.reasoningTokens = 3
    usage.audioCompletionTokens = 0
    usage.acceptedPredictionTokens = 1
    usage.rejectedPredictionTokens = 2
    usage.promptDetails = #"{"cached_tokens":4,"audio_tokens":0}"#
    usage.completionDetails =
      #"{"reasoning_tokens":3,"audio_tokens":0,"accepted_prediction_tokens":1,"rejected_prediction_tokens":2}"#
    return usage
  }

  /// The same choices, once as sent to who asked for usage and once to who did not.
  private static func both(_ choices: [String]) -> (asked: String, unasked: String) {
    (
      choices.map { chunk($0, #","usage":null"#) }.joined(), choices.map { chunk($0) }.joined()
    )
  }

  private static let done = "data: [DONE]\n\n"

  static let plain: StreamSample = {
    let (asked, unasked) = both([role(), text("Hé\\n"), text("€𝄞 \\\"you\\\""), end("stop")])
    return StreamSample(
      name: "text", sent: asked + chunk("", details) + done, unasked: unasked + done,
      usage: detailedUsage, finishReason: "stop", characters: 11)
  }()

  static let tools: StreamSample = {
    let (asked, unasked) = both([
      #"{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":""}}],"refusal":null},"logprobs":null,"finish_reason":null}"#,
      #"{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]},"logprobs":null,"finish_reason":null}"#,
      #"{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"Köln\"}"}}]},"logprobs":null,"finish_reason":null}"#,
      end("tool_calls"),
    ])
    return StreamSample(
      name: "tools", sent: asked + chunk("", details) + done, unasked: unasked + done,
      usage: detailedUsage, finishReason: "tool_calls", characters: 15)
  }()

  static let refusal: StreamSample = {
    let (asked, unasked) = both([
      role(),
      #"{"index":0,"delta":{"refusal":"I can't"},"logprobs":null,"finish_reason":null}"#,
      end("stop"),
    ])
    return StreamSample(
      name: "refusal", sent: asked + chunk("", details) + done, unasked: unasked + done,
      usage: detailedUsage, finishReason: "stop", characters: 7)
  }()

  static let several: StreamSample = {
    let (asked, unasked) = both([
      role(), role(index: 1), text("a"), text("bc", index: 1), end("length", index: 1), end("stop"),
    ])
    return StreamSample(
      name: "n = 2, CRLF, comments",
      sent: (": ping\n\n" + asked + chunk("", details) + done).replacing("\n", with: "\r\n"),
      unasked: (": ping\n\n" + unasked + done).replacing("\n", with: "\r\n"),
      usage: detailedUsage, finishReason: "length", characters: 3)
  }()

  static let completions = StreamSample(
    name: "completions, CR, usage first in the object",
    sent: #"data:{"usage":null,"choices":[{"text":"ab","index":0,"finish_reason":null}]}"# + "\r\r"
      + #"data:{"usage":{"prompt_tokens":1,"completion_tokens":2},"choices":[]}"# + "\r\r"
      + "data:[DONE]\r\r",
    unasked: #"data:{"choices":[{"text":"ab","index":0,"finish_reason":null}]}"# + "\r\r"
      + "data:[DONE]\r\r",
    usage: Usage(promptTokens: 1, completionTokens: 2, totalTokens: 3), finishReason: nil,
    characters: 2)

  static let running: StreamSample = StreamSample(
    name: "running totals beside choices",
    sent: chunk(text("a"), #","usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}"#)
      + chunk(text("b"), #","usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}"#)
      + chunk(
        end("stop"), #", "usage" : {"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}"#)
      + done,
    unasked: chunk(text("a")) + chunk(text("b")) + chunk(end("stop")) + done,
    usage: Usage(promptTokens: 5, completionTokens: 2, totalTokens: 7), finishReason: "stop",
    characters: 2)

  static let silent: StreamSample = {
    let stream = chunk(role()) + chunk(text("abcdefghi")) + chunk(end("stop")) + done
    return StreamSample(
      name: "no usage", sent: stream, unasked: stream, usage: nil, finishReason: "stop",
      characters: 9)
  }()

  static let failed: StreamSample = {
    let error = #"data: {"error":{"message":"overloaded","type":"server_error","code":null}}"#
    let (asked, unasked) = both([role(), text("ab")])
    return StreamSample(
      name: "error in the stream", sent: asked + error + "\n\n" + done,
      unasked: unasked + error + "\n\n" + done, usage: nil, finishReason: nil, characters: 2,
      endedProperly: false, hasError: true)
  }()

  static let cut: StreamSample = {
    let (asked, unasked) = both([role(), text("ab")])
    let rest = #"data: {"id":"chatcmpl-1","choices":[{"index":0,"del"#
    return StreamSample(
      name: "cut", sent: asked + rest, unasked: unasked + rest, usage: nil, finishReason: nil,
      characters: 2, endedProperly: false)
  }()

  static let unterminated: StreamSample = {
    let (asked, unasked) = both([text("ab"), end("stop")])
    return StreamSample(
      name: "no blank line at the end, filters first, odd events",
      sent: chunk("", #","prompt_filter_results":[],"usage":null"#)
        + "event: x\n\ndata: nonsense\n\n"
        + asked + chunk("", details) + "data: [DONE]",
      unasked: chunk("", #","prompt_filter_results":[]"#) + "event: x\n\ndata: nonsense\n\n"
        + unasked + "data: [DONE]",
      usage: detailedUsage, finishReason: "stop", characters: 2)
  }()

  static let all = [
    plain, tools, refusal, several, completions, running, silent, failed, cut, unterminated,
  ]
}
