// SPDX-License-Identifier: Apache-2.0

// Clients of Bedrock's own API: AWS's SDKs, pointed at the gateway.
extension Bedrock: NativeFormat {
  /// `…/model/ID/OPERATION`. The id of a model may be an ARN, escaped or with its slashes bare.
  package func nativeCall(
    path: String, query: String, body: RawSpan
  ) throws(RequestProblem) -> NativeCall {
    let segments = path.split(separator: "/", omittingEmptySubsequences: false)
    guard let last = segments.last, let operation = Operation(rawValue: String(last)),
      let start = segments.dropLast(2).lastIndex(of: "model"),
      let id = PathSegment.unescaped(
        segments[(start + 1)..<(segments.count - 1)].joined(separator: "/")),
      !id.isEmpty
    else {
      throw RequestProblem(
        status: 404, message: "'\(path)' is none of Bedrock's operations on a model")
    }
    let isStreamed = operation == .converseStream || operation == .invokeStream
    let isChat = operation == .converse || operation == .converseStream
    if isChat { try Self.check(native: body) }
    return NativeCall(
      kind: isChat ? .chat : .other, model: id, isStreamed: isStreamed,
      path: Self.path(id, operation))
  }

  /// A body that two parsers could read differently would show a guard one conversation and the model another.
  private static func check(native body: RawSpan) throws(RequestProblem) {
    var messages = 0
    var systems = 0
    do throws(JSONError) {
      let root = try JSONNode.validated(in: body)
      guard root.kind == .object else { throw JSONError(.wrongType, at: root.start) }
      var members = JSONMembers(of: root)
      while let member = try members.next(in: body) {
        if member.key.isString("messages", in: body) { messages += 1 }
        if member.key.isString("system", in: body) { systems += 1 }
      }
    } catch {
      throw RequestProblem(message: "the body is no JSON object: \(error)")
    }
    if messages > 1 { throw .duplicateMember("messages") }
    if systems > 1 { throw .duplicateMember("system") }
  }

  package func chat(native body: RawSpan) throws(JSONError) -> ChatRequest {
    let root = try JSONNode.validated(in: body)
    var chat = ChatRequest(model: nil, messages: [])
    var instructions: [ChatMessage] = []
    var variables: JSONText?
    var members = JSONMembers(of: root)
    while let member = try members.next(in: body) {
      let value = member.value
      if member.key.isString("messages", in: body) {
        var turns = JSONElements(of: value)
        while let turn = try turns.next(in: body) {
          chat.messages += try NativeTurn(turn, in: body).messages
        }
      } else if member.key.isString("system", in: body) {
        for block in try value.mapElements(in: body, { $0 }) {
          guard let text = try block.member("text", in: body)?.string(in: body) else { continue }
          instructions.append(ChatMessage(role: .system, content: [.text(text)]))
        }
      } else if member.key.isString("inferenceConfig", in: body) {
        chat.sampling = try SamplingOptions(converse: value, in: body)
      } else if member.key.isString("toolConfig", in: body) {
        guard let tools = try value.member("tools", in: body) else { continue }
        chat.tools = try tools.mapElements(in: body) { (tool) throws(JSONError) in
          try ChatTool(converse: tool, in: body)
        }
      } else if member.key.isString("promptVariables", in: body) {
        variables = value.text(in: body)
      }
    }
    if let variables { chat.messages.add(promptVariables: variables) }
    chat.messages = instructions + chat.messages
    return chat
  }
}

extension [ChatMessage] {
  /// Texts that Bedrock fills into a prompt that it keeps. They are the user's, and as new as what is said last: who
  /// looks at only one of these has the variables in it, and does not have them in its place.
  fileprivate mutating func add(promptVariables variables: JSONText) {
    let part = ContentPart.other(variables)
    guard let user = lastIndex(where: { $0.role == .user }) else {
      append(ChatMessage(role: .user, content: [part]))
      return
    }
    self[user].content.append(part)
    let last = endIndex - 1
    if last != user { self[last].content.append(part) }
  }
}

/// A turn as messages: each result of a tool is one of its own.
private struct NativeTurn {
  private(set) var messages: [ChatMessage] = []

  init(_ turn: JSONNode, in body: RawSpan) throws(JSONError) {
    let role = try turn.member("role", in: body)?.string(in: body) ?? ""
    var said = ChatMessage(role: ChatRole(name: role))
    guard let content = try turn.member("content", in: body) else { return }
    for block in try content.mapElements(in: body, { $0 }) {
      if let result = try block.member("toolResult", in: body) {
        var message = ChatMessage(role: .tool)
        message.toolCallID = try result.member("toolUseId", in: body)?.string(in: body)
        if let parts = try result.member("content", in: body) {
          message.content = try parts.mapElements(in: body) { (part) throws(JSONError) in
            try ContentPart(converse: part, in: body)
          }
        }
        messages.append(message)
      } else if let use = try block.member("toolUse", in: body) {
        said.toolCalls.append(
          ToolCall(
            id: try use.member("toolUseId", in: body)?.string(in: body),
            name: try use.member("name", in: body)?.string(in: body) ?? "",
            arguments: try use.member("input", in: body)?.text(in: body).string ?? ""))
      } else {
        said.content.append(try ContentPart(converse: block, in: body))
      }
    }
    if !said.content.isEmpty || !said.toolCalls.isEmpty { messages.append(said) }
  }
}

extension ContentPart {
  /// A block of content. What guards cannot look into is kept as it is.
  fileprivate init(converse block: JSONNode, in body: RawSpan) throws(JSONError) {
    let guarded = try block.value(at: ["guardContent", "text", "text"], in: body)
    if let text = try block.member("text", in: body)?.string(in: body) ?? guarded?.string(in: body)
    {
      self = .text(text)
    } else if let json = try block.member("json", in: body) {
      self = .text(json.text(in: body).string)
    } else if let data = try block.value(at: ["image", "source", "bytes"], in: body)?
      .string(in: body)
    {
      let format = try block.value(at: ["image", "format"], in: body)?.string(in: body) ?? "png"
      self = .image(url: "data:image/\(format);base64,\(data)", detail: nil)
    } else {
      self = .other(block.text(in: body))
    }
  }
}

extension SamplingOptions {
  fileprivate init(converse node: JSONNode, in body: RawSpan) throws(JSONError) {
    self.init()
    maxTokens = try node.member("maxTokens", in: body)?.text(in: body)
    temperature = try node.member("temperature", in: body)?.text(in: body)
    topP = try node.member("topP", in: body)?.text(in: body)
    guard let texts = try node.member("stopSequences", in: body) else { return }
    stop = try texts.mapElements(in: body) { $0.string(in: body) }.compactMap { $0 }
  }
}

extension ChatTool {
  fileprivate init(converse tool: JSONNode, in body: RawSpan) throws(JSONError) {
    guard let specification = try tool.member("toolSpec", in: body),
      let name = try specification.member("name", in: body)?.string(in: body)
    else {
      self = .other(tool.text(in: body))
      return
    }
    self = .function(
      Function(
        name: name,
        description: try specification.member("description", in: body)?.string(in: body),
        parameters: try specification.value(at: ["inputSchema", "json"], in: body)?.text(in: body),
        isStrict: try specification.member("strict", in: body)?.boolean))
  }
}
