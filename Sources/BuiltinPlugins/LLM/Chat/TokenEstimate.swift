// SPDX-License-Identifier: Apache-2.0

/// Token counts for calls whose provider reports none, by Kong's formulas. They are guesses, and a
/// ``Usage`` made of them says so.
package enum TokenEstimate {
  /// Words of the prompt, times 1.8 when the answer is streamed, rounded to the nearest.
  package static func promptTokens(words: Int, isStreamed: Bool) -> Int {
    isStreamed ? (words * 18 + 5) / 10 : words
  }

  /// A quarter of the characters (Unicode scalars) of the answer, rounded up.
  package static func completionTokens(characters: Int) -> Int {
    (characters + 3) / 4
  }

  /// The words of a chat's texts, as ``words(in:request:)`` counts them in its bytes.
  package static func words(in chat: ChatRequest) -> Int {
    var words = 0
    for message in chat.messages {
      for part in message.content {
        guard case .text(let text) = part else { continue }
        let bytes = text.utf8Span.span.bytes
        var isInWord = false
        words += bytes.wordStarts(in: 0..<bytes.byteCount, isInWord: &isInWord)
      }
    }
    return words
  }

  /// The words of a request's prompt: runs of anything but ASCII whitespace in the texts of
  /// `messages`, `prompt` or `input`; for a prompt of tokens, the tokens.
  package static func words(in bytes: RawSpan, request root: JSONNode) throws(JSONError) -> Int {
    var words = 0
    var members = JSONMembers(of: root)
    while let key = try members.nextKey(in: bytes) {
      if key.isString("messages", in: bytes) {
        let start = bytes.skippingWhitespace(from: members.valueOffset)
        if bytes.byteOrZero(at: start) == UInt8(ascii: "[") {
          var messages = JSONElements(scanning: bytes, at: start)
          words += try wordsOfMessages(&messages, in: bytes)
          members.resume(at: messages.end)
          continue
        }
      }
      let value = try members.value(in: bytes)
      if key.isString("prompt", in: bytes) || key.isString("input", in: bytes) {
        words += try wordsOfPrompt(value, in: bytes)
      }
    }
    return words
  }

  private static func wordsOfMessages(
    _ messages: inout JSONElements, in bytes: RawSpan
  ) throws(JSONError) -> Int {
    var words = 0
    while let start = try messages.nextStart(in: bytes) {
      guard bytes.byte(at: start) == UInt8(ascii: "{") else {
        messages.resume(at: try JSONNode(scanning: bytes, at: start).end)
        continue
      }
      var members = JSONMembers(scanning: bytes, at: start)
      // Of several the last one counts.
      var content: JSONNode?
      while let member = try members.next(in: bytes) {
        if member.key.isString("content", in: bytes) { content = member.value }
      }
      messages.resume(at: members.end)
      if let content { words += try wordsOfContent(content, in: bytes) }
    }
    return words
  }

  private static func wordsOfContent(
    _ content: JSONNode, in bytes: RawSpan
  ) throws(JSONError) -> Int {
    if content.kind == .string { return self.words(of: content, in: bytes) }
    var words = 0
    var parts = JSONElements(of: content)
    while let part = try parts.next(in: bytes) {
      if let text = try part.member("text", in: bytes) { words += self.words(of: text, in: bytes) }
    }
    return words
  }

  private static func wordsOfPrompt(
    _ prompt: JSONNode, in bytes: RawSpan
  ) throws(JSONError) -> Int {
    if prompt.kind == .string { return words(of: prompt, in: bytes) }
    var words = 0
    var elements = JSONElements(of: prompt)
    while let element = try elements.next(in: bytes) {
      switch element.kind {
      case .number: words += 1
      case .string: words += self.words(of: element, in: bytes)
      case .array:
        var tokens = JSONElements(of: element)
        while let token = try tokens.next(in: bytes) {
          if token.kind == .number { words += 1 }
        }
      case .null, .false, .true, .object: break
      }
    }
    return words
  }

  private static func words(of text: JSONNode, in bytes: RawSpan) -> Int {
    var words = 0
    var isInWord = false
    text.forEachPart(in: bytes) { part in
      switch part {
      case .verbatim(let range):
        words &+= bytes.wordStarts(in: range, isInWord: &isInWord)
      case .escaped(let scalar):
        let isWord = !(scalar.isASCII && isWhitespace(UInt8(scalar.value)))
        if isWord, !isInWord { words &+= 1 }
        isInWord = isWord
      }
    }
    return words
  }

  private static func isWhitespace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
  }
}

extension Usage {
  /// An estimate for an answer without usage of its own.
  ///
  /// - Parameter characters: of the answer (Unicode scalars).
  package init(estimatedPromptTokens: Int, characters: Int) {
    self.init(
      promptTokens: estimatedPromptTokens,
      completionTokens: TokenEstimate.completionTokens(characters: characters))
    isEstimate = true
  }
}
