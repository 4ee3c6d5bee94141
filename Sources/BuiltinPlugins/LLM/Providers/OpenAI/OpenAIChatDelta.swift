// SPDX-License-Identifier: Apache-2.0

extension ChatDelta {
  /// The neutral form of a chunk in OpenAI's format: the data of one event.
  package init(openAI data: RawSpan) throws(JSONError) {
    try self.init(openAI: JSONNode.validated(in: data), in: data)
  }

  /// The neutral form of a chunk that was validated.
  init(openAI root: JSONNode, in data: RawSpan) throws(JSONError) {
    self.init(id: "", created: 0, model: "", choices: [])
    for (key, value) in try root.decodedMembers(in: data) where !value.isNull {
      switch key {
      case "id": id = value.string(in: data) ?? ""
      case "created": created = value.integer(in: data) ?? 0
      case "model": model = value.string(in: data) ?? ""
      case "choices":
        choices = try value.mapElements(in: data) { (node) throws(JSONError) in
          try Choice(openAI: node, in: data)
        }
      case "usage": usage = try Usage(openAI: value, in: data)
      default: break
      }
    }
  }

  /// The event that carries the chunk in OpenAI's format, its blank line included.
  package var openAIEvent: [UInt8] {
    OpenAI.event(
      JSONText { writer in
        writer.object {
          $0.member("id", id)
          $0.member("object", "chat.completion.chunk")
          $0.member("created", created)
          $0.member("model", model)
          $0.key("choices")
          $0.array { for choice in choices { choice.write(to: &$0) } }
          $0.member("usage", usage?.openAI)
        }
      })
  }
}

extension ChatDelta.Choice {
  fileprivate init(openAI node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    self.init(index: try node.member("index", in: bytes)?.integer(in: bytes) ?? 0)
    finishReason = try node.member("finish_reason", in: bytes)?.string(in: bytes)
      .map { FinishReason(name: $0) }
    guard let delta = try node.member("delta", in: bytes) else { return }
    role = try delta.member("role", in: bytes)?.string(in: bytes).map { ChatRole(name: $0) }
    content = try delta.member("content", in: bytes)?.string(in: bytes)
    refusal = try delta.member("refusal", in: bytes)?.string(in: bytes)
    guard let calls = try delta.member("tool_calls", in: bytes) else { return }
    toolCalls = try calls.mapElements(in: bytes) { (call) throws(JSONError) in
      ChatDelta.ToolCallDelta(
        index: try call.member("index", in: bytes)?.integer(in: bytes) ?? 0,
        id: try call.member("id", in: bytes)?.string(in: bytes),
        name: try call.value(at: ["function", "name"], in: bytes)?.string(in: bytes),
        arguments: try call.value(at: ["function", "arguments"], in: bytes)?.string(in: bytes))
    }
  }

  fileprivate func write(to writer: inout JSONWriter) {
    writer.object {
      $0.member("index", index)
      $0.key("delta")
      $0.object {
        $0.member("role", role?.name)
        $0.member("content", content)
        $0.member("refusal", refusal)
        if !toolCalls.isEmpty {
          $0.key("tool_calls")
          $0.array { for call in toolCalls { call.write(to: &$0) } }
        }
      }
      $0.member("finish_reason", orNull: finishReason?.name)
    }
  }
}

extension ChatDelta.ToolCallDelta {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object {
      $0.member("index", index)
      $0.member("id", id)
      // Strict clients want the type wherever a call begins.
      $0.member("type", id == nil ? nil : "function")
      $0.key("function")
      $0.object {
        $0.member("name", name)
        $0.member("arguments", arguments)
      }
    }
  }
}

extension OpenAI {
  /// The event that ends every stream.
  package static let done = Array("data: [DONE]\n\n".utf8)

  /// An event with JSON as its data.
  package static func event(_ data: JSONText) -> [UInt8] {
    Array("data: ".utf8) + data.bytes + Array("\n\n".utf8)
  }
}

extension ChatError {
  /// The error in OpenAI's format: the body of a response, or the data of an event.
  package var openAI: JSONText {
    JSONText { writer in
      writer.object {
        $0.key("error")
        $0.object {
          $0.member("message", message)
          $0.member("type", orNull: type)
          $0.member("param", orNull: parameter)
          $0.member("code", orNull: code)
        }
      }
    }
  }

  /// The neutral form of an error body in OpenAI's format; nil if there is no error in it.
  package init?(openAI body: RawSpan) throws(JSONError) {
    let root = try JSONNode.validated(in: body)
    guard let error = try root.member("error", in: body), !error.isNull else { return nil }
    let code = try error.member("code", in: body)
    self.init(
      // Some servers send a bare string.
      message: try error.member("message", in: body)?.string(in: body)
        ?? error.string(in: body) ?? "",
      type: try error.member("type", in: body)?.string(in: body),
      code: code?.string(in: body) ?? code?.integer(in: body).map(String.init),
      parameter: try error.member("param", in: body)?.string(in: body))
  }
}
