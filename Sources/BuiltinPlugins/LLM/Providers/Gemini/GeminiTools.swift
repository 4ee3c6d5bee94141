// SPDX-License-Identifier: Apache-2.0

/// The functions on offer, and how they are to be called.
struct GeminiTools {
  fileprivate struct Declaration {
    var name: String
    var description: String?
    var parameters: GeminiSchema?
  }

  fileprivate var declarations: [Declaration] = []
  /// Gemini's own tools, which a client wrote in Gemini's words.
  private var own: [JSONText] = []
  private var config: JSONText?

  var isEmpty: Bool { declarations.isEmpty && own.isEmpty }

  init(_ chat: ChatRequest, isVertex: Bool, _ notes: inout Unsupported) {
    for (index, tool) in chat.tools.enumerated() {
      let place = "tools[\(index)]"
      switch tool {
      case .other(let text) where Self.isOwn(text): own.append(text)
      case .other: notes.note(place)
      case .function(let function):
        if function.isStrict == true, chat.toolChoice.isOptional {
          notes.note("\(place).function.strict")
        }
        let schema = function.parameters.flatMap {
          GeminiSchema($0, at: "\(place).function.parameters", isVertex: isVertex, &notes)
        }
        declarations.append(
          Declaration(
            name: function.name, description: function.description, parameters: schema))
      }
    }
    if chat.allowsParallelToolCalls == false, !declarations.isEmpty {
      notes.note("parallel_tool_calls")
    }
    guard let choice = chat.toolChoice else { return }
    if declarations.isEmpty {
      if choice != .auto, choice != .forbidden { notes.note("tool_choice") }
      return
    }
    switch choice {
    case .auto: config = Self.config("AUTO")
    case .forbidden: config = Self.config("NONE")
    case .required: config = Self.config("ANY")
    case .function(let name): config = Self.config("ANY", name)
    case .other: notes.note("tool_choice")
    }
  }

  func write(to writer: inout JSONWriter) {
    if !isEmpty {
      writer.key("tools")
      writer.array { writer in
        if !declarations.isEmpty {
          writer.object {
            $0.key("functionDeclarations")
            $0.array { for one in declarations { one.write(to: &$0) } }
          }
        }
        for tool in own { writer.text(tool) }
      }
    }
    writer.member("toolConfig", config)
  }

  private static func config(_ mode: String, _ name: String? = nil) -> JSONText {
    JSONText {
      $0.object {
        $0.key("functionCallingConfig")
        $0.object {
          $0.member("mode", mode)
          if let name {
            $0.key("allowedFunctionNames")
            $0.array { $0.string(name) }
          }
        }
      }
    }
  }

  /// Whether a tool is one of Google's own, such as `{"googleSearch": {}}`.
  private static func isOwn(_ tool: JSONText) -> Bool {
    let span = tool.bytes.span.bytes
    var members = JSONMembers(scanning: span)
    guard let first = try? members.next(in: span) else { return false }
    switch first.key.string(in: span) {
    case "googleSearch", "google_search", "codeExecution", "code_execution", "urlContext",
      "url_context", "googleMaps", "google_maps":
      return true
    default: return false
    }
  }
}

extension GeminiTools.Declaration {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object {
      $0.member("name", name)
      $0.member("description", description)
      if let parameters {
        $0.member(
          parameters.isJSONSchema ? "parametersJsonSchema" : "parameters", parameters.text)
      }
    }
  }
}

extension ToolChoice? {
  /// Whether the model may answer without a call. Where it may not, Gemini keeps to the schemas exactly.
  fileprivate var isOptional: Bool {
    switch self {
    case .required, .function: false
    case nil, .auto, .forbidden, .other: true
    }
  }
}
