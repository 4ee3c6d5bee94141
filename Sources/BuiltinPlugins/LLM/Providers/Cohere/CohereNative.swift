// SPDX-License-Identifier: Apache-2.0

extension Cohere: NativeFormat {
  /// Cohere's operations, which also say whether a route's prefix is in front of them.
  private static let operations: [(path: String, kind: NativeCall.Kind)] = [
    ("/v2/chat", .chat), ("/v1/chat", .chat), ("/v1/generate", .chat), ("/v2/embed", .other),
    ("/v1/embed", .other), ("/v2/rerank", .other), ("/v1/rerank", .other),
    ("/v1/tokenize", .other), ("/v1/detokenize", .other), ("/v1/classify", .other),
  ]

  package func nativeCall(
    path: String, query: String, body: RawSpan
  ) throws(RequestProblem) -> NativeCall {
    guard let operation = Self.operations.first(where: { path.hasSuffix($0.path) }) else {
      throw RequestProblem(status: 404, message: "Cohere's API has no operation at this path")
    }
    let model: String?
    let stream: JSONNode?
    let twice: StaticString?
    do throws(JSONError) {
      let root = try JSONNode.validated(in: body)
      guard root.kind == .object else { throw JSONError(.wrongType, at: root.start) }
      model = try root.member("model", in: body)?.string(in: body)
      stream = try root.member("stream", in: body)
      twice = try Self.duplicate(in: root, body)
    } catch {
      throw .noPrompts
    }
    if let twice { throw .duplicateMember(twice) }
    return NativeCall(
      kind: operation.kind, model: model,
      isStreamed: operation.kind == .chat && stream?.boolean == true, path: operation.path)
  }

  /// What decides what a model sees.
  private static let prompts: [StaticString] = [
    "messages", "message", "chat_history", "preamble", "prompt", "documents", "tool_results",
    "query", "texts", "model",
  ]

  /// Such a member that is there twice: a guard could be shown the other one.
  private static func duplicate(
    in root: JSONNode, _ body: RawSpan
  ) throws(JSONError) -> StaticString? {
    var seen = [Bool](repeating: false, count: prompts.count)
    var members = JSONMembers(of: root)
    while let member = try members.next(in: body) {
      guard let place = prompts.firstIndex(where: { member.key.isString($0, in: body) }) else {
        continue
      }
      if seen[place] { return prompts[place] }
      seen[place] = true
    }
    return nil
  }

  package func chat(native body: RawSpan) throws(JSONError) -> ChatRequest {
    let root = try JSONNode.validated(in: body)
    var chat = try ChatRequest(openAI: root, in: body)
    chat.unknown = []
    chat.messages += try Self.messages(of: root, in: body)
    for (key, value) in try root.decodedMembers(in: body) where !value.isNull {
      switch key {
      case "p": chat.sampling.topP = value.text(in: body)
      case "k": chat.sampling.topK = value.text(in: body)
      case "stop_sequences":
        chat.sampling.stop = try value.mapElements(in: body) { $0.string(in: body) }
          .compactMap { $0 }
      default: break
      }
    }
    return chat
  }

  /// What a model is shown beside the messages of version 2: the conversation of version 1, documents, and the texts of
  /// operations that have no conversation.
  private static func messages(
    of root: JSONNode, in body: RawSpan
  ) throws(JSONError) -> [ChatMessage] {
    var messages: [ChatMessage] = []
    func add(_ role: ChatRole, _ node: JSONNode?) {
      guard let text = node?.string(in: body), !text.isEmpty else { return }
      messages.append(ChatMessage(role: role, content: [.text(text)]))
    }
    add(.system, try root.member("preamble", in: body))
    if let history = try root.member("chat_history", in: body) {
      var entries = JSONElements(of: history)
      while let entry = try entries.next(in: body) {
        let role = try entry.member("role", in: body)?.string(in: body)
        add(Self.role(role), try entry.member("message", in: body))
      }
    }
    add(.user, try root.member("message", in: body))
    add(.user, try root.member("prompt", in: body))
    add(.user, try root.member("query", in: body))
    for name in ["texts", "documents", "tool_results"] {
      guard let values = try root.member(named: name, in: body) else { continue }
      var elements = JSONElements(of: values)
      while let value = try elements.next(in: body) {
        // A document is a text, or an object whose members are shown one and all.
        let text = value.string(in: body) ?? value.text(in: body).string
        messages.append(ChatMessage(role: .user, content: [.text(text)]))
      }
    }
    return messages
  }

  private static func role(_ name: String?) -> ChatRole {
    switch name {
    case "SYSTEM": .system
    case "CHATBOT": .assistant
    case "TOOL": .tool
    default: .user
    }
  }
}
