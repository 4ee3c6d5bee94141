// SPDX-License-Identifier: Apache-2.0

/// Reads the events of ConverseStream.
package struct ConverseEvents: ProviderEventReader {
  /// The calls that are being told, by the number of their block.
  private var calls: [Call] = []

  private struct Call: Equatable {
    var block: Int
    var number: Int
  }

  /// At the start of a stream.
  package init() {}

  package mutating func read(
    name: RawSpan, data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    if name.isText("contentBlockDelta") {
      try readDelta(data, into: &answer)
    } else if name.isText("contentBlockStart") {
      try readStart(data, into: &answer)
    } else if name.isText("contentBlockStop") {
      let root = try JSONNode(scanning: data)
      let block = try root.member("contentBlockIndex", in: data)?.integer(in: data)
      calls.removeAll { $0.block == block }
    } else if name.isText("messageStart") {
      answer.begin()
    } else if name.isText("messageStop") {
      let root = try JSONNode(scanning: data)
      let reason = try root.member("stopReason", in: data)?.string(in: data) ?? ""
      answer.finish(FinishReason(converse: reason))
    } else if name.isText("metadata") {
      let root = try JSONNode(scanning: data)
      if let usage = try root.member("usage", in: data) {
        answer.usage = try Usage(converse: usage, in: data) ?? answer.usage
      }
      answer.end()
    } else if let error = ChatError(bedrock: data, exception: name) {
      answer.fail(error)
    }
  }

  private mutating func readStart(
    _ data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    let root = try JSONNode(scanning: data)
    guard let use = try root.value(at: ["start", "toolUse"], in: data) else { return }
    // A tool that runs at the provider is not the client's to answer.
    let type = try use.member("type", in: data)
    if type?.isString("server_tool_use", in: data) == true { return }
    let block = try root.member("contentBlockIndex", in: data)?.integer(in: data) ?? 0
    let number = answer.beginToolCall(
      id: try use.member("toolUseId", in: data)?.string(in: data),
      name: try use.member("name", in: data)?.string(in: data) ?? "")
    calls.append(Call(block: block, number: number))
  }

  private func readDelta(
    _ data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    var block = 0
    var delta: JSONNode?
    var members = JSONMembers(scanning: data)
    while let member = try members.next(in: data) {
      if member.key.isString("delta", in: data) {
        delta = member.value
      } else if member.key.isString("contentBlockIndex", in: data) {
        block = member.value.integer(in: data) ?? 0
      }
    }
    guard let delta else { return }
    var parts = JSONMembers(of: delta)
    while let part = try parts.next(in: data) {
      if part.key.isString("text", in: data) {
        answer.text(part.value, in: data)
      } else if part.key.isString("toolUse", in: data) {
        guard let number = calls.last(where: { $0.block == block })?.number,
          let input = try part.value.member("input", in: data)
        else { continue }
        answer.toolArguments(number, input, in: data)
      } else if part.key.isString("reasoningContent", in: data),
        let text = try part.value.member("text", in: data)
      {
        answer.reasoning(text, in: data)
      }
    }
  }
}

extension RawSpan {
  /// Whether the bytes are a text.
  fileprivate func isText(_ text: StaticString) -> Bool {
    byteCount == text.utf8CodeUnitCount && hasPrefix(text, at: 0)
  }
}

extension ConverseEvents: CompactState {
  package func write(to writer: inout StateWriter) {
    writer.number(calls.count)
    for call in calls {
      writer.number(call.block)
      writer.number(call.number)
    }
  }

  package init(from reader: inout StateReader) throws(StateError) {
    for _ in 0..<max(0, try reader.number()) {
      calls.append(Call(block: try reader.number(), number: try reader.number()))
    }
  }
}
