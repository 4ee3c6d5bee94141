// SPDX-License-Identifier: Apache-2.0

/// The messages of a chat in Gemini's order of things: instructions apart, then turns of the user and the model.
///
/// Gemini wants a call of functions right behind a turn of the user, and behind it one turn with as many results, in
/// the order of the calls. So messages of one side that follow each other become one turn.
struct GeminiConversation {
  /// What one side says.
  struct Turn {
    /// Who speaks.
    enum Side {
      case user
      case model
      /// The user again, with results of functions and nothing else.
      case results
    }

    var side: Side
    var parts: [GeminiPart]
  }

  private(set) var instructions: [String] = []
  private(set) var turns: [Turn] = []
  private let signsThoughts: Bool
  private let isVertex: Bool

  init(
    _ chat: ChatRequest, model: String, isVertex: Bool, _ notes: inout Unsupported
  ) throws(RequestProblem) {
    self.isVertex = isVertex
    signsThoughts = GeminiModel(model).signsThoughts
    for (index, message) in chat.messages.enumerated() {
      let place = MessagePlace(message: index)
      note(message, place, &notes)
      switch message.role {
      case .system, .developer: instruct(message, place, &notes)
      case .user, .other:
        add(try parts(message, place, &notes), .user)
      case .assistant: try answer(message, place, &notes)
      case .tool: add([try result(message, chat.messages[..<index], place, &notes)], .results)
      }
    }
    for place in turns.indices where turns[place].side == .results { sortResults(at: place) }
    // Gemini answers nothing but turns: instructions alone are what the user says then.
    if turns.isEmpty {
      turns = [Turn(side: .user, parts: instructions.map { .text($0) })]
      instructions = []
    }
    if signsThoughts { excuseUnsignedCalls() }
  }

  private func note(_ message: ChatMessage, _ place: MessagePlace, _ notes: inout Unsupported) {
    if case .other = message.role { notes.note(place.member("role")) }
    if message.name != nil, message.role != .tool { notes.note(place.member("name")) }
    for field in message.unknown where !Self.echoed.contains(field.key) {
      notes.note(place.member(field.key))
    }
  }

  /// What a client sends back of an answer and no model reads again.
  private static let echoed: Set<String> = ["annotations", "reasoning_content", "reasoning"]

  private mutating func instruct(
    _ message: ChatMessage, _ place: MessagePlace, _ notes: inout Unsupported
  ) {
    for (number, part) in message.content.enumerated() {
      if case .text(let text) = part {
        if !text.isEmpty { instructions.append(text) }
      } else {
        notes.note(place.part(number).text)
      }
    }
  }

  private mutating func answer(
    _ message: ChatMessage, _ place: MessagePlace, _ notes: inout Unsupported
  ) throws(RequestProblem) {
    var parts = try parts(message, place, &notes)
    for (number, call) in message.toolCalls.enumerated() {
      guard call.other == nil else {
        notes.note(place.member("tool_calls[\(number)]"))
        continue
      }
      parts.append(.call(GeminiCall(call)))
    }
    // An answer that says nothing is no turn.
    if !parts.isEmpty { add(parts, .model) }
  }

  private func parts(
    _ message: ChatMessage, _ place: MessagePlace, _ notes: inout Unsupported
  ) throws(RequestProblem) -> [GeminiPart] {
    var parts: [GeminiPart] = []
    for (number, part) in message.content.enumerated() {
      let place = place.part(number)
      if let part = try GeminiPart(part, place, isVertex: isVertex, &notes) { parts.append(part) }
    }
    // Gemini refuses a turn without parts, and leaves it to the model what an empty text means.
    return parts.isEmpty && message.role != .assistant ? [.text("")] : parts
  }

  private mutating func add(_ parts: [GeminiPart], _ side: Turn.Side) {
    if turns.last?.side == side {
      turns[turns.count - 1].parts += parts
    } else {
      turns.append(Turn(side: side, parts: parts))
    }
  }

  // MARK: - Results

  /// The result of a tool. OpenAI names the call, Gemini the function too.
  private func result(
    _ message: ChatMessage, _ before: ArraySlice<ChatMessage>, _ place: MessagePlace,
    _ notes: inout Unsupported
  ) throws(RequestProblem) -> GeminiPart {
    for (number, part) in message.content.enumerated() {
      if case .text = part { continue }
      notes.note(place.part(number).text)
    }
    let id = message.toolCallID ?? ""
    var name: String?
    for earlier in before.reversed() where earlier.role == .assistant {
      name = earlier.toolCalls.first { $0.id == id }?.name
      if name != nil { break }
    }
    guard let name = name ?? message.name else {
      let place = place.member("tool_call_id")
      throw RequestProblem(
        message: "\(place): no message before it calls a tool with the id '\(id)'",
        parameter: place)
    }
    return .result(
      GeminiResult(id: id, name: name, response: GeminiResult.response(to: message.text)))
  }

  /// The results in the order of the calls in the turn before them.
  private mutating func sortResults(at place: Int) {
    guard place > 0 else { return }
    var order: [String: Int] = [:]
    for case .call(let call) in turns[place - 1].parts where order[call.id] == nil {
      order[call.id] = order.count
    }
    func rank(_ part: GeminiPart) -> Int {
      guard case .result(let result) = part else { return Int.max }
      return order[result.id] ?? Int.max
    }
    // Sorting is not stable: results of the same rank keep their places by number.
    let ranked = turns[place].parts.enumerated().sorted {
      (rank($0.element), $0.offset) < (rank($1.element), $1.offset)
    }
    turns[place].parts = ranked.map(\.element)
  }

  // MARK: - Thoughts

  /// Models that sign their thoughts refuse calls that they did not sign. Another model may have made them, before the
  /// conversation came here: Google has a word for that, for the first call of a turn.
  private mutating func excuseUnsignedCalls() {
    for place in turns.indices where turns[place].side == .model {
      let first = turns[place].parts.firstIndex { if case .call = $0 { true } else { false } }
      guard let first, case .call(var call) = turns[place].parts[first] else { continue }
      guard call.signature == nil else { continue }
      call.signature = GeminiCall.unsigned
      turns[place].parts[first] = .call(call)
    }
  }
}
