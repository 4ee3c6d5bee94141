// SPDX-License-Identifier: Apache-2.0

/// How Cohere is told to choose words, the same in all of its operations.
enum CohereSampling {
  /// Writes the options by Cohere's names.
  ///
  /// - Returns: those that could not be written as they were.
  static func write(_ sampling: SamplingOptions, to writer: inout JSONWriter) -> [String] {
    var unsupported: [String] = []
    writer.member("temperature", sampling.temperature)
    if let share = sampling.topP {
      let near = nearest(to: share)
      if near != share { unsupported.append("top_p") }
      writer.member("p", near)
    }
    writer.member("k", sampling.topK)
    writer.member("max_tokens", sampling.maxTokens)
    writer.member("seed", sampling.seed)
    writer.member("presence_penalty", sampling.presencePenalty)
    writer.member("frequency_penalty", sampling.frequencyPenalty)
    if !sampling.stop.isEmpty {
      writer.key("stop_sequences")
      writer.array { for text in sampling.stop { $0.string(text) } }
    }
    return unsupported
  }

  /// Cohere takes shares from 0.01 to 0.99, and many clients send OpenAI's default, 1. Left out it would be 0.75.
  private static func nearest(to share: JSONText) -> JSONText {
    guard let value = Double(share.string) else { return share }
    if value > 0.99 { return JSONText(unchecked: Array("0.99".utf8)) }
    if value < 0.01 { return JSONText(unchecked: Array("0.01".utf8)) }
    return share
  }
}
