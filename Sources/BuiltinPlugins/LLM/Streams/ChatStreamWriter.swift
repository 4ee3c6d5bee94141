// SPDX-License-Identifier: Apache-2.0

/// Writes a streamed answer as OpenAI's chunks while a provider tells it, and keeps what it adds up to.
///
/// Whatever the provider's order of things is, the client gets OpenAI's: the role first, tool calls numbered, a finish
/// reason for each choice, usage behind them if it was asked for, `[DONE]`. What is written waits in ``takeOutput()``
/// and is no part of the state.
package struct ChatStreamWriter: Equatable, Sendable {
  /// How far the answer is.
  enum Phase: Int, Equatable {
    case running
    /// `[DONE]` was written.
    case done
    /// An error event was written: nothing may follow it.
    case failed
  }

  /// One of the answers that were asked for.
  struct Choice: Equatable {
    var index: Int
    /// Tool calls that began.
    var calls = 0
    /// A call began, and none of its arguments have come yet.
    var lacksArguments = false
    var finishReason: FinishReason?
  }

  /// The call that is answered.
  package private(set) var call: ProviderCall
  /// Whether the client asked for usage.
  package let includesUsage: Bool
  /// What the prompt is estimated to cost, for providers that do not report it.
  package let estimatedPromptTokens: Int
  /// What the provider reports. Of several reports the last holds.
  package var usage: Usage?
  /// The model that the provider says answers.
  package private(set) var answeringModel: String?
  /// Whether anything generated was seen.
  package private(set) var hasOutput = false
  /// Characters (Unicode scalars) that were generated, for an estimate.
  package private(set) var characters = 0
  /// Why the answer failed.
  package private(set) var error: ChatError?
  private(set) var phase = Phase.running
  private(set) var choices: [Choice] = []
  private var chunks: ChunkBytes

  /// An answer that has not begun.
  package init(_ call: ProviderCall, includesUsage: Bool, estimatedPromptTokens: Int = 0) {
    self.call = call
    self.includesUsage = includesUsage
    self.estimatedPromptTokens = estimatedPromptTokens
    chunks = ChunkBytes(call, includesUsage: includesUsage)
  }

  /// Whether nothing can follow: the answer is done, or has failed.
  package var isOver: Bool { phase != .running }

  /// Whether it ended as it should.
  package var endedProperly: Bool { phase == .done }

  /// The finish reason of the first choice that has one.
  package var finishReason: FinishReason? { choices.lazy.compactMap(\.finishReason).first }

  /// The reported usage, or an estimate that says it is one; nil while there is nothing to count.
  package var finalUsage: Usage? {
    if let usage { return usage }
    guard hasOutput else { return nil }
    return Usage(estimatedPromptTokens: estimatedPromptTokens, characters: characters)
  }

  /// What was written since it was last taken.
  package mutating func takeOutput() -> [UInt8] { chunks.take() }

  // MARK: - What a provider tells

  /// What the provider calls the answer, itself and the time. Counts for the chunks that follow, so it is to be told
  /// before anything else; what is nil or empty stays the call's own.
  package mutating func identify(id: String? = nil, model: String? = nil, created: Int? = nil) {
    guard choices.isEmpty else { return }
    if let id, !id.isEmpty, id.utf8.count <= Self.longestName { call.id = id }
    if let model, !model.isEmpty, model.utf8.count <= Self.longestName {
      call.model = model
      answeringModel = model
    }
    if let created { call.created = created }
    chunks = ChunkBytes(call, includesUsage: includesUsage, after: chunks)
  }

  /// A choice begins. Told by what it says, if not before.
  package mutating func begin(choice index: Int = 0) { _ = place(of: index) }

  /// More text: a string of JSON that was validated. It is copied as it is spelled.
  package mutating func text(_ node: JSONNode, in data: RawSpan, choice index: Int = 0) {
    say(.content, node, in: data, index)
  }

  /// More text.
  package mutating func text(_ text: String, choice index: Int = 0) {
    say(.content, text, index)
  }

  /// More of a refusal.
  package mutating func refusal(_ node: JSONNode, in data: RawSpan, choice index: Int = 0) {
    say(.refusal, node, in: data, index)
  }

  /// More of a refusal.
  package mutating func refusal(_ text: String, choice index: Int = 0) {
    say(.refusal, text, index)
  }

  /// More of what the model thinks before it answers, by the name that providers in OpenAI's format have for it:
  /// `reasoning_content`.
  package mutating func reasoning(_ node: JSONNode, in data: RawSpan, choice index: Int = 0) {
    say(.reasoning, node, in: data, index)
  }

  /// A tool call begins.
  ///
  /// - Parameter id: Nil or empty: one is made.
  /// - Returns: its number, with which its arguments are told.
  @discardableResult
  package mutating func beginToolCall(id: String?, name: String, choice index: Int = 0) -> Int {
    hasOutput = true
    let place = place(of: index)
    closeCall(at: place)
    let number = choices[place].calls
    choices[place].calls += 1
    choices[place].lacksArguments = true
    let own = ProviderCall.toolCallID(answer: call.id, choice: index, number: number)
    let id = id.flatMap { $0.isEmpty ? nil : $0 } ?? own
    chunks.chunk(index, .toolCalls) {
      $0.beginToolCall(number, id: id, name: name)
    }
    return number
  }

  /// More of a call's arguments: a string of JSON that was validated, with a piece of the arguments' text.
  package mutating func toolArguments(
    _ number: Int, _ node: JSONNode, in data: RawSpan, choice index: Int = 0
  ) {
    guard node.hasContent else { return }
    let place = place(of: index)
    note(node, in: data)
    choices[place].lacksArguments = false
    chunks.chunk(index, .toolCalls) { $0.toolArguments(number, node, in: data) }
  }

  /// A call's arguments, or more of them, as text.
  package mutating func toolArguments(_ number: Int, _ text: String, choice index: Int = 0) {
    guard !text.isEmpty else { return }
    let place = place(of: index)
    note(text)
    choices[place].lacksArguments = false
    chunks.chunk(index, .toolCalls) { $0.toolArguments(number, text) }
  }

  /// A choice is complete. The first reason holds. One that called tools ends with `tool_calls`, whatever the provider
  /// calls it.
  package mutating func finish(_ reason: FinishReason, choice index: Int = 0) {
    let place = place(of: index)
    guard choices[place].finishReason == nil else { return }
    closeCall(at: place)
    let called = reason == .stop && choices[place].calls > 0
    choices[place].finishReason = called ? .toolCalls : reason
    chunks.finish(index, called ? .toolCalls : reason)
  }

  /// The answer failed: an error event, behind which nothing comes.
  package mutating func fail(_ error: ChatError) {
    guard phase == .running else { return }
    self.error = error
    phase = .failed
    chunks.event(error.openAI)
  }

  /// The provider says that the answer is complete.
  package mutating func end() {
    guard phase == .running else { return }
    if choices.isEmpty { begin() }
    for choice in choices where choice.finishReason == nil { finish(.stop, choice: choice.index) }
    if includesUsage {
      let estimate = Usage(
        estimatedPromptTokens: estimatedPromptTokens, characters: characters)
      chunks.usage(usage ?? estimate)
    }
    phase = .done
    chunks.done()
  }

  /// A whole answer, told as a stream.
  package mutating func tell(_ answer: ChatResponse) {
    identify(id: answer.id, model: answer.model, created: answer.created)
    usage = answer.usage ?? usage
    for choice in answer.choices {
      begin(choice: choice.index)
      for part in choice.message.content {
        switch part {
        case .text(let text): self.text(text, choice: choice.index)
        case .refusal(let text): refusal(text, choice: choice.index)
        case .image, .audio, .file, .other: break
        }
      }
      for field in choice.message.unknown where field.key == "reasoning_content" {
        tell(reasoning: field.value, choice: choice.index)
      }
      for call in choice.message.toolCalls {
        let number = beginToolCall(id: call.id, name: call.name, choice: choice.index)
        toolArguments(number, call.arguments, choice: choice.index)
      }
      finish(choice.finishReason ?? .stop, choice: choice.index)
    }
    end()
  }

  private mutating func tell(reasoning text: JSONText, choice index: Int) {
    let data = text.bytes.span.bytes
    guard let node = try? JSONNode(scanning: data) else { return }
    reasoning(node, in: data, choice: index)
  }

  /// Nothing more comes from the provider. Where each choice has said why it ended that is an end, as some say no more;
  /// else the stream was cut.
  package mutating func inputEnded() {
    guard phase == .running else { return }
    if !choices.isEmpty, choices.allSatisfy({ $0.finishReason != nil }) { return end() }
    fail(
      ChatError(
        message: "the provider's stream ended before its answer did", type: "upstream_error",
        code: "upstream_stream_cut"))
  }

  // MARK: -

  /// Longer names of models and answers are not kept: a checkpoint stays small whatever is sent.
  private static let longestName = 256

  private mutating func say(
    _ member: ChunkBytes.Member, _ node: JSONNode, in data: RawSpan, _ index: Int
  ) {
    guard node.hasContent else { return }
    begin(choice: index)
    note(node, in: data)
    chunks.chunk(index, member) { $0.copy(node, in: data) }
  }

  private mutating func say(_ member: ChunkBytes.Member, _ text: String, _ index: Int) {
    guard !text.isEmpty else { return }
    begin(choice: index)
    note(text)
    chunks.chunk(index, member) { $0.string(text) }
  }

  private mutating func note(_ node: JSONNode, in data: RawSpan) {
    hasOutput = true
    characters &+= node.scalarCount(in: data)
  }

  private mutating func note(_ text: String) {
    hasOutput = true
    characters &+= text.unicodeScalars.count
  }

  /// Where the choice is; it begins with its role.
  private mutating func place(of index: Int) -> Int {
    if let place = choices.firstIndex(where: { $0.index == index }) { return place }
    choices.append(Choice(index: index))
    chunks.role(index)
    return choices.count - 1
  }

  /// A call without arguments is an empty object to every client's parser.
  private mutating func closeCall(at place: Int) {
    guard choices[place].lacksArguments else { return }
    choices[place].lacksArguments = false
    let number = choices[place].calls - 1
    chunks.chunk(choices[place].index, .toolCalls) { $0.toolArguments(number, "{}") }
  }
}

