// SPDX-License-Identifier: Apache-2.0

import LLM

/// Events of messages, `0/text_delta/text`, and of the Text Completions API, `completion`.
enum AnthropicTexts {
  static let types: Set<String> = [
    "message_start", "content_block_start", "content_block_delta", "content_block_stop",
    "message_delta", "message_stop", "ping", "completion",
  ]

  static func texts(of root: JSONNode, in data: RawSpan) -> EventTexts {
    var texts = EventTexts()
    let block = root.number("index", in: data)
    switch root.get("type", in: data)?.string(in: data) ?? "" {
    case "content_block_delta":
      guard let delta = root.get("delta", in: data) else { break }
      let type = delta.get("type", in: data)?.string(in: data) ?? "text_delta"
      guard !type.isEmpty, type.utf8.allSatisfy({ $0 &- 0x61 < 26 || $0 == 0x5F }) else {
        texts.problem = "a delta of the answer is of an unknown type"
        break
      }
      texts.delta(delta, in: data) { ("\(block)/\(type)/\($0)", $0 == "partial_json") }
    case "content_block_start":
      // Some servers begin a text here.
      let content = root.get("content_block", in: data)
      switch content?.get("type", in: data)?.string(in: data) {
      case "text":
        texts.say(content?.get("text", in: data), in: "\(block)/text_delta/text")
        texts.tell(content?.get("citations", in: data), "citations", in: data)
      case "thinking":
        texts.say(content?.get("thinking", in: data), in: "\(block)/thinking_delta/thinking")
      default: texts.tell(content, "content", in: data)
      }
    case "content_block_stop": texts.end("\(block)/")
    case "message_start":
      texts.tell(root.get("message", in: data)?.get("content", in: data), "content", in: data)
    case "message_delta":
      texts.tell(root.get("delta", in: data), "delta", in: data)
      texts.end()
    case "message_stop": texts.end()
    case "completion":
      texts.say(root.get("completion", in: data), in: "completion")
      if root.get("stop_reason", in: data)?.kind == .string { texts.end() }
    default: break
    }
    return texts
  }

  static func event(
    saying text: String, _ path: [String], _ head: String
  ) -> (name: String, data: String) {
    guard path.count == 3 else {
      return (
        "completion", #"{"type":"completion",\#(head)"completion":\#(text),"stop_reason":null}"#
      )
    }
    return (
      "content_block_delta",
      #"{"type":"content_block_delta","index":\#(path[0]),"delta":{"type":"\#(path[1])","\#(path[2])":\#(text)}}"#
    )
  }
}
