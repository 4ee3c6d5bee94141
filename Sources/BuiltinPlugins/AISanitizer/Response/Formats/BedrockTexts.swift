// SPDX-License-Identifier: Apache-2.0

import LLM

/// Events of ConverseStream: `0/text`, `0/toolUse/input`, `0/reasoningContent/text`.
enum BedrockTexts {
  static func texts(of root: JSONNode, named name: String, in data: RawSpan) -> EventTexts {
    var texts = EventTexts()
    let block = root.number("contentBlockIndex", in: data)
    switch name {
    case "contentBlockDelta":
      guard let delta = root.get("delta", in: data) else { break }
      var members = JSONMembers(of: delta)
      while let member = try? members.next(in: data) {
        guard let key = member.key.string(in: data) else { continue }
        switch key {
        case "text": texts.say(member.value, in: "\(block)/text")
        case "toolUse":
          texts.say(
            member.value.get("input", in: data), in: "\(block)/toolUse/input", isJSON: true)
        case "reasoningContent":
          texts.say(member.value.get("text", in: data), in: "\(block)/reasoningContent/text")
        default: texts.tell(member.value, key, in: data)
        }
      }
    case "contentBlockStop": texts.end("\(block)/")
    case "messageStart", "contentBlockStart": break
    case "chunk": texts.problem = "the answer is a stream of a model's own API"
    default:
      // `p` has a random length, against those who only see how long events are.
      var members = JSONMembers(of: root)
      while let member = try? members.next(in: data) {
        guard let key = member.key.string(in: data), key != "p", !TextPlaces.isSilent(key) else {
          continue
        }
        texts.tell(member.value, key, in: data)
      }
      // The end, what it has cost, and exceptions.
      if name == "messageStop" || name == "metadata" || name.hasSuffix("Exception") { texts.end() }
    }
    return texts
  }

  static func event(saying text: String, _ path: [String]) -> String {
    let delta =
      path.count == 3
      ? #"{"\#(path[1])":{"\#(path[2])":\#(text)}}"# : #"{"\#(path[1])":\#(text)}"#
    return #"{"contentBlockIndex":\#(path[0]),"delta":\#(delta)}"#
  }
}
