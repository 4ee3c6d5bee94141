// SPDX-License-Identifier: Apache-2.0

import LLM

/// Tokens of Text Generation Inference: `text`. The last event says the whole text once more.
enum TextGenerationTexts {
  static func texts(of root: JSONNode, in data: RawSpan) -> EventTexts {
    var texts = EventTexts()
    if let token = root.get("token", in: data), token.get("special", in: data)?.kind != .true {
      texts.say(token.get("text", in: data), in: "text")
    }
    let whole = root.get("generated_text", in: data)
    texts.tell(whole, "text", in: data)
    texts.tell(root.get("top_tokens", in: data), "top_tokens", in: data)
    let details = root.get("details", in: data)
    if whole?.kind == .string || details?.kind == .object { texts.end() }
    return texts
  }

  static func event(saying text: String) -> String {
    #"{"index":0,"token":{"id":0,"text":\#(text),"logprob":0,"special":false},"generated_text":null,"details":null}"#
  }
}
