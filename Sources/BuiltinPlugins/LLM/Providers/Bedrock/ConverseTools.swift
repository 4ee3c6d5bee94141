// SPDX-License-Identifier: Apache-2.0

extension ConverseRequest {
  /// `toolConfig`; nil where there is nothing to call.
  ///
  /// Converse wants the tools wherever the conversation has calls and results. So a choice of "none", for which it has no
  /// word, leaves the tools out only where nothing was called yet; and where a client calls no tools any more and leaves
  /// them out, those of the conversation are named again.
  ///
  /// - Parameter called: The names of the tools that the conversation calls.
  mutating func toolConfig(called: [String]) -> JSONText? {
    var functions: [ChatTool.Function] = []
    for (index, tool) in chat.tools.enumerated() {
      guard case .function(let function) = tool else {
        unsupported.append("tools[\(index)]")
        continue
      }
      functions.append(function)
    }
    if chat.toolChoice == .forbidden {
      if called.isEmpty { return nil }
      if !functions.isEmpty { unsupported.append("tool_choice") }
    }
    if functions.isEmpty {
      functions = called.map { ChatTool.Function(name: $0) }
    }
    guard !functions.isEmpty else {
      if let choice = chat.toolChoice, choice != .auto { unsupported.append("tool_choice") }
      return nil
    }
    let choice = toolChoice()
    return JSONText { writer in
      writer.object {
        $0.key("tools")
        $0.array { for function in functions { Self.write(function, to: &$0) } }
        $0.member("toolChoice", choice)
      }
    }
  }

  private mutating func toolChoice() -> JSONText? {
    func choice(_ kind: String, name: String? = nil) -> JSONText {
      JSONText {
        $0.object {
          $0.key(kind)
          $0.object { $0.member("name", name) }
        }
      }
    }
    switch chat.toolChoice {
    // Auto is what Converse does, and some models refuse to be told.
    case nil, .auto, .forbidden: return nil
    case .required: return choice("any")
    case .function(let name): return choice("tool", name: name)
    case .other:
      unsupported.append("tool_choice")
      return nil
    }
  }

  private static func write(_ function: ChatTool.Function, to writer: inout JSONWriter) {
    writer.object {
      $0.key("toolSpec")
      $0.object {
        $0.member("name", function.name)
        if let description = function.description, !description.isBlank {
          $0.member("description", description)
        }
        $0.key("inputSchema")
        $0.object { $0.member("json", schema(function.parameters)) }
        if function.isStrict == true { $0.member("strict", true) }
      }
    }
  }

  /// The schema of a function's arguments. Converse insists on an object that says that it describes one; OpenAI does
  /// not.
  private static func schema(_ parameters: JSONText?) -> JSONText {
    let empty = JSONText(unchecked: Array(#"{"type":"object","properties":{}}"#.utf8))
    guard let parameters else { return empty }
    let bytes = parameters.bytes.span.bytes
    guard let root = try? JSONNode(scanning: bytes), root.kind == .object, !root.isEmpty(in: bytes)
    else { return empty }
    if (try? root.member("type", in: bytes)) != nil { return parameters }
    return JSONText(
      unchecked: Array(#"{"type":"object","#.utf8) + bytes.copy(root.start + 1..<root.end))
  }
}
