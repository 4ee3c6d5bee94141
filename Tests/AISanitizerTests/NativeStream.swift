// SPDX-License-Identifier: Apache-2.0

import LLM
import PluginSDK
import Testing

/// A stream as a provider's own API writes it.
struct NativeStream: Sendable, CustomTestStringConvertible {
  var name: String
  var contentType = "text/event-stream"
  var path = "/chat"
  /// What comes in front of the text, and behind it.
  var before: [UInt8]
  var after: [UInt8]
  /// What stays of that: where the event that ends the text can say some, nothing does.
  var tail: Int {
    name == "anthropic completions" ? 0 : after.count - (name == "gemini array" ? 3 : 0)
  }
  /// An event with a part of the text, given as a JSON string's content.
  var delta: @Sendable (String) -> [UInt8]
  /// Where the text is in an event's data.
  var pointer: String

  var testDescription: String { name }

  func bytes(_ parts: [String]) -> [UInt8] { before + parts.flatMap(delta) + after }

  /// The text of a stream.
  func text(of bytes: [UInt8]) throws -> String {
    try events(in: bytes).filter { $0.at("/token/special") != true }.compactMap {
      $0.at(pointer)?.text
    }.joined()
  }

  func events(in bytes: [UInt8]) throws -> [JSONValue] {
    let span = bytes.span.bytes
    var framer: StreamFramer =
      switch contentType {
      case "application/vnd.amazon.eventstream": .awsEvents
      case "application/json": .jsonArray(JSONArrayFramer())
      case "application/stream+json": .lines
      default: .serverSentEvents(EventStreamFramer())
      }
    var events: [JSONValue] = []
    var offset = 0
    while let frame = try framer.next(in: span, from: offset, isLast: false) {
      offset = frame.end
      guard case .line(let range) = frame.data else {
        if offset == bytes.count { break }
        continue
      }
      events.append(try JSONValue(parsing: String(decoding: bytes[range], as: UTF8.self)))
      if offset == bytes.count { break }
    }
    struct Rest: Error {}
    guard offset == bytes.count else { throw Rest() }
    return events
  }

  // MARK: - The APIs

  private static func sse(_ data: String, named name: String? = nil) -> [UInt8] {
    Array(((name.map { "event: \($0)\n" } ?? "") + "data: \(data)\n\n").utf8)
  }

  private static func anthropic(_ data: String) -> [UInt8] {
    let type = data.split(separator: "\"")[3]
    return sse(data, named: String(type))
  }

  static func aws(_ name: String, _ data: String) -> [UInt8] {
    AWSEventMessage.bytes(
      headers: [
        (":event-type", name), (":content-type", "application/json"), (":message-type", "event"),
      ], payload: Array(data.utf8))
  }