extension JSONNode {
  /// Whether it is a string that is not empty.
  fileprivate var hasContent: Bool { kind == .string && end - start > 2 }
}

extension ProviderCall {
  /// The id of a tool call to which the provider gave none: the same whoever makes it, and another in each answer.
  package static func toolCallID(answer id: String, choice: Int, number: Int) -> String {
    let own = "chatcmpl-"
    let unique = id.hasPrefix(own) ? id.dropFirst(own.count) : id[...]
    return "call_\(unique)_\(choice)_\(number)"
  }
}

extension ChatStreamWriter: CompactState {
  package func write(to writer: inout StateWriter) {
    writer.state(call)
    writer.flag(includesUsage)
    writer.number(estimatedPromptTokens)
    writer.state(usage)
    writer.text(answeringModel)
    writer.flag(hasOutput)
    writer.number(characters)
    writer.number(phase.rawValue)
    writer.number(choices.count)
    for choice in choices {
      writer.number(choice.index)
      writer.number(choice.calls)
      writer.flag(choice.lacksArguments)
      writer.text(choice.finishReason?.name)
    }
    writer.flag(error != nil)
    if let error {
      writer.text(error.message)
      writer.text(error.type)
      writer.text(error.code)
      writer.text(error.parameter)
    }
  }

  package init(from reader: inout StateReader) throws(StateError) {
    self.init(
      try reader.state(), includesUsage: try reader.flag(),
      estimatedPromptTokens: try reader.number())
    usage = try reader.optionalState()
    answeringModel = try reader.optionalText()
    hasOutput = try reader.flag()
    characters = try reader.number()
    guard let phase = Phase(rawValue: try reader.number()) else { throw StateError(at: 0) }
    self.phase = phase
    for _ in 0..<max(0, try reader.number()) {
      var choice = Choice(index: try reader.number())
      choice.calls = try reader.number()
      choice.lacksArguments = try reader.flag()
      choice.finishReason = try reader.optionalText().map { FinishReason(name: $0) }
      choices.append(choice)
    }
    guard try reader.flag() else { return }
    error = ChatError(
      message: try reader.text(), type: try reader.optionalText(), code: try reader.optionalText(),
      parameter: try reader.optionalText())
  }
}
