// SPDX-License-Identifier: Apache-2.0

/// A chat in the format of version 2. Nothing may be in it that Cohere does not know: it answers 422 to any other member.
struct CohereRequest {
  /// What the client asked for and Cohere cannot take.
  private(set) var unsupported: [String] = []
  private let chat: ChatRequest
  private let call: ProviderCall

  init(_ chat: ChatRequest, _ call: ProviderCall) {
    self.chat = chat
    self.call = call
  }

  mutating func body() -> [UInt8] {
    var writer = JSONWriter()
    writer.object {
      $0.member("model", call.model)
      $0.key("messages")
      $0.array {
        for (index, message) in chat.messages.enumerated() {
          unsupported += CohereMessage(message, index).write(to: &$0)
        }
      }
      writeTools(to: &$0)
      unsupported += CohereSampling.write(chat.sampling, to: &$0)
      writeFormat(to: &$0)
      $0.member("stream", call.isStreamed)
      for field in chat.unknown { write(field, to: &$0) }
    }
    return writer.bytes
  }

  private func has(_ name: String) -> Bool { chat.unknown.contains { $0.key == name } }

  // MARK: - Tools

  private mutating func writeTools(to writer: inout JSONWriter) {
    var functions: [(index: Int, function: ChatTool.Function)] = []
    for (index, tool) in chat.tools.enumerated() {
      switch tool {
      case .function(let function): functions.append((index, function))
      case .other: unsupported.append("tools[\(index)]")
      }
    }
    var choice: String?
    switch chat.toolChoice {
    case nil, .auto: break
    case .forbidden: choice = "NONE"
    case .required: choice = "REQUIRED"
    case .other: unsupported.append("tool_choice")
    case .function(let name):
      // A tool cannot be demanded by name, but it is the same to offer no other.
      let named = functions.filter { $0.function.name == name }
      if named.isEmpty { unsupported.append("tool_choice") } else { functions = named }
      choice = named.isEmpty ? nil : "REQUIRED"
    }
    // A choice without tools is refused, and means nothing.
    guard !functions.isEmpty else { return }
    if chat.allowsParallelToolCalls == false { unsupported.append("parallel_tool_calls") }
    writer.key("tools")
    writer.array { for (_, function) in functions { Self.write(function, to: &$0) } }
    writer.member("tool_choice", choice)
    writeStrictness(of: functions, to: &writer)
  }

  private static func write(_ function: ChatTool.Function, to writer: inout JSONWriter) {
    writer.object {
      $0.member("type", "function")
      $0.key("function")
      $0.object {
        $0.member("name", function.name)
        $0.member("description", function.description)
        $0.member("parameters", function.parameters ?? .noParameters)
      }
    }
  }

  /// Cohere knows strictness of all tools at once, and only where each has a parameter that is required.
  private mutating func writeStrictness(
    of functions: [(index: Int, function: ChatTool.Function)], to writer: inout JSONWriter
  ) {
    let strict = functions.filter { $0.function.isStrict == true }
    guard !strict.isEmpty, !has("strict_tools") else { return }
    if strict.count == functions.count, strict.allSatisfy({ $0.function.requiresParameters }) {
      return writer.member("strict_tools", true)
    }
    for (index, _) in strict { unsupported.append("tools[\(index)].function.strict") }
  }

  // MARK: - The rest

  /// Cohere's formats of an answer go neither with tools nor with documents.
  private mutating func writeFormat(to writer: inout JSONWriter) {
    guard let format = chat.responseFormat, format != .text else { return }
    guard chat.tools.isEmpty, !has("documents") else {
      return unsupported.append("response_format")
    }
    guard let wanted = CohereFormat(format) else { return unsupported.append("response_format") }
    writer.key("response_format")
    writer.object {
      $0.member("type", "json_object")
      $0.member("json_schema", wanted.schema)
    }
  }

  private mutating func write(_ field: UnknownField, to writer: inout JSONWriter) {
    guard !field.isDefault else { return }
    switch field.key {
    case "documents", "citation_options", "safety_mode", "priority", "strict_tools", "thinking":
      writer.member(field.key, field.value)
    case "reasoning_effort" where !has("thinking"):
      guard let thinking = Self.thinking(effort: field.value.string) else {
        return unsupported.append(field.key)
      }
      writer.member("thinking", thinking)
    default: unsupported.append(field.key)
    }
  }

  /// Cohere is told how many tokens to think at most; without a number it thinks as long as it likes.
  private static func thinking(effort: String) -> JSONText? {
    let text: String
    switch effort {
    case #""none""#: text = #"{"type":"disabled"}"#
    case #""minimal""#, #""low""#: text = #"{"type":"enabled","token_budget":1024}"#
    case #""medium""#: text = #"{"type":"enabled","token_budget":4096}"#
    case #""high""#, #""xhigh""#, #""max""#: text = #"{"type":"enabled"}"#
    default: return nil
    }
    return JSONText(unchecked: Array(text.utf8))
  }
}

/// JSON as the format of an answer, with a schema or without.
struct CohereFormat {
  /// The schema.
  let schema: JSONText?

  /// Nil for formats that are none of JSON, and for schemas that are none.
  init?(_ format: ResponseFormat) {
    switch format {
    case .jsonObject: schema = nil
    case .jsonSchema(let description):
      let bytes = description.bytes.span.bytes
      let node = try? JSONNode(scanning: bytes).member("schema", in: bytes)
      guard let node, node.kind == .object else { return nil }
      schema = node.text(in: bytes)
    case .text, .other: return nil
    }
  }
}

extension ChatTool.Function {
  /// Whether the schema says that a parameter cannot be left out.
  fileprivate var requiresParameters: Bool {
    guard let bytes = parameters?.bytes else { return false }
    let span = bytes.span.bytes
    let required = try? JSONNode(scanning: span).member("required", in: span)
    guard let required, required.kind == .array else { return false }
    return !required.isEmpty(in: span)
  }
}
