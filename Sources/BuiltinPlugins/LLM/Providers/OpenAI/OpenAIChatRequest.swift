// SPDX-License-Identifier: Apache-2.0

extension ChatRequest {
  /// The neutral form of a request in OpenAI's format, which is validated.
  package init(openAI body: RawSpan) throws(JSONError) {
    try self.init(openAI: JSONNode.validated(in: body), in: body)
  }

  /// The neutral form of a request that was validated.
  package init(openAI root: JSONNode, in body: RawSpan) throws(JSONError) {
    self.init(model: nil, messages: [])
    var members = JSONMembers(scanning: body, at: root.start)
    while let name = try members.nextKey(in: body) {
      // Nearly all bytes of a request are in its messages: they are read in the pass that finds their end.
      if name.isString("messages", in: body) {
        if let end = try readMessages(in: body, at: members.valueOffset) {
          members.resume(at: end)
          continue
        }
      }
      let key = name.string(in: body) ?? ""
      let value = try members.value(in: body)
      if value.isNull { continue }
      switch key {
      case "model": model = value.string(in: body)
      case "messages": break
      case "tools":
        tools = try value.mapElements(in: body) { (node) throws(JSONError) in
          try ChatTool(openAI: node, in: body)
        }
        lostOfTools = try Self.lost(ofTools: value, in: body)
      case "tool_choice": toolChoice = try ToolChoice(openAI: value, in: body)
      case "parallel_tool_calls": allowsParallelToolCalls = value.boolean
      case "temperature": sampling.temperature = value.text(in: body)
      case "top_p": sampling.topP = value.text(in: body)
      case "top_k": sampling.topK = value.text(in: body)
      case "max_tokens", "max_completion_tokens": sampling.maxTokens = value.text(in: body)
      case "seed": sampling.seed = value.text(in: body)
      case "presence_penalty": sampling.presencePenalty = value.text(in: body)
      case "frequency_penalty": sampling.frequencyPenalty = value.text(in: body)
      case "stop":
        let list = try value.mapElements(in: body) { $0.string(in: body) }
        sampling.stop = value.string(in: body).map { [$0] } ?? list.compactMap { $0 }
      case "response_format": responseFormat = try ResponseFormat(openAI: value, in: body)
      case "stream": isStreamed = value.kind == .true
      case "stream_options":
        asksForUsage = try value.member("include_usage", in: body)?.kind == .true
      default: unknown.append(UnknownField(key, value.text(in: body)))
      }
    }
  }

  private static func lost(
    ofTools tools: JSONNode, in body: RawSpan
  ) throws(JSONError) -> [String] {
    var lost: [String] = []
    var elements = JSONElements(of: tools)
    var index = 0
    while let tool = try elements.next(in: body) {
      defer { index += 1 }
      // A tool of another type is kept whole.
      guard try tool.member("function", in: body) != nil else { continue }
      var members = JSONMembers(of: tool)
      while let member = try members.next(in: body) {
        if member.value.isNull || member.key.isString("type", in: body)
          || member.key.isString("function", in: body)
        {
          continue
        }
        lost.append("tools[\(index)].\(member.key.string(in: body) ?? "")")
      }
    }
    return lost
  }

  /// Where the array of messages ends that begins at an offset; nil if there is none.
  private mutating func readMessages(in body: RawSpan, at offset: Int) throws(JSONError) -> Int? {
    guard body.byteOrZero(at: body.skippingWhitespace(from: offset)) == UInt8(ascii: "[") else {
      return nil
    }
    messages = []
    var elements = JSONElements(scanning: body, at: offset)
    while let start = try elements.nextStart(in: body) {
      var end = start
      messages.append(try ChatMessage(openAI: body, at: start, end: &end))
      elements.resume(at: end)
    }
    return elements.end
  }

  /// The request in OpenAI's format.
  package var openAI: [UInt8] {
    JSONText { writer in
      writer.object {
        $0.member("model", model)
        $0.key("messages")
        $0.array { for message in messages { message.write(to: &$0) } }
        if !tools.isEmpty {
          $0.key("tools")
          $0.array { for tool in tools { $0.text(tool.openAI) } }
        }
        $0.member("tool_choice", toolChoice?.openAI)
        $0.member("parallel_tool_calls", allowsParallelToolCalls)
        $0.member("temperature", sampling.temperature)
        $0.member("top_p", sampling.topP)
        let isNew = model.map { OpenAI.wantsMaxCompletionTokens($0) } ?? false
        $0.member(isNew ? "max_completion_tokens" : "max_tokens", sampling.maxTokens)
        $0.member("seed", sampling.seed)
        $0.member("presence_penalty", sampling.presencePenalty)
        $0.member("frequency_penalty", sampling.frequencyPenalty)
        if !sampling.stop.isEmpty {
          $0.key("stop")
          $0.array { for text in sampling.stop { $0.string(text) } }
        }
        $0.member("response_format", responseFormat?.openAI)
        $0.member("stream", isStreamed)
        if isStreamed, asksForUsage {
          $0.key("stream_options")
          $0.object { $0.member("include_usage", true) }
        }
        $0.members(unknown)
      }
    }.bytes
  }
}

extension ChatTool {
  init(openAI node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    guard let function = try node.member("function", in: bytes),
      let name = try function.member("name", in: bytes)?.string(in: bytes)
    else {
      self = .other(node.text(in: bytes))
      return
    }
    self = .function(
      Function(
        name: name,
        description: try function.member("description", in: bytes)?.string(in: bytes),
        parameters: try function.member("parameters", in: bytes)?.text(in: bytes),
        isStrict: try function.member("strict", in: bytes)?.boolean))
  }

  fileprivate var openAI: JSONText {
    switch self {
    case .other(let text): text
    case .function(let function):
      JSONText {
        $0.object {
          $0.member("type", "function")
          $0.key("function")
          $0.object {
            $0.member("name", function.name)
            $0.member("description", function.description)
            $0.member("parameters", function.parameters)
            $0.member("strict", function.isStrict)
          }
        }
      }
    }
  }
}

extension ToolChoice {
  init(openAI node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    switch node.string(in: bytes) {
    case "auto": self = .auto
    case "none": self = .forbidden
    case "required": self = .required
    default:
      let name = try node.value(at: ["function", "name"], in: bytes)?.string(in: bytes)
      self = name.map { .function(name: $0) } ?? .other(node.text(in: bytes))
    }
  }

  fileprivate var openAI: JSONText {
    switch self {
    case .auto: .string("auto")
    case .forbidden: .string("none")
    case .required: .string("required")
    case .other(let text): text
    case .function(let name):
      JSONText {
        $0.object {
          $0.member("type", "function")
          $0.key("function")
          $0.object { $0.member("name", name) }
        }
      }
    }
  }
}

extension ResponseFormat {
  init(openAI node: JSONNode, in bytes: RawSpan) throws(JSONError) {
    switch try node.member("type", in: bytes)?.string(in: bytes) {
    case "text": self = .text
    case "json_object": self = .jsonObject
    default:
      let schema = try node.member("json_schema", in: bytes)
      self = schema.map { .jsonSchema($0.text(in: bytes)) } ?? .other(node.text(in: bytes))
    }
  }

  fileprivate var openAI: JSONText {
    switch self {
    case .other(let text): text
    case .text: JSONText { $0.object { $0.member("type", "text") } }
    case .jsonObject: JSONText { $0.object { $0.member("type", "json_object") } }
    case .jsonSchema(let schema):
      JSONText {
        $0.object {
          $0.member("type", "json_schema")
          $0.member("json_schema", schema)
        }
      }
    }
  }
}
