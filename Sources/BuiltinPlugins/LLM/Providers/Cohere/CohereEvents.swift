// SPDX-License-Identifier: Apache-2.0

/// Reads the streams of `/v2/chat`, `/v1/chat` and `/v1/generate`. The events of the two versions have their names in
/// members of their own, so that each tells which it is of.
package struct CohereEvents: ProviderEventReader {
  /// The numbers that Cohere gives to the calls of version 2, in the order in which they began.
  private var calls: [Int] = []

  /// At the start of a stream.
  package init() {}

  package mutating func read(
    name: RawSpan, data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    if data.hasPrefix("[DONE]", at: 0) { return answer.end() }
    let event = try CohereEvent(data)
    if let type = event.type {
      try read(event, type, in: data, into: &answer)
    } else if let type = event.oldType {
      try readOld(event, type, in: data, into: &answer)
    }
  }

  // MARK: - Version 2

  private mutating func read(
    _ event: CohereEvent, _ type: JSONNode, in data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    if type.isString("content-delta", in: data) || type.isString("content-start", in: data) {
      guard let content = try event.message("content", in: data) else { return }
      var members = JSONMembers(of: content)
      while let member = try members.next(in: data) {
        if member.key.isString("text", in: data) {
          answer.text(member.value, in: data)
        } else if member.key.isString("thinking", in: data) {
          answer.reasoning(member.value, in: data)
        }
      }
    } else if type.isString("tool-call-delta", in: data) {
      guard let call = try event.message("tool_calls", in: data) else { return }
      let number = calls.lastIndex(of: event.index?.integer(in: data) ?? 0) ?? 0
      guard !calls.isEmpty, let arguments = try call.arguments(in: data) else { return }
      answer.toolArguments(number, arguments, in: data)
    } else if type.isString("tool-call-start", in: data) {
      guard let call = try event.message("tool_calls", in: data) else { return }
      let number = answer.beginToolCall(
        id: try call.member("id", in: data)?.string(in: data),
        name: try call.value(at: ["function", "name"], in: data)?.string(in: data) ?? "")
      calls.append(event.index?.integer(in: data) ?? calls.count)
      guard let arguments = try call.arguments(in: data) else { return }
      answer.toolArguments(number, arguments, in: data)
    } else if type.isString("tool-plan-delta", in: data) {
      guard let plan = try event.message("tool_plan", in: data) else { return }
      answer.text(plan, in: data)
    } else if type.isString("message-start", in: data) {
      answer.identify(id: event.id?.string(in: data))
      answer.begin()
    } else if type.isString("message-end", in: data) {
      try end(event, in: data, of: &answer)
    }
  }

  private func end(
    _ event: CohereEvent, in data: RawSpan, of answer: inout ChatStreamWriter
  ) throws(JSONError) {
    guard let delta = event.delta else { return answer.end() }
    if let usage = try delta.member("usage", in: data) {
      answer.usage = try Usage(cohere: usage, in: data) ?? answer.usage
    }
    finish(
      try delta.member("finish_reason", in: data), error: try delta.member("error", in: data),
      in: data, of: &answer)
    answer.end()
  }

  private func finish(
    _ reason: JSONNode?, error: JSONNode?, choice: Int = 0, in data: RawSpan,
    of answer: inout ChatStreamWriter
  ) {
    guard let name = reason?.string(in: data) else { return }
    let reason = FinishReason(cohere: name)
    guard case .other = reason else { return answer.finish(reason, choice: choice) }
    var failure = ChatError.stoppedWithError
    if let message = error?.string(in: data), !message.isEmpty { failure.message = message }
    answer.fail(failure)
  }

  // MARK: - Version 1

  private func readOld(
    _ event: CohereEvent, _ type: JSONNode, in data: RawSpan, into answer: inout ChatStreamWriter
  ) throws(JSONError) {
    if type.isString("text-generation", in: data) {
      guard let text = event.text else { return }
      answer.text(text, in: data, choice: event.index?.integer(in: data) ?? 0)
    } else if type.isString("stream-start", in: data) {
      answer.identify(id: event.id?.string(in: data))
      answer.begin()
    } else if type.isString("tool-calls-generation", in: data) {
      guard let calls = event.calls else { return }
      var elements = JSONElements(of: calls)
      while let call = try elements.next(in: data) {
        let name = try call.member("name", in: data)?.string(in: data) ?? ""
        let number = answer.beginToolCall(id: nil, name: name)
        guard let parameters = try call.member("parameters", in: data) else { continue }
        answer.toolArguments(number, parameters.text(in: data).string)
      }
    } else if type.isString("stream-error", in: data) {
      finish(event.reason, error: event.error, in: data, of: &answer)
      answer.fail(.stoppedWithError)
    } else if type.isString("stream-end", in: data) {
      try endOld(event, in: data, of: &answer)
    }
  }

  private func endOld(
    _ event: CohereEvent, in data: RawSpan, of answer: inout ChatStreamWriter
  ) throws(JSONError) {
    if let meta = try event.response?.member("meta", in: data) {
      answer.usage = try Usage(cohere: meta, in: data) ?? answer.usage
    }
    // Of several texts each has its own reason.
    if let generations = try event.response?.member("generations", in: data) {
      var elements = JSONElements(of: generations)
      var index = 0
      while let generation = try elements.next(in: data) {
        let reason = try generation.member("finish_reason", in: data) ?? event.reason
        finish(reason, error: nil, choice: index, in: data, of: &answer)
        index += 1
      }
    }
    if !answer.isOver { finish(event.reason, error: nil, in: data, of: &answer) }
    answer.end()
  }
}

extension JSONNode {
  /// `function.arguments` of a call.
  fileprivate func arguments(in data: RawSpan) throws(JSONError) -> JSONNode? {
    try member("function", in: data)?.member("arguments", in: data)
  }
}

extension CohereEvents: CompactState {
  package func write(to writer: inout StateWriter) {
    writer.number(calls.count)
    for call in calls { writer.number(call) }
  }

  package init(from reader: inout StateReader) throws(StateError) {
    for _ in 0..<max(0, try reader.number()) { calls.append(try reader.number()) }
  }
}
