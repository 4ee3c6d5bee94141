// SPDX-License-Identifier: Apache-2.0

/// Reads the events of a stream: of messages, and of the Text Completions API.
package struct AnthropicEvents: ProviderEventReader {
  private var counts = AnthropicUsage()
  /// The block that is a tool call, and the call's number: blocks come one after the other.
  private var toolBlock: Int?
  private var toolNumber = 0

  /// At the start of a stream.
  package init() {}

  /// The members of any event.
  private struct Event {
    var type: JSONNode?
    var index: Int?
    var delta: JSONNode?
    var block: JSONNode?
    var message: JSONNode?
    var usage: JSONNode?
    var completion: JSONNode?

    init(_ data: RawSpan) throws(JSONError) {
      var members = JSONMembers(scanning: data)
      while let member = try members.next(in: data) {
        let key = member.key
        if key.isString("type", in: data) {
          type = member.value
        } else if key.isString("index", in: data) {
          index = member.value.integer(in: data)
        } else if key.isString("delta", in: data) {
          delta = member.value
        } else if key.isString("content_block", in: data) {
          block = member.value
        } else if key.isString("message", in: data) {
          message = member.value
        } else if key.isString("usage", in: data) {
          usage = member.value
        } else if key.isString("completion", in: data) {
          completion = member.value
        }
      }
    }
  }

  package mutating func read(
    name: RawSpan, data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    let event = try Event(data)
    guard let type = event.type else { return }
    if type.isString("content_block_delta", in: data) {
      guard let delta = event.delta else { return }
      try readDelta(delta, of: event.index, in: data, into: &answer)
    } else if type.isString("content_block_start", in: data) {
      guard let block = event.block else { return }
      try readStart(block, event.index, in: data, into: &answer)
    } else if type.isString("message_start", in: data) {
      guard let message = event.message else { return }
      try readMessage(message, in: data, into: &answer)
    } else if type.isString("message_delta", in: data) {
      try readEnd(event, in: data, into: &answer)
    } else if type.isString("message_stop", in: data) {
      answer.end()
    } else if type.isString("completion", in: data) {
      try readCompletion(event, in: data, into: &answer)
    } else if type.isString("error", in: data) {
      let root = try JSONNode(scanning: data)
      guard let error = try ChatError(anthropic: root, in: data) else { return }
      answer.fail(error)
    }
    // `ping`, `content_block_stop` and events that are still to be invented say nothing.
  }

  private mutating func readMessage(
    _ message: JSONNode, in data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    var id: String?
    var model: String?
    var members = JSONMembers(of: message)
    while let member = try members.next(in: data) {
      if member.key.isString("id", in: data) {
        id = member.value.string(in: data)
      } else if member.key.isString("model", in: data) {
        model = member.value.string(in: data)
      } else if member.key.isString("usage", in: data) {
        try counts.read(member.value, in: data)
      }
    }
    answer.identify(id: id, model: model)
    answer.begin()
    // The prompt is exact from here on; of the answer only the end of the stream tells.
    answer.usage = counts.usage
    answer.usage?.isEstimate = true
    noteProgress(in: &answer)
  }

  private mutating func readStart(
    _ block: JSONNode, _ index: Int?, in data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    guard let type = try block.member("type", in: data) else { return }
    if type.isString("text", in: data), let text = try block.member("text", in: data) {
      answer.text(text, in: data)
    } else if type.isString("tool_use", in: data) {
      let name = try block.member("name", in: data)?.string(in: data)
      let id = try block.member("id", in: data)?.string(in: data)
      toolNumber = answer.beginToolCall(id: id, name: name ?? "")
      toolBlock = index
      // Servers that only imitate the API may have the whole input here.
      if let input = try block.member("input", in: data), !input.isEmpty(in: data),
        input.kind == .object
      {
        answer.toolArguments(toolNumber, input.text(in: data).string)
      }
    }
    noteProgress(in: &answer)
  }

  private mutating func readDelta(
    _ delta: JSONNode, of index: Int?, in data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    var members = JSONMembers(of: delta)
    while let member = try members.next(in: data) {
      if member.key.isString("text", in: data) {
        answer.text(member.value, in: data)
      } else if member.key.isString("partial_json", in: data) {
        // Tools that the provider runs itself have blocks too, and are no calls of the client's.
        if index == toolBlock, index != nil {
          answer.toolArguments(toolNumber, member.value, in: data)
        }
      } else if member.key.isString("thinking", in: data) {
        answer.reasoning(member.value, in: data)
      }
    }
    noteProgress(in: &answer)
  }

  private mutating func readEnd(
    _ event: Event, in data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    if let usage = event.usage {
      try counts.read(usage, in: data)
      answer.usage = counts.usage
    }
    guard let delta = event.delta else { return }
    if let details = try delta.member("stop_details", in: data),
      let explanation = try details.member("explanation", in: data)
    {
      answer.refusal(explanation, in: data)
    }
    if let reason = try delta.member("stop_reason", in: data)?.string(in: data) {
      answer.finish(FinishReason(anthropic: reason))
    }
  }

  private mutating func readCompletion(
    _ event: Event, in data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    let root = try JSONNode(scanning: data)
    answer.identify(
      id: try root.member("id", in: data)?.string(in: data),
      model: try root.member("model", in: data)?.string(in: data))
    if let completion = event.completion {
      if answer.hasOutput {
        answer.text(completion, in: data)
      } else {
        answer.text(completion.string(in: data)?.withoutLeadingSpace ?? "")
      }
    }
    if let reason = try root.member("stop_reason", in: data)?.string(in: data) {
      answer.finish(FinishReason(anthropic: reason))
      answer.end()
    }
  }

  /// Until the stream tells what the answer cost, what has come of it is the best guess: the client may leave.
  private func noteProgress(in answer: inout ChatStreamWriter) {
    guard let prompt = answer.usage?.promptTokens, answer.usage?.isEstimate == true else { return }
    let tokens = TokenEstimate.completionTokens(characters: answer.characters)
    answer.usage?.completionTokens = tokens
    answer.usage?.totalTokens = prompt.addingReportingOverflow(tokens).partialValue
  }
}

extension AnthropicEvents: CompactState {
  package func write(to writer: inout StateWriter) {
    writer.state(counts)
    writer.number(toolBlock)
    writer.number(toolNumber)
  }

  package init(from reader: inout StateReader) throws(StateError) {
    counts = try reader.state()
    toolBlock = try reader.optionalNumber()
    toolNumber = try reader.number()
  }
}
