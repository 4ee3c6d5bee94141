// SPDX-License-Identifier: Apache-2.0

/// Reads chunks in OpenAI's format, for providers that speak it not quite right: what they leave out is filled in.
package struct OpenAIEvents: ProviderEventReader {
  /// The calls that began, by choice and by the number that the provider gives them.
  private var calls: [Call] = []

  private struct Call: Equatable {
    var choice: Int
    var theirs: Int
    var ours: Int
  }

  /// At the start of a stream.
  package init() {}

  package mutating func read(
    name: RawSpan, data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    if data.hasPrefix("[DONE]", at: 0) { return answer.end() }
    var id: String?
    var model: String?
    var created: Int?
    var choices: JSONNode?
    var members = JSONMembers(scanning: data)
    while let member = try members.next(in: data) {
      let value = member.value
      if member.key.isString("choices", in: data) {
        choices = value
      } else if member.key.isString("id", in: data) {
        id = value.string(in: data)
      } else if member.key.isString("model", in: data) {
        model = value.string(in: data)
      } else if member.key.isString("created", in: data) {
        created = value.integer(in: data)
      } else if member.key.isString("usage", in: data), !value.isNull {
        answer.usage = try Usage(openAI: value, in: data) ?? answer.usage
      } else if member.key.isString("error", in: data), let error = try ChatError(openAI: data) {
        return answer.fail(error)
      }
    }
    answer.identify(id: id, model: model, created: created)
    guard let choices else { return }
    var elements = JSONElements(of: choices)
    while let element = try elements.next(in: data) {
      try readChoice(element, in: data, into: &answer)
    }
  }

  private mutating func readChoice(
    _ node: JSONNode, in data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    let choice = try OpenAIChoice(node, in: data)
    let index = choice.index
    answer.begin(choice: index)
    try readDelta(node, in: data, index, into: &answer)
    guard let reason = choice.finishReason?.string(in: data), !reason.isEmpty else { return }
    if reason == "error" { return answer.fail(.stoppedWithError) }
    answer.finish(FinishReason(provider: reason), choice: index)
  }

  private mutating func readDelta(
    _ choice: JSONNode, in data: RawSpan, _ index: Int, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    if let text = try choice.member("text", in: data) { answer.text(text, in: data, choice: index) }
    guard let delta = try choice.member("delta", in: data) else { return }
    var members = JSONMembers(of: delta)
    while let member = try members.next(in: data) {
      let value = member.value
      if member.key.isString("content", in: data) {
        try readContent(value, in: data, index, into: &answer)
      } else if member.key.isString("refusal", in: data) {
        answer.refusal(value, in: data, choice: index)
      } else if member.key.isString("reasoning_content", in: data)
        || member.key.isString("reasoning", in: data)
      {
        answer.reasoning(value, in: data, choice: index)
      } else if member.key.isString("tool_calls", in: data) {
        // Older servers of Hugging Face have one call where the list should be.
        if value.kind == .object { try readCall(value, in: data, index, into: &answer) }
        var elements = JSONElements(of: value)
        while let element = try elements.next(in: data) {
          try readCall(element, in: data, index, into: &answer)
        }
      }
    }
  }

  /// A text, or Mistral's parts: text, and thinking, which has texts in turn.
  private func readContent(
    _ node: JSONNode, in data: RawSpan, _ index: Int, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    guard node.kind == .array else { return answer.text(node, in: data, choice: index) }
    var parts = JSONElements(of: node)
    while let part = try parts.next(in: data) {
      if let text = try part.member("text", in: data) {
        answer.text(text, in: data, choice: index)
      } else if let thoughts = try part.member("thinking", in: data) {
        var elements = JSONElements(of: thoughts)
        while let thought = try elements.next(in: data) {
          guard let text = try thought.member("text", in: data) else { continue }
          answer.reasoning(text, in: data, choice: index)
        }
      }
    }
  }

  private mutating func readCall(
    _ node: JSONNode, in data: RawSpan, _ choice: Int, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    let id = try node.member("id", in: data)?.string(in: data)
    let theirs = try node.member("index", in: data)?.integer(in: data) ?? calls.last?.theirs ?? 0
    let function = try node.member("function", in: data)
    let name = try function?.member("name", in: data)?.string(in: data)
    let known = calls.last { $0.choice == choice && $0.theirs == theirs }
    let number: Int
    if let known, name == nil || name?.isEmpty == true {
      number = known.ours
    } else {
      number = answer.beginToolCall(id: id, name: name ?? "", choice: choice)
      calls.append(Call(choice: choice, theirs: theirs, ours: number))
    }
    guard let arguments = try function?.member("arguments", in: data) else { return }
    if arguments.kind == .object {
      answer.toolArguments(number, arguments.text(in: data).string, choice: choice)
    } else {
      answer.toolArguments(number, arguments, in: data, choice: choice)
    }
  }
}

extension ChatError {
  /// The provider gave an error as the reason to stop, and says no more about it.
  package static let stoppedWithError = ChatError(
    message: "the provider stopped with an error", type: "server_error")
}

extension FinishReason {
  /// The reason by the names of servers that speak OpenAI's format, and some words of their own.
  package init(provider name: String) {
    switch name {
    case "eos", "eos_token", "end_turn", "stop_sequence": self = .stop
    case "max_tokens", "model_length": self = .length
    case "function_call", "tool_use": self = .toolCalls
    default: self.init(name: name)
    }
  }
}

extension OpenAIEvents: CompactState {
  package func write(to writer: inout StateWriter) {
    writer.number(calls.count)
    for call in calls {
      writer.number(call.choice)
      writer.number(call.theirs)
      writer.number(call.ours)
    }
  }

  package init(from reader: inout StateReader) throws(StateError) {
    for _ in 0..<max(0, try reader.number()) {
      calls.append(
        Call(choice: try reader.number(), theirs: try reader.number(), ours: try reader.number()))
    }
  }
}