  static func anthropic(_ type: String, _ key: String, block: String) -> NativeStream {
    NativeStream(
      name: "anthropic \(key)",
      before: anthropic(
        #"{"type":"message_start","message":{"id":"m","content":[],"usage":{"input_tokens":1}}}"#)
        + anthropic(#"{"type":"content_block_start","index":1,"content_block":\#(block)}"#)
        + anthropic(#"{"type":"ping"}"#),
      after: anthropic(#"{"type":"content_block_stop","index":1}"#)
        + anthropic(#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{}}"#)
        + anthropic(#"{"type":"message_stop"}"#),
      delta: {
        anthropic(
          #"{"type":"content_block_delta","index":1,"delta":{"type":"\#(type)","\#(key)":"\#($0)"}}"#
        )
      }, pointer: "/delta/\(key)")
  }

  private static let geminiAfter =
    #"{"candidates":[{"content":{"parts":[],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"totalTokenCount":9},"modelVersion":"g"}"#

  static let texts: [NativeStream] = [
    anthropic("text_delta", "text", block: #"{"type":"text","text":""}"#),
    anthropic("thinking_delta", "thinking", block: #"{"type":"thinking","thinking":""}"#),
    NativeStream(
      name: "anthropic completions", before: anthropic(#"{"type":"ping"}"#),
      after: anthropic(
        #"{"type":"completion","id":"c","completion":"","stop_reason":"stop_sequence","model":"m"}"#
      ),
      delta: {
        anthropic(
          #"{"type":"completion","id":"c","completion":"\#($0)","stop_reason":null,"model":"m"}"#)
      }, pointer: "/completion"),
    NativeStream(
      name: "gemini", path: "/v1beta/models/g:streamGenerateContent", before: [],
      after: sse(geminiAfter),
      delta: {
        sse(
          #"{"candidates":[{"content":{"parts":[{"text":"\#($0)"}],"role":"model"}}],"modelVersion":"g"}"#
        )
      }, pointer: "/candidates/0/content/parts/0/text"),
    NativeStream(
      name: "gemini array", contentType: "application/json",
      path: "/v1beta/models/g:streamGenerateContent",
      before: Array(#"[{"candidates":[{"content":{"role":"model"}}]}"#.utf8),
      after: Array(",\r\n\(geminiAfter)\n]".utf8),
      delta: {
        Array(
          (",\r\n"
            + #"{"candidates":[{"content":{"parts":[{"text":"\#($0)"}],"role":"model"}}],"modelVersion":"g"}"#)
            .utf8)
      }, pointer: "/candidates/0/content/parts/0/text"),
    NativeStream(
      name: "bedrock", contentType: "application/vnd.amazon.eventstream",
      path: "/model/m/converse-stream", before: aws("messageStart", #"{"role":"assistant"}"#),
      after: aws("contentBlockStop", #"{"contentBlockIndex":0,"p":"ab"}"#)
        + aws("messageStop", #"{"stopReason":"end_turn","p":"abcdefghij"}"#)
        + aws("metadata", #"{"usage":{"inputTokens":1}}"#),
      delta: {
        aws("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"\#($0)"},"p":"abc"}"#)
      }, pointer: "/delta/text"),
    NativeStream(
      name: "cohere",
      before: sse(#"{"type":"message-start","id":"i"}"#, named: "message-start")
        + sse(
          #"{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}"#,
          named: "content-start"),
      after: sse(#"{"type":"content-end","index":0}"#, named: "content-end")
        + sse(
          #"{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{}}}"#,
          named: "message-end"),
      delta: {
        sse(
          #"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"\#($0)"}}}}"#,
          named: "content-delta")
      }, pointer: "/delta/message/content/text"),
    NativeStream(
      name: "cohere 1", contentType: "application/stream+json",
      before: Array((#"{"is_finished":false,"event_type":"stream-start"}"# + "\n").utf8),
      after: Array(
        (#"{"is_finished":true,"event_type":"stream-end","finish_reason":"COMPLETE","response":{"text":""}}"#
          + "\n").utf8),
      delta: {
        Array(
          (#"{"is_finished":false,"event_type":"text-generation","text":"\#($0)"}"# + "\n").utf8)
      }, pointer: "/text"),
    NativeStream(
      name: "tgi", before: [],
      after: sse(
        #"{"index":9,"token":{"id":2,"text":"</s>","special":true},"generated_text":"","details":{}}"#
      ),
      delta: {
        sse(
          #"{"index":1,"token":{"id":1,"text":"\#($0)","logprob":-1.0,"special":false},"generated_text":null}"#
        )
      }, pointer: "/token/text"),
  ]

  static let arguments: [NativeStream] = [
    anthropic(
      "input_json_delta", "partial_json",
      block: #"{"type":"tool_use","id":"t","name":"f","input":{}}"#),
    NativeStream(
      name: "bedrock", contentType: "application/vnd.amazon.eventstream",
      path: "/model/m/converse-stream",
      before: aws(
        "contentBlockStart",
        #"{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"f"}}}"#),
      after: aws("contentBlockStop", #"{"contentBlockIndex":1}"#)
        + aws("messageStop", #"{"stopReason":"tool_use"}"#),
      delta: {
        aws(
          "contentBlockDelta", #"{"contentBlockIndex":1,"delta":{"toolUse":{"input":"\#($0)"}}}"#)
      }, pointer: "/delta/toolUse/input"),
    NativeStream(
      name: "cohere",
      before: sse(
        #"{"type":"tool-call-start","index":1,"delta":{"message":{"tool_calls":{"id":"t","type":"function","function":{"name":"f","arguments":""}}}}}"#,
        named: "tool-call-start"),
      after: sse(#"{"type":"tool-call-end","index":1}"#, named: "tool-call-end")
        + sse(
          #"{"type":"message-end","delta":{"finish_reason":"TOOL_CALL"}}"#, named: "message-end"),
      delta: {
        sse(
          #"{"type":"tool-call-delta","index":1,"delta":{"message":{"tool_calls":{"function":{"arguments":"\#($0)"}}}}}"#,
          named: "tool-call-delta")
      }, pointer: "/delta/message/tool_calls/function/arguments"),
  ]
}
