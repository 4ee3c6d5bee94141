// SPDX-License-Identifier: Apache-2.0

/// The tools on offer and which of them to call.
struct AnthropicTools: Sendable {
  private enum Choice {
    case auto
    case any
    case none
    case tool(String)
  }

  private var tools: [JSONText] = []
  private var choice: Choice?
  private var isParallel = true

  init(_ chat: ChatRequest, _ model: AnthropicModel, _ unsupported: inout [String]) {
    for (index, tool) in chat.tools.enumerated() {
      switch tool {
      case .function(let function):
        let isStrict = function.isStrict == true
        if isStrict, !model.hasStructuredOutputs {
          unsupported.append("tools[\(index)].function.strict")
        }
        tools.append(Self.tool(function, isStrict: isStrict && model.hasStructuredOutputs))
      case .other(let text):
        // Tools that Anthropic runs itself have their name beside the type.
        if text.memberContent("name") != nil {
          tools.append(text)
        } else {
          unsupported.append("tools[\(index)]")
        }
      }
    }
    guard !tools.isEmpty else {
      if chat.toolChoice.isMeant { unsupported.append("tool_choice") }
      declareCalledTools(chat)
      return
    }
    isParallel = chat.allowsParallelToolCalls ?? true
    switch chat.toolChoice {
    case .auto: choice = .auto
    case .required: choice = .any
    case .forbidden: choice = Choice.none
    case .function(let name): choice = .tool(name)
    case .other: unsupported.append("tool_choice")
    case nil: break
    }
    if !isParallel, choice == nil { choice = .auto }
  }

  /// Writes the members, if there are any.
  func write(to writer: inout JSONWriter) {
    guard !tools.isEmpty else { return }
    writer.key("tools")
    writer.array { for tool in tools { $0.text(tool) } }
    guard let choice else { return }
    writer.key("tool_choice")
    writer.object {
      switch choice {
      case .auto: $0.member("type", "auto")
      case .any: $0.member("type", "any")
      case .none: $0.member("type", "none")
      case .tool(let name):
        $0.member("type", "tool")
        $0.member("name", name)
      }
      if case .none = choice { return }
      if !isParallel { $0.member("disable_parallel_tool_use", true) }
    }
  }

  /// A conversation in which tools were called must name them, even where none is on offer any more.
  private mutating func declareCalledTools(_ chat: ChatRequest) {
    var names: [String] = []
    for message in chat.messages {
      for call in message.toolCalls where !names.contains(call.name) { names.append(call.name) }
    }
    tools = names.map { Self.tool(ChatTool.Function(name: $0), isStrict: false) }
    choice = Choice.none
  }

  private static func tool(_ function: ChatTool.Function, isStrict: Bool) -> JSONText {
    JSONText {
      $0.object {
        $0.member("name", function.name)
        $0.member("description", function.description)
        $0.member("input_schema", schema(function.parameters, isStrict: isStrict))
        if isStrict { $0.member("strict", true) }
      }
    }
  }

  /// The API demands that a tool's input is an object, and that the schema says so.
  private static func schema(_ parameters: JSONText?, isStrict: Bool) -> JSONText {
    let span = parameters?.bytes ?? []
    let type = try? JSONNode(scanning: span.span.bytes).member("type", in: span.span.bytes)
    if let parameters, type != nil, !isStrict { return parameters }
    guard let parameters, case .object(let members)? = try? JSONTree(parsing: parameters.bytes)
    else {
      return JSONText {
        $0.object {
          $0.member("type", "object")
          $0.key("properties")
          $0.object { _ in }
        }
      }
    }
    let typed =
      JSONTree.object(members)["type"] == nil
      ? [JSONTree.Member("type", .string("object"))] + members : members
    return (isStrict ? AnthropicSchema.closed(.object(typed)) : .object(typed)).text
  }
}

extension ToolChoice? {
  /// Whether it asks for something that no tool could fulfil where there are none.
  fileprivate var isMeant: Bool {
    switch self {
    case .required, .function, .other: true
    case .auto, .forbidden, nil: false
    }
  }
}
