// SPDX-License-Identifier: Apache-2.0

/// A chat, or a text to continue, in Ollama's format.
struct OllamaRequest {
  private let chat: ChatRequest
  private let call: ProviderCall
  private var unsupported: [String] = []
  private var messages: [OllamaMessage] = []

  /// - Throws: where a message cannot be said to Ollama at all.
  init(_ chat: ChatRequest, _ call: ProviderCall) throws(RequestProblem) {
    self.chat = chat
    self.call = call
    guard call.route != .completions else { return }
    var names = ToolCallNames()
    for (index, message) in chat.messages.enumerated() {
      if let message = try OllamaMessage(
        message, at: "messages[\(index)]", &names, &unsupported)
      {
        messages.append(message)
      }
    }
  }

  func finished() -> ProviderRequest {
    var notes = unsupported
    let body = JSONText { writer in
      writer.object {
        $0.member("model", call.model)
        if call.route == .completions {
          $0.member("prompt", chat.messages.last?.text ?? "")
        } else {
          $0.key("messages")
          $0.array { for message in messages { message.write(to: &$0) } }
          writeTools(to: &$0, &notes)
        }
        // Without the member, Ollama streams.
        $0.member("stream", call.isStreamed)
        writeFormat(to: &$0, &notes)
        let options = writeUnknown(to: &$0, &notes)
        writeOptions(options, to: &$0)
      }
    }
    let path = call.route == .completions ? "/api/generate" : "/api/chat"
    var request = ProviderRequest(path: path, body: body.bytes)
    request.unsupported = notes
    return request
  }

  // MARK: -

  private func writeTools(to writer: inout JSONWriter, _ notes: inout [String]) {
    if chat.allowsParallelToolCalls == false, !chat.tools.isEmpty {
      notes.append("parallel_tool_calls")
    }
    switch chat.toolChoice {
    case nil, .auto: break
    // A model that is shown no tools calls none.
    case .forbidden: return
    case .required, .function, .other: notes.append("tool_choice")
    }
    var functions: [ChatTool.Function] = []
    for (index, tool) in chat.tools.enumerated() {
      guard case .function(let function) = tool else {
        notes.append("tools[\(index)]")
        continue
      }
      if function.isStrict == true { notes.append("tools[\(index)].function.strict") }
      functions.append(function)
    }
    guard !functions.isEmpty else { return }
    writer.key("tools")
    writer.array { for function in functions { Self.write(function, to: &$0) } }
  }

  private static func write(_ function: ChatTool.Function, to writer: inout JSONWriter) {
    writer.object {
      $0.member("type", "function")
      $0.key("function")
      $0.object {
        $0.member("name", function.name)
        $0.member("description", function.description)
        // The templates of models expect a schema.
        $0.member("parameters", function.parameters ?? noParameters)
      }
    }
  }

  private static let noParameters = JSONText(
    unchecked: Array(#"{"type":"object","properties":{}}"#.utf8))

  private func writeFormat(to writer: inout JSONWriter, _ notes: inout [String]) {
    switch chat.responseFormat {
    case nil, .text: break
    case .jsonObject: writer.member("format", "json")
    case .jsonSchema(let description):
      let span = description.bytes.span.bytes
      let schema = try? JSONNode(scanning: span).member("schema", in: span)
      if let schema, schema.kind == .object {
        writer.member("format", schema.text(in: span))
      } else {
        notes.append("response_format")
      }
    case .other: notes.append("response_format")
    }
  }

  /// Writes what Ollama knows by the client's name for it, and gives back what belongs to its options.
  private func writeUnknown(
    to writer: inout JSONWriter, _ notes: inout [String]
  ) -> [UnknownField] {
    var options: [UnknownField] = []
    for field in chat.unknown where !field.isDefault {
      switch field.key {
      case "think", "keep_alive": writer.member(field.key, field.value)
      case "suffix" where call.route == .completions: writer.member(field.key, field.value)
      case "reasoning_effort" where Self.thinking[field.value.string] != nil:
        writer.member("think", Self.thinking[field.value.string])
      case "min_p", "typical_p", "repeat_penalty", "repeat_last_n", "num_ctx", "num_keep":
        options.append(field)
      default: notes.append(field.key)
      }
    }
    return options
  }

  /// OpenAI's efforts, as JSON. Ollama has three.
  private static let thinking: [String: JSONText] = [
    #""none""#: .boolean(false), #""minimal""#: .string("low"), #""low""#: .string("low"),
    #""medium""#: .string("medium"), #""high""#: .string("high"), #""xhigh""#: .string("high"),
  ]

  private func writeOptions(_ others: [UnknownField], to writer: inout JSONWriter) {
    let sampling = chat.sampling
    let known: [(String, JSONText?)] = [
      ("num_predict", sampling.maxTokens), ("temperature", sampling.temperature),
      ("top_p", sampling.topP), ("top_k", sampling.topK), ("seed", sampling.seed),
      ("presence_penalty", sampling.presencePenalty),
      ("frequency_penalty", sampling.frequencyPenalty),
    ]
    guard known.contains(where: { $0.1 != nil }) || !sampling.stop.isEmpty || !others.isEmpty else {
      return
    }
    writer.key("options")
    writer.object {
      for (name, value) in known { $0.member(name, value) }
      if !sampling.stop.isEmpty {
        $0.key("stop")
        $0.array { for text in sampling.stop { $0.string(text) } }
      }
      $0.members(others)
    }
  }
}
