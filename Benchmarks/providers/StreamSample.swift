// SPDX-License-Identifier: Apache-2.0

/// A stream of a provider: a beginning, many pieces of text, an end.
struct StreamSample {
  private(set) var mediaType = "text/event-stream"
  private(set) var bytes: [UInt8] = []
  private(set) var events = 0
  /// Where events end.
  private var ends: [Int] = []
  private static let tokens = 200

  /// Two events a piece.
  var pieces: [[UInt8]] {
    var pieces: [[UInt8]] = []
    var start = 0
    for (number, end) in ends.enumerated() where number % 2 == 1 || number == ends.count - 1 {
      pieces.append(Array(bytes[start..<end]))
      start = end
    }
    return pieces
  }

  /// The stream of a provider.
  init(of provider: String) {
    switch provider {
    case "anthropic": anthropic()
    case "bedrock": bedrock()
    case "cohere": cohere()
    case "gemini": gemini()
    case "llama2": ollama()
    default: openAI()
    }
  }

  private mutating func add(_ event: [UInt8]) {
    bytes += event
    events += 1
    ends.append(bytes.count)
  }

  private mutating func add(_ name: String, _ data: String) {
    add(Array("event: \(name)\ndata: \(data)\n\n".utf8))
  }

  private mutating func add(_ data: String) { add(Array("data: \(data)\n\n".utf8)) }

  private mutating func anthropic() {
    add(
      "message_start",
      #"{"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":10,"output_tokens":1}}}"#
    )
    add(
      "content_block_start",
      #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#)
    for number in 0..<Self.tokens {
      add(
        "content_block_delta",
        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" token\#(number)"}}"#
      )
    }
    add("content_block_stop", #"{"type":"content_block_stop","index":0}"#)
    add(
      "message_delta",
      #"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":200}}"#
    )
    add("message_stop", #"{"type":"message_stop"}"#)
  }

  private mutating func bedrock() {
    mediaType = "application/vnd.amazon.eventstream"
    add(AWSMessage.bytes(of: "messageStart", #"{"role":"assistant"}"#))
    for number in 0..<Self.tokens {
      add(
        AWSMessage.bytes(
          of: "contentBlockDelta",
          #"{"contentBlockIndex":0,"delta":{"text":" token\#(number)"},"p":"abcdefghijklm"}"#))
    }
    add(AWSMessage.bytes(of: "contentBlockStop", #"{"contentBlockIndex":0}"#))
    add(AWSMessage.bytes(of: "messageStop", #"{"stopReason":"end_turn"}"#))
    add(
      AWSMessage.bytes(
        of: "metadata",
        #"{"usage":{"inputTokens":10,"outputTokens":200,"totalTokens":210},"metrics":{"latencyMs":1}}"#
      ))
  }

  private mutating func cohere() {
    add(
      "message-start",
      #"{"id":"c","type":"message-start","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}"#
    )
    add(
      "content-start",
      #"{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}"#
    )
    for number in 0..<Self.tokens {
      add(
        "content-delta",
        #"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":" token\#(number)"}}}}"#
      )
    }
    add("content-end", #"{"type":"content-end","index":0}"#)
    add(
      "message-end",
      #"{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":10,"output_tokens":200},"tokens":{"input_tokens":80,"output_tokens":202}}}}"#
    )
  }

  private mutating func gemini() {
    for number in 0...Self.tokens {
      let end = number == Self.tokens ? #","finishReason":"STOP""# : ""
      add(
        #"{"candidates":[{"content":{"parts":[{"text":" token\#(number)"}],"role":"model"}\#(end),"index":0}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":\#(number + 1),"totalTokenCount":\#(number + 11)},"modelVersion":"m","responseId":"r"}"#
      )
    }
  }

  private mutating func ollama() {
    mediaType = "application/x-ndjson"
    let head =
      #"{"model":"m","created_at":"2026-01-01T00:00:00.000000Z","message":{"role":"assistant","content":"#
    for number in 0..<Self.tokens {
      add(Array("\(head)\" token\(number)\"},\"done\":false}\n".utf8))
    }
    let end = #"},"done":true,"done_reason":"stop","prompt_eval_count":10,"eval_count":200}"#
    add(Array("\(head)\"\"\(end)\n".utf8))
  }

  private mutating func openAI() {
    let head =
      #"{"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":"#
    for number in 0..<Self.tokens {
      add(#"\#(head){"content":" token\#(number)"},"finish_reason":null}]}"#)
    }
    add(
      #"\#(head){"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":200,"total_tokens":210}}"#
    )
    add("[DONE]")
  }
}
