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
    let root: JSONNode
    let model: String?
    let stream: JSONNode?
    do throws(JSONError) {
      root = try JSONNode.validated(in: body)
      model = try root.member("model", in: body)?.string(in: body)
      stream = try root.member("stream", in: body)
    } catch {
      throw .noPrompts
    }
    return NativeCall(
      kind: operation.kind, model: model,
      isStreamed: operation.kind == .chat && stream?.boolean == true, path: operation.path)
  }

  package func chat(native body: RawSpan) throws(JSONError) -> ChatRequest {
    let root = try JSONNode.validated(in: body)
    var chat = try ChatRequest(openAI: root, in: body)
    chat.unknown = []
    if chat.messages.isEmpty { chat.messages = try Self.messages(of: root, in: body) }
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

  /// The conversation of version 1, and the texts of operations that have no conversation.
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
    for name in ["texts", "documents"] {
      guard let texts = try root.member(named: name, in: body) else { continue }
      var elements = JSONElements(of: texts)
      while let text = try elements.next(in: body) { add(.user, text) }
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
