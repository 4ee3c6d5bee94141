// SPDX-License-Identifier: Apache-2.0

extension PromptTexts {
  /// The texts of a request in a provider's own format.
  ///
  /// An operation that is no conversation (vectors, a model's own body), or one whose conversation is not found, is read
  /// as the user's, every string of it.
  ///
  /// - Parameters:
  ///   - path: The client's, without its query.
  ///   - query: Without the question mark.
  /// - Throws: where the body is no JSON, or could be read in two ways.
  package init(
    native format: any NativeFormat, path: String, query: String, body: RawSpan
  ) throws(RequestProblem) {
    self.init()
    guard let root = try? JSONNode.validated(in: body), root.kind == .object else {
      throw .noPrompts
    }
    try Self.refuseDuplicates(below: root, body)
    // Which of its APIs is meant only the path says, and each reads a member of its own: all of them count.
    if format is HuggingFace {
      self = try PromptTexts(openAI: body)
      return
    }
    let call = try? format.nativeCall(path: path, query: query, body: body)
    if call?.kind == .chat, let chat = try? format.chat(native: body) {
      messages = chat.messages.map { Message($0) }
    }
    if messages.contains(where: { !$0.parts.isEmpty }) { return }
    var all = Message(role: .user)
    try Self.read { () throws(JSONError) in try all.addAll(root, in: body) }
    guard !all.parts.isEmpty else { throw .noPrompts }
    messages = [all]
  }

  /// A member that is there twice may be another one for us than for the provider.
  private static func refuseDuplicates(
    below node: JSONNode, _ body: RawSpan
  ) throws(RequestProblem) {
    var elements = JSONElements(of: node)
    while let element = try read({ () throws(JSONError) in try elements.next(in: body) }) {
      try refuseDuplicates(below: element, body)
    }
    var seen: Set<String> = []
    var members = JSONMembers(of: node)
    while let member = try read({ () throws(JSONError) in try members.next(in: body) }) {
      guard seen.insert(member.key.string(in: body) ?? "").inserted else {
        throw RequestProblem(message: "request body contains a member more than once")
      }
      try refuseDuplicates(below: member.value, body)
    }
  }
}

extension PromptTexts.Message {
  init(_ message: ChatMessage) {
    self.init(role: message.role)
    for part in message.content { add(part) }
    for call in message.toolCalls {
      add(call.name)
      add(call.arguments)
      if let other = call.other { add(other.bytes) }
    }
  }

  private mutating func add(_ part: ContentPart) {
    switch part {
    case .text(let text), .refusal(let text): add(text)
    case .other(let json):
      // Of a part that nobody knows every string counts.
      let bytes = json.bytes.span.bytes
      if let node = try? JSONNode(scanning: bytes) { try? addAll(node, in: bytes) }
    case .file(let file): if let name = file.name { add(name) }
    case .image, .audio: break
    }
  }
}
