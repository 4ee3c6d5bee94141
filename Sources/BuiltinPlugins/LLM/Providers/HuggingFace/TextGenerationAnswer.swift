// SPDX-License-Identifier: Apache-2.0

extension ChatResponse {
  /// A continued text: `{"generated_text": …, "details": {…}}`, or a list with one such object. Its id and time are to
  /// be filled in.
  ///
  /// How long the prompt was is told in headers, so that the body has no usage: a count of one half would be taken for
  /// the whole.
  ///
  /// - Throws: where there is no text in it.
  init(textGeneration root: JSONNode, in body: RawSpan) throws(JSONError) {
    let first = root.kind == .array ? try root.element(0, in: body) : root
    guard let text = try first?.member("generated_text", in: body)?.string(in: body) else {
      throw JSONError(.wrongType, at: root.start)
    }
    let details = try first?.member("details", in: body)
    let reason = try details?.member("finish_reason", in: body)?.string(in: body)
    let message = ChatMessage(role: .assistant, content: text.isEmpty ? [] : [.text(text)])
    self.init(
      id: "", created: 0, model: "",
      choices: [
        Choice(message: message, finishReason: reason.map { FinishReason(provider: $0) } ?? .stop)
      ])
    guard let prefill = try details?.member("prefill", in: body), !prefill.isEmpty(in: body),
      let tokens = try details?.member("generated_tokens", in: body)?.integer(in: body)
    else {
      return
    }
    // A client of the server's own API can ask for the prompt's tokens.
    let count = try prefill.mapElements(in: body) { _ in () }.count
    usage = Usage(promptTokens: count, completionTokens: tokens)
  }
}

extension UsageHeaders {
  /// Those of Text Generation Inference.
  static let textGeneration = UsageHeaders(
    prompt: "x-prompt-tokens", completion: "x-generated-tokens")
}
