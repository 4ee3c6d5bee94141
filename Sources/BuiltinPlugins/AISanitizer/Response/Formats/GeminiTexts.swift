// SPDX-License-Identifier: Apache-2.0

import LLM

/// Pieces of an answer, by their candidates: `0/text`, `0/thought`. Calls of functions come whole.
enum GeminiTexts {
  static func texts(of root: JSONNode, in data: RawSpan) -> EventTexts {
    var texts = EventTexts()
    texts.tell(root.get("promptFeedback", in: data), "promptFeedback", in: data)
    guard let candidates = root.get("candidates", in: data) else { return texts }
    var elements = JSONElements(of: candidates)
    while let candidate = try? elements.next(in: data) {
      read(candidate, in: data, &texts)
    }
    return texts
  }

  private static func read(_ candidate: JSONNode, in data: RawSpan, _ texts: inout EventTexts) {
    let index = candidate.number("index", in: data)
    var members = JSONMembers(of: candidate)
    while let member = try? members.next(in: data) {
      guard let key = member.key.string(in: data) else { continue }
      if key == "content" {
        guard let parts = member.value.get("parts", in: data) else { continue }
        var elements = JSONElements(of: parts)
        while let part = try? elements.next(in: data) { read(part, index, in: data, &texts) }
      } else if key == "finishReason" {
        if member.value.kind == .string { texts.end("\(index)/") }
      } else if !TextPlaces.isSilent(key) {
        texts.tell(member.value, key, in: data)
      }
    }
  }

  private static func read(
    _ part: JSONNode, _ index: Int, in data: RawSpan, _ texts: inout EventTexts
  ) {
    let isThought = part.get("thought", in: data)?.kind == .true
    var members = JSONMembers(of: part)
    while let member = try? members.next(in: data) {
      guard let key = member.key.string(in: data), !TextPlaces.isSilent(key) else { continue }
      if key == "text" {
        texts.say(member.value, in: "\(index)/\(isThought ? "thought" : "text")")
      } else {
        texts.tell(member.value, key, in: data)
        if key == "functionCall", member.value.get("partialArgs", in: data) != nil {
          texts.problem = "the arguments of a call come in pieces that cannot be read"
        }
      }
    }
  }

  static func event(saying text: String, _ path: [String], _ head: String) -> String {
    let thought = path[1] == "thought" ? #","thought":true"# : ""
    return
      #"{\#(head)"candidates":[{"content":{"parts":[{"text":\#(text)\#(thought)}],"role":"model"},"index":\#(path[0])}]}"#
  }
}
