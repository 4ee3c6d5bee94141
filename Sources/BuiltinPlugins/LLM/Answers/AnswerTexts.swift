// SPDX-License-Identifier: Apache-2.0

/// All texts that a model has generated in an answer, by the number of the choice, for plugins that look at answers and
/// change nothing.
package struct AnswerTexts: Equatable, Sendable {
  /// What one choice says, as UTF-8.
  package struct Choice: Equatable, Sendable {
    /// Its number.
    package let index: Int
    /// What it says, refusals, reasoning that is shown and arguments of tool calls included.
    package var text: [UInt8] = []
  }

  /// In the order of their first words.
  package private(set) var choices: [Choice] = []

  /// Nothing so far.
  package init() {}

  /// Adds a whole answer in OpenAI's format, or one chunk of it. Of JSON that has no `choices` every string counts, unless
  /// it is an answer of vectors.
  ///
  /// - Throws: where it is no JSON.
  package mutating func add(openAI data: RawSpan) throws(JSONError) {
    let root = try JSONNode.validated(in: data)
    if let choices = try root.member("choices", in: data), choices.kind == .array {
      var elements = JSONElements(of: choices)
      while let element = try elements.next(in: data) {
        let choice = try OpenAIChoice(element, in: data)
        choice.forEachText { add($0, in: data, to: choice.index) }
      }
      return
    }
    if let vectors = try root.member("data", in: data), vectors.kind == .array { return }
    add(root, in: data, to: 0)
  }

  /// Adds a whole answer in its neutral form.
  package mutating func add(_ answer: ChatResponse) {
    for choice in answer.choices {
      for part in choice.message.content {
        switch part {
        case .text(let text), .refusal(let text): add(Array(text.utf8), to: choice.index)
        case .image, .audio, .file, .other: break
        }
      }
      for call in choice.message.toolCalls { add(Array(call.arguments.utf8), to: choice.index) }
    }
  }

  /// Adds a text.
  package mutating func add(_ text: [UInt8], to index: Int) {
    guard !text.isEmpty else { return }
    if let place = choices.firstIndex(where: { $0.index == index }) {
      choices[place].text += text
    } else {
      choices.append(Choice(index: index, text: text))
    }
  }

  /// A text, or every string below a value.
  private mutating func add(_ node: JSONNode, in data: RawSpan, to index: Int) {
    var strings: [[UInt8]] = []
    // It was validated.
    try? node.appendStrings(in: data, to: &strings)
    for string in strings { add(string, to: index) }
  }
}

extension AnswerTexts {
  /// Adds the event of a stream, given its data.
  ///
  /// - Throws: where it is no JSON, and not OpenAI's `[DONE]`.
  package mutating func add(openAIEvent data: RawSpan) throws(JSONError) {
    guard !data.hasPrefix("[DONE]", at: 0) else { return }
    try add(openAI: data)
  }

  /// Adds a whole event stream of OpenAI's chunks.
  package mutating func add(openAIStream body: RawSpan) throws(JSONError) {
    var framer = StreamFramer.serverSentEvents(EventStreamFramer())
    var offset = 0
    while offset < body.byteCount {
      // Of server-sent events nothing is a problem.
      guard let frame = try? framer.next(in: body, from: offset, isLast: true) else { return }
      try add(frame, in: body)
      offset = frame.end
    }
  }

  /// Adds what a frame of an event stream says.
  package mutating func add(_ frame: StreamFramer.Frame, in piece: RawSpan) throws(JSONError) {
    switch frame.data {
    case .none: break
    case .line(let range): try add(openAIEvent: piece.extracting(range))
    case .lines(let lines): try add(openAIEvent: lines.span.bytes)
    }
  }
}
