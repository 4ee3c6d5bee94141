// SPDX-License-Identifier: Apache-2.0

import LLM

/// Chunks of chats and completions: `0/content`, `0/tool_calls/1`, `0/function_call`, `0/text`.
enum OpenAITexts {
  static func texts(of root: JSONNode, in data: RawSpan) -> EventTexts {
    var texts = EventTexts()
    guard let choices = root.get("choices", in: data) else { return texts }
    var elements = JSONElements(of: choices)
    while let choice = try? elements.next(in: data) {
      let index = choice.number("index", in: data)
      texts.say(choice.get("text", in: data), in: "\(index)/text")
      if let delta = choice.get("delta", in: data) { read(delta, index, in: data, &texts) }
      texts.tell(choice.get("logprobs", in: data), "logprobs", in: data)
      if choice.get("finish_reason", in: data)?.kind == .string { texts.end("\(index)/") }
    }
    return texts
  }

  private static func read(
    _ delta: JSONNode, _ index: Int, in data: RawSpan, _ texts: inout EventTexts
  ) {
    var members = JSONMembers(of: delta)
    while let member = try? members.next(in: data) {
      guard let key = member.key.string(in: data) else { continue }
      switch key {
      case "function_call":
        texts.say(
          member.value.get("arguments", in: data), in: "\(index)/function_call", isJSON: true)
      case "tool_calls":
        var calls = JSONElements(of: member.value)
        while let call = try? calls.next(in: data) {
          texts.say(
            call.get("function", in: data)?.get("arguments", in: data),
            in: "\(index)/tool_calls/\(call.number("index", in: data))", isJSON: true)
        }
      case "content", "refusal", "reasoning_content", "reasoning":
        texts.say(member.value, in: "\(index)/\(key)")
      default: continue
      }
    }
  }

  static func event(saying text: String, _ path: [String], _ head: String) -> String {
    let said =
      switch path[1] {
      case "text": #""text":\#(text),"logprobs":null"#
      case "tool_calls":
        #""delta":{"tool_calls":[{"index":\#(path[2]),"function":{"arguments":\#(text)}}]}"#
      case "function_call": #""delta":{"function_call":{"arguments":\#(text)}}"#
      default: #""delta":{"\#(path[1])":\#(text)}"#
      }
    return #"{\#(head)"choices":[{"index":\#(path[0]),\#(said),"finish_reason":null}]}"#
  }
}
