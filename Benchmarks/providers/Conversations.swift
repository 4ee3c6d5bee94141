// SPDX-License-Identifier: Apache-2.0

/// Chats as clients send them.
enum Conversations {
  /// About 1 KB: instructions, a question, its answer, another question.
  static let small = conversation(turns: 1, words: 50)
  /// About 128 KB: many turns, with code and other alphabets in them.
  static let large = conversation(turns: 24, words: 900)

  private static func conversation(turns: Int, words: Int) -> [UInt8] {
    var messages = [#"{"role":"system","content":"You are a careful assistant. Answer briefly."}"#]
    for turn in 0..<turns {
      messages.append(#"{"role":"user","content":"\#(text(words, from: turn))"}"#)
      messages.append(#"{"role":"assistant","content":"\#(text(words, from: turn + 7))"}"#)
    }
    messages.append(
      #"{"role":"user","content":[{"type":"text","text":"And what follows from it?"}]}"#)
    let options = #""temperature":0.7,"max_tokens":256,"stream":false"#
    return Array(
      #"{"model":"model-1","messages":[\#(messages.joined(separator: ","))],\#(options)}"#.utf8)
  }

  private static let vocabulary = [
    "the", "gateway", "answers", "every", "question\\n", "in", "\\\"few\\\"", "words", "naïve",
    "café",
    "func", "main()", "returns", "nothing", "because", "日本語", "is", "written", "here", "too.",
  ]

  private static func text(_ words: Int, from start: Int) -> String {
    (0..<words / 2).map { vocabulary[($0 * 7 + start) % vocabulary.count] }.joined(separator: " ")
  }
}
