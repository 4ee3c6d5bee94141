// SPDX-License-Identifier: Apache-2.0

/// The whole answer that a stream in OpenAI's format amounts to: for logs, and for a client that
/// did not ask for a stream and got one.
package struct OpenAIStreamAnswer: Equatable, Sendable {
  /// One of the answers that were asked for, as far as it came.
  private struct Choice: Equatable {
    var index: Int
    var text = ""
    var refusal: String?
    var toolCalls: [ChatDelta.ToolCallDelta] = []
    var finishReason: FinishReason?
  }

  /// The JSON of an error that ended the stream.
  package private(set) var error: JSONText?
  /// The usage, if the stream reported it.
  package var usage: Usage?
  private let route: RouteType
  private var id = ""
  private var created = 0
  /// The model that says it answered.
  package private(set) var model = ""
  private var choices: [Choice] = []
  private var events = 0

  /// Reads a stream; nil if there is no event in it that belongs to such an answer.
  package init?(_ stream: RawSpan, route: RouteType) {
    self.route = route
    var parser = EventStreamParser(maximumEventSize: max(1, stream.byteCount))
    parser.read(stream, isLast: true) { span, item in
      guard case .event(let event) = item else { return }
      event.withData(in: span) { read($0) }
    }
    guard events > 0 || error != nil else { return nil }
  }

  /// The answer as one that was not streamed.
  package var json: JSONText {
    route == .completions ? completion : JSONText(unchecked: chat.openAI)
  }

  private mutating func read(_ data: RawSpan) {
    // `[DONE]`, and whatever else is no chunk, says nothing.
    guard let root = try? JSONNode.validated(in: data), root.kind == .object,
      let delta = try? ChatDelta(openAI: root, in: data)
    else { return }
    if let error = try? root.member("error", in: data), !error.isNull {
      self.error = error.text(in: data)
      return
    }
    guard let results = try? root.member("choices", in: data), results.kind == .array else {
      return
    }
    events += 1
    if id.isEmpty { (id, created) = (delta.id, delta.created) }
    if model.isEmpty { model = delta.model }
    usage = delta.usage ?? usage
    for part in delta.choices { add(part) }
    if route == .completions { try? addTexts(results, in: data) }
  }

  private mutating func add(_ part: ChatDelta.Choice) {
    let place = place(of: part.index)
    choices[place].text += part.content ?? ""
    if let refusal = part.refusal {
      choices[place].refusal = (choices[place].refusal ?? "") + refusal
    }
    choices[place].finishReason = part.finishReason ?? choices[place].finishReason
    for call in part.toolCalls {
      if let known = choices[place].toolCalls.firstIndex(where: { $0.index == call.index }) {
        choices[place].toolCalls[known].arguments =
          (choices[place].toolCalls[known].arguments ?? "") + (call.arguments ?? "")
      } else {
        choices[place].toolCalls.append(call)
      }
    }
  }

  private mutating func addTexts(_ results: JSONNode, in data: RawSpan) throws(JSONError) {
    var elements = JSONElements(of: results)
    while let element = try elements.next(in: data) {
      guard let text = try element.member("text", in: data)?.string(in: data) else { continue }
      choices[place(of: try element.member("index", in: data)?.integer(in: data) ?? 0)].text += text
    }
  }

  private mutating func place(of index: Int) -> Int {
    if let place = choices.firstIndex(where: { $0.index == index }) { return place }
    choices.append(Choice(index: index))
    return choices.count - 1
  }

  private var chat: ChatResponse {
    ChatResponse(
      id: id, created: created, model: model,
      choices: choices.map { choice in
        var message = ChatMessage(role: .assistant)
        if !choice.text.isEmpty { message.content.append(.text(choice.text)) }
        if let refusal = choice.refusal { message.content.append(.refusal(refusal)) }
        message.toolCalls = choice.toolCalls.map {
          ToolCall(id: $0.id, name: $0.name ?? "", arguments: $0.arguments ?? "")
        }
        return ChatResponse.Choice(
          index: choice.index, message: message, finishReason: choice.finishReason)
      },
      usage: usage)
  }

  private var completion: JSONText {
    JSONText { writer in
      writer.object {
        $0.member("id", id)
        $0.member("object", "text_completion")
        $0.member("created", created)
        $0.member("model", model)
        $0.key("choices")
        $0.array { writer in
          for choice in choices {
            writer.object {
              $0.member("text", choice.text)
              $0.member("index", choice.index)
              $0.member("logprobs", JSONText.null)
              $0.member("finish_reason", orNull: choice.finishReason?.name)
            }
          }
        }
        $0.member("usage", usage?.openAI)
      }
    }
  }
}
