// SPDX-License-Identifier: Apache-2.0

import LLM

/// Events of Cohere's chats: `content/0/text`, `content/0/thinking`, `tool/0/arguments`, `plan`.
enum CohereTexts {
  static let types: Set<String> = [
    "message-start", "content-start", "content-delta", "content-end", "tool-plan-delta",
    "tool-call-start", "tool-call-delta", "tool-call-end", "citation-start", "citation-end",
    "message-end", "debug",
  ]

  static func texts(of root: JSONNode, in data: RawSpan) -> EventTexts {
    var texts = EventTexts()
    let index = root.number("index", in: data)
    let message = root.get("delta", in: data)?.get("message", in: data)
    switch root.get("type", in: data)?.string(in: data) ?? "" {
    case "content-start", "content-delta":
      texts.delta(message?.get("content", in: data), in: data) { ("content/\(index)/\($0)", false) }
    case "content-end": texts.end("content/\(index)/")
    case "tool-plan-delta": texts.say(message?.get("tool_plan", in: data), in: "plan")
    case "tool-call-start", "tool-call-delta":
      let function = message?.get("tool_calls", in: data)?.get("function", in: data)
      texts.end("plan")
      texts.say(function?.get("arguments", in: data), in: "tool/\(index)/arguments", isJSON: true)
    case "tool-call-end": texts.end("tool/\(index)/")
    case "message-end":
      texts.tell(root.get("delta", in: data), "delta", in: data)
      texts.end()
    default: texts.tell(root.get("delta", in: data), "delta", in: data)
    }
    return texts
  }

  static func event(saying text: String, _ path: [String]) -> (name: String, data: String) {
    switch path[0] {
    case "tool":
      (
        "tool-call-delta",
        #"{"type":"tool-call-delta","index":\#(path[1]),"delta":{"message":{"tool_calls":{"function":{"arguments":\#(text)}}}}}"#
      )
    case "plan":
      (
        "tool-plan-delta",
        #"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":\#(text)}}}"#
      )
    default:
      (
        "content-delta",
        #"{"type":"content-delta","index":\#(path[1]),"delta":{"message":{"content":{"\#(path[2])":\#(text)}}}}"#
      )
    }
  }
}

/// Events of version 1: `text/0`, `tool/0`. The last one says the whole answer once more.
enum CohereV1Texts {
  static func texts(of root: JSONNode, in data: RawSpan) -> EventTexts {
    var texts = EventTexts()
    let index = root.number("index", in: data)
    switch root.get("event_type", in: data)?.string(in: data) ?? "" {
    case "stream-start": break
    case "text-generation": texts.say(root.get("text", in: data), in: "text/\(index)")
    case "tool-calls-chunk":
      let call = root.get("tool_call_delta", in: data)
      texts.say(root.get("text", in: data), in: "text/\(index)")
      texts.say(
        call?.get("parameters", in: data), in: "tool/\(call?.number("index", in: data) ?? 0)",
        isJSON: true)
    case "stream-end", "stream-error":
      texts.tell(root, "message", in: data)
      texts.end()
    default:
      // Whole calls, citations, documents.
      texts.tell(root, "message", in: data)
    }
    return texts
  }

  static func event(saying text: String, _ path: [String]) -> (name: String, data: String) {
    if path[0] == "tool" {
      return (
        "tool-calls-chunk",
        #"{"is_finished":false,"event_type":"tool-calls-chunk","tool_call_delta":{"index":\#(path[1]),"parameters":\#(text)}}"#
      )
    }
    let index = path[1] == "0" ? "" : #""index":\#(path[1]),"#
    return (
      "text-generation",
      #"{"is_finished":false,"event_type":"text-generation",\#(index)"text":\#(text)}"#
    )
  }
}
