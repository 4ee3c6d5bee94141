// SPDX-License-Identifier: Apache-2.0

extension ChatRequest {
  /// The neutral form of a request of the Messages API, for those who look at prompts.
  init(anthropic root: JSONNode, in body: RawSpan) throws(JSONError) {
    self.init(model: nil, messages: [])
    var said: [ChatMessage] = []
    for (key, value) in try root.decodedMembers(in: body) where !value.isNull {
      switch key {
      case "model": model = value.string(in: body)
      case "system":
        messages = [
          ChatMessage(role: .system, content: try ContentPart.all(anthropic: value, in: body))
        ]
      case "messages":
        var elements = JSONElements(of: value)
        while let element = try elements.next(in: body) {
          said += try ChatMessage.all(anthropic: element, in: body)
        }
      case "tools":
        tools = try value.mapElements(in: body) { (node) throws(JSONError) in
          try ChatTool(anthropic: node, in: body)
        }
      case "tool_choice": toolChoice = try ToolChoice(anthropic: value, in: body)
      case "max_tokens": sampling.maxTokens = value.text(in: body)
      case "temperature": sampling.temperature = value.text(in: body)
      case "top_p": sampling.topP = value.text(in: body)
      case "top_k": sampling.topK = value.text(in: body)
      case "stop_sequences":
        sampling.stop = try value.mapElements(in: body) { $0.string(in: body) }.compactMap { $0 }
      case "stream": isStreamed = value.kind == .true
      default: unknown.append(UnknownField(key, value.text(in: body)))
      }
    }
    messages += said
    asksForUsage = true
  }
}

extension ChatMessage {
  /// A message of the API as OpenAI's: results of tools are messages of their own, in front of what else is said.
  fileprivate static func all(
    anthropic node: JSONNode, in body: RawSpan
  ) throws(JSONError) -> [ChatMessage] {
    let role = ChatRole(name: try node.member("role", in: body)?.string(in: body) ?? "")
    var message = ChatMessage(role: role)
    var results: [ChatMessage] = []
    guard let content = try node.member("content", in: body) else { return [message] }
    if let text = content.string(in: body) {
      message.content = [.text(text)]
      return [message]
    }
    var elements = JSONElements(of: content)
    while let block = try elements.next(in: body) {
      let type = try block.member("type", in: body)
      if type?.isString("tool_result", in: body) == true {
        var result = ChatMessage(role: .tool)
        result.toolCallID = try block.member("tool_use_id", in: body)?.string(in: body)
        if let content = try block.member("content", in: body) {
          result.content = try ContentPart.all(anthropic: content, in: body)
        }
        results.append(result)
      } else if type?.isString("tool_use", in: body) == true {
        message.toolCalls.append(
          ToolCall(
            id: try block.member("id", in: body)?.string(in: body),
            name: try block.member("name", in: body)?.string(in: body) ?? "",
            arguments: try block.member("input", in: body).map { $0.text(in: body).string } ?? ""))
      } else {
        message.content.append(try ContentPart(anthropic: block, in: body))
      }
    }
    let isEmpty = message.content.isEmpty && message.toolCalls.isEmpty
    return isEmpty && !results.isEmpty ? results : results + [message]
  }
}

extension ContentPart {
  /// The parts of a content: a text, or blocks.
  fileprivate static func all(
    anthropic node: JSONNode, in body: RawSpan
  ) throws(JSONError) -> [ContentPart] {
    if let text = node.string(in: body) { return [.text(text)] }
    return try node.mapElements(in: body) { (block) throws(JSONError) in
      try ContentPart(anthropic: block, in: body)
    }
  }

  fileprivate init(anthropic block: JSONNode, in body: RawSpan) throws(JSONError) {
    let type = try block.member("type", in: body)?.string(in: body)
    switch type {
    case "text":
      let text = try block.member("text", in: body)?.string(in: body)
      self = text.map { .text($0) } ?? .other(block.text(in: body))
    case "image", "document":
      guard let address = try Self.address(of: block, in: body) else { fallthrough }
      let title = try block.member("title", in: body)?.string(in: body)
      self =
        type == "image"
        ? .image(url: address, detail: nil) : .file(File(name: title, data: address))
    default: self = .other(block.text(in: body))
    }
  }

  /// The address of a source, with the data in it where the source has data; nil for uploaded files and texts.
  private static func address(of block: JSONNode, in body: RawSpan) throws(JSONError) -> String? {
    guard let source = try block.member("source", in: body) else { return nil }
    if let url = try source.member("url", in: body)?.string(in: body) { return url }
    guard let type = try source.member("media_type", in: body)?.string(in: body),
      let kind = try source.member("type", in: body), kind.isString("base64", in: body),
      let data = try source.member("data", in: body)?.string(in: body)
    else { return nil }
    return "data:\(type);base64,\(data)"
  }
}

extension ChatTool {
  fileprivate init(anthropic node: JSONNode, in body: RawSpan) throws(JSONError) {
    guard let schema = try node.member("input_schema", in: body),
      let name = try node.member("name", in: body)?.string(in: body)
    else {
      self = .other(node.text(in: body))
      return
    }
    self = .function(
      Function(
        name: name, description: try node.member("description", in: body)?.string(in: body),
        parameters: schema.text(in: body),
        isStrict: try node.member("strict", in: body)?.boolean))
  }
}

extension ToolChoice {
  fileprivate init(anthropic node: JSONNode, in body: RawSpan) throws(JSONError) {
    switch try node.member("type", in: body)?.string(in: body) {
    case "auto": self = .auto
    case "any": self = .required
    case "none": self = .forbidden
    default:
      let name = try node.member("name", in: body)?.string(in: body)
      self = name.map { .function(name: $0) } ?? .other(node.text(in: body))
    }
  }
}
