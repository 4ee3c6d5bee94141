// SPDX-License-Identifier: Apache-2.0

extension ChatRequest {
  /// A completion in OpenAI's format as a chat of one user message, for providers that continue texts only so.
  ///
  /// - Throws: ``RequestProblem`` for prompts that are several, or tokens: no other provider takes them.
  package init(completion root: JSONNode, in body: RawSpan) throws(RequestProblem) {
    let request: ChatRequest
    let prompt: JSONNode?
    do throws(JSONError) {
      request = try ChatRequest(openAI: root, in: body)
      let node = try root.member("prompt", in: body)
      let second = try node?.element(1, in: body)
      prompt = node?.kind == .array && second == nil ? try node?.element(0, in: body) : node
    } catch {
      throw .noPrompts
    }
    guard let text = prompt?.string(in: body) else {
      throw RequestProblem(message: "this provider takes one prompt, which is a text")
    }
    self = request
    messages = [ChatMessage(role: .user, content: [.text(text)])]
    unknown.removeAll { $0.key == "prompt" }
  }
}
