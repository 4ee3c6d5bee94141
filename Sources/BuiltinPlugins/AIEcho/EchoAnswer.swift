// SPDX-License-Identifier: Apache-2.0

import LLM

/// What the echo says to a request.
struct EchoAnswer {
  /// Bytes of an answer at most, as a JSON string: what is left of a stream is a checkpoint, and those
  /// are small.
  static let limit = 32 << 10

  let id: String
  let created: Int
  let model: String
  let text: String
  let finishReason: FinishReason
  let usage: Usage
  let isStreamed: Bool
  let reportsUsage: Bool

  init(to request: ChatRequest, model: String, id: UInt64, created: Int) {
    self.id = "chatcmpl-echo-\(String(id, radix: 16))"
    self.created = created
    self.model = model
    let said = request.messages.last { $0.role == .user }?.text ?? ""
    let tokens = EchoTokens.split(said)
    let most =
      request.sampling.maxTokens.flatMap { ExactDecimal($0.string)?.integer } ?? .max
    var count = 0
    var escaped: [UInt8] = []
    for token in tokens.prefix(max(0, most)) {
      JSONWriter.appendEscaped(String(token), to: &escaped)
      guard escaped.count <= Self.limit else { break }
      count += 1
    }
    text = tokens.prefix(count).joined()
    finishReason = count < tokens.count ? .length : .stop
    usage = Usage(
      promptTokens: request.messages.map { EchoTokens.split($0.text).count }.reduce(0, +),
      completionTokens: count)
    isStreamed = request.isStreamed
    reportsUsage = request.asksForUsage
  }

  /// The answer in one piece.
  var whole: ChatResponse {
    let message = ChatMessage(role: .assistant, content: [.text(text)])
    return ChatResponse(
      id: id, created: created, model: model,
      choices: [ChatResponse.Choice(message: message, finishReason: finishReason)], usage: usage)
  }
}

/// The echo's tokens: a word with the white space in front of it. Their count is exact by definition.
enum EchoTokens {
  /// The first tokens of a text, all unless a number is given. All of them joined are the text.
  static func split(_ text: String, first count: Int = .max) -> [Substring] {
    var tokens: [Substring] = []
    var start = text.startIndex
    var isInWord = false
    for index in text.indices {
      guard tokens.count < count else { break }
      let isSpace = text[index].isWhitespace
      if isSpace, isInWord {
        tokens.append(text[start..<index])
        start = index
      }
      isInWord = !isSpace
    }
    if start < text.endIndex, tokens.count < count { tokens.append(text[start...]) }
    return tokens
  }
}
