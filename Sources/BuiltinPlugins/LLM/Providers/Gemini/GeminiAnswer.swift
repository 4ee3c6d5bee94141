// SPDX-License-Identifier: Apache-2.0

extension Gemini {
  package func answer(
    _ body: RawSpan, _ call: ProviderCall
  ) throws(ProviderProblem) -> ChatResponse {
    let result: Result<ChatResponse, ProviderProblem>
    do throws(JSONError) {
      _ = try JSONNode.validated(in: body)
      result = try read(GeminiReply(body), in: body, call)
    } catch {
      throw .unreadable(name, "\(error)")
    }
    return try result.get()
  }

  private func read(
    _ reply: GeminiReply, in body: RawSpan, _ call: ProviderCall
  ) throws(JSONError) -> Result<ChatResponse, ProviderProblem> {
    if let node = reply.error {
      let code = try node.member("code", in: body)?.integer(in: body) ?? 502
      let status = (400..<600).contains(code) ? code : 502
      return .failure(ProviderProblem(status: status, try ChatError(gemini: node, in: body)))
    }
    var answer = ChatResponse(
      id: reply.id?.string(in: body) ?? "", created: 0,
      model: reply.model?.string(in: body) ?? "", choices: [])
    if answer.id.isEmpty { answer.id = call.id }
    answer.usage = try reply.usage.flatMap { (node) throws(JSONError) in
      try Usage(gemini: node, in: body)
    }
    answer.choices =
      try reply.candidates?.mapElements(in: body) { (node) throws(JSONError) in
        try choice(GeminiCandidate(node, in: body), answer: answer.id, in: body)
      } ?? []
    if answer.choices.isEmpty {
      guard let refusal = try reply.refusal(in: body) else {
        return .failure(.unreadable(name, "it has no candidates"))
      }
      let message = ChatMessage(role: .assistant, content: [.refusal(refusal)])
      answer.choices = [ChatResponse.Choice(message: message, finishReason: .contentFilter)]
    }
    return .success(answer.completed(for: call))
  }

  private func choice(
    _ candidate: GeminiCandidate, answer id: String, in body: RawSpan
  ) throws(JSONError) -> ChatResponse.Choice {
    var message = ChatMessage(role: .assistant)
    var text = ""
    var thoughts = ""
    for node in try candidate.parts?.mapElements(in: body, { $0 }) ?? [] {
      let part = try GeminiReplyPart(node, in: body)
      let number = message.toolCalls.count
      let call = try part.toolCall(
        in: body,
        generated: GeminiCallID.generated(answer: id, choice: candidate.index, number: number))
      if let call {
        message.toolCalls.append(call)
      } else if part.isThought {
        thoughts += part.text?.string(in: body) ?? ""
      } else {
        let made = try part.markdown(in: body)
        text += part.text?.string(in: body) ?? made ?? ""
      }
    }
    if !text.isEmpty { message.content.append(.text(text)) }
    if !thoughts.isEmpty {
      message.unknown.append(UnknownField("reasoning_content", .string(thoughts)))
    }
    let ending = GeminiEnding(candidate, in: body)
    if let complaint = ending.complaint { message.content.append(.refusal(complaint)) }
    return ChatResponse.Choice(
      index: candidate.index, message: message, finishReason: ending.reason)
  }
}
