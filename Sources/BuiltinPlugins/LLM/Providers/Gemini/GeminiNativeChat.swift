// SPDX-License-Identifier: Apache-2.0

// A request in Gemini's own format as guards see it. Both of the spellings that Google reads count.
extension ChatRequest {
  init(gemini root: JSONNode, in bytes: RawSpan) throws(JSONError) {
    self.init(model: nil, messages: [])
    for (key, value) in try root.decodedMembers(in: bytes) where !value.isNull {
      switch key {
      case "systemInstruction", "system_instruction":
        let content = try NativeContent(value, in: bytes)
        messages.insert(ChatMessage(role: .system, content: content.said), at: 0)
      case "contents":
        // One content may stand without its array.
        let contents = value.kind == .object ? [value] : try value.mapElements(in: bytes) { $0 }
        for content in contents { messages += try NativeContent(content, in: bytes).messages }
      case "tools":
        for tool in try value.mapElements(in: bytes, { $0 }) { try addTools(tool, in: bytes) }
      case "generationConfig", "generation_config": try readConfig(value, in: bytes)
      default: unknown.append(UnknownField(key, value.text(in: bytes)))
      }
    }
  }

  private mutating func addTools(_ tool: JSONNode, in bytes: RawSpan) throws(JSONError) {
    for (key, value) in try tool.decodedMembers(in: bytes) {
      guard key == "functionDeclarations" || key == "function_declarations" else {
        tools.append(.other(JSONText(object: [UnknownField(key, value.text(in: bytes))])))
        continue
      }
      for node in try value.mapElements(in: bytes, { $0 }) {
        var function = ChatTool.Function(name: "")
        for (key, value) in try node.decodedMembers(in: bytes) {
          switch key {
          case "name": function.name = value.string(in: bytes) ?? ""
          case "description": function.description = value.string(in: bytes)
          case "parameters", "parametersJsonSchema", "parameters_json_schema":
            function.parameters = value.text(in: bytes)
          default: break
          }
        }
        tools.append(.function(function))
      }
    }
  }

  private mutating func readConfig(_ node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    for (key, value) in try node.decodedMembers(in: bytes) where !value.isNull {
      switch key {
      case "temperature": sampling.temperature = value.text(in: bytes)
      case "topP", "top_p": sampling.topP = value.text(in: bytes)
      case "topK", "top_k": sampling.topK = value.text(in: bytes)
      case "maxOutputTokens", "max_output_tokens": sampling.maxTokens = value.text(in: bytes)
      case "seed": sampling.seed = value.text(in: bytes)
      case "stopSequences", "stop_sequences":
        sampling.stop = try value.mapElements(in: bytes) { $0.string(in: bytes) ?? "" }
      case "responseMimeType", "response_mime_type":
        if value.isString("application/json", in: bytes) { responseFormat = .jsonObject }
      default: break
      }
    }
  }
}

/// One content of a native request.
private struct NativeContent {
  private var role = ChatRole.user
  /// What is said in it.
  private(set) var said: [ContentPart] = []
  private var calls: [ToolCall] = []
  /// Results of functions, each a message of its own.
  private var results: [ChatMessage] = []

  init(_ node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    // A text alone counts as a content with one part.
    if let text = node.string(in: bytes) { said = [.text(text)] }
    for (key, value) in try node.decodedMembers(in: bytes) {
      switch key {
      case "role": if value.isString("model", in: bytes) { role = .assistant }
      case "parts":
        let parts = value.kind == .object ? [value] : try value.mapElements(in: bytes) { $0 }
        for part in parts { try read(part, in: bytes) }
      default: break
      }
    }
  }

  var messages: [ChatMessage] {
    var message = ChatMessage(role: role, content: said)
    message.toolCalls = calls
    let isEmpty = said.isEmpty && calls.isEmpty
    return results + (isEmpty ? [] : [message])
  }

  private mutating func read(_ part: JSONNode, in bytes: RawSpan) throws(JSONError) {
    func text(_ node: JSONNode, _ names: String...) throws(JSONError) -> String? {
      for name in names {
        if let text = try node.member(named: name, in: bytes)?.string(in: bytes) { return text }
      }
      return nil
    }
    for (key, value) in try part.decodedMembers(in: bytes) {
      switch key {
      case "text": if let text = value.string(in: bytes) { said.append(.text(text)) }
      case "inlineData", "inline_data":
        let type = try text(value, "mimeType", "mime_type") ?? ""
        let data = try text(value, "data") ?? ""
        said.append(Self.media("data:\(type);base64,\(data)", type))
      case "fileData", "file_data":
        let type = try text(value, "mimeType", "mime_type") ?? ""
        said.append(Self.media(try text(value, "fileUri", "file_uri") ?? "", type))
      case "functionCall", "function_call":
        let arguments = try value.member("args", in: bytes)?.compactText(in: bytes)
        calls.append(
          ToolCall(
            id: try text(value, "id"), name: try text(value, "name") ?? "",
            arguments: arguments ?? "{}"))
      case "functionResponse", "function_response":
        let response = try value.member("response", in: bytes)?.text(in: bytes).string
        var result = ChatMessage(role: .tool, content: [.text(response ?? "")])
        result.toolCallID = try text(value, "id")
        result.name = try text(value, "name")
        results.append(result)
      case "thought", "thoughtSignature", "thought_signature": break
      default: said.append(.other(JSONText(object: [UnknownField(key, value.text(in: bytes))])))
      }
    }
  }

  private static func media(_ url: String, _ type: String) -> ContentPart {
    type.isEmpty || type.hasPrefix("image/")
      ? .image(url: url, detail: nil) : .file(ContentPart.File(data: url))
  }
}
