// SPDX-License-Identifier: Apache-2.0

/// A chat as the body of Converse and ConverseStream. What cannot be said there is named on the way.
struct ConverseRequest {
  let chat: ChatRequest
  let family: BedrockFamily
  let settings: ProviderSettings
  /// What could not be said, by its place in the client's body.
  var unsupported: [String] = []
  /// Members that Converse knows by the name that the client used.
  var passed: [UnknownField] = []
  /// Members of `additionalModelRequestFields`.
  var additional: [UnknownField] = []
  /// `outputConfig.effort`
  var effort: String?
  /// `serviceTier.type`
  var serviceTier: String?

  init(_ chat: ChatRequest, _ family: BedrockFamily, _ settings: ProviderSettings) {
    self.chat = chat
    self.family = family
    self.settings = settings
  }

  /// The body.
  ///
  /// - Throws: where a message could not be told from another without what it lacks.
  mutating func body() throws(RequestProblem) -> [UInt8] {
    var conversation = ConverseConversation()
    for (index, message) in chat.messages.enumerated() {
      try conversation.add(message, at: "messages[\(index)]")
    }
    unsupported += conversation.unsupported
    let tools = toolConfig(called: conversation.calledTools)
    chooseFields()
    let output = outputConfig()
    var writer = JSONWriter()
    writer.object {
      $0.key("messages")
      $0.array { writer in
        for turn in conversation.turns { turn.write(to: &writer) }
      }
      if !conversation.system.isEmpty {
        $0.key("system")
        $0.array { writer in
          for text in conversation.system { writer.object { $0.member("text", text) } }
        }
      }
      write(chat.sampling, to: &$0)
      $0.member("toolConfig", tools)
      $0.member("outputConfig", output)
      writeFields(to: &$0)
    }
    return writer.bytes
  }

  /// `inferenceConfig`
  private func write(_ sampling: SamplingOptions, to writer: inout JSONWriter) {
    let stop = sampling.stop.filter { !$0.isEmpty }
    let isEmpty =
      sampling.maxTokens == nil && sampling.temperature == nil && sampling.topP == nil
      && stop.isEmpty
    guard !isEmpty else { return }
    writer.key("inferenceConfig")
    writer.object {
      $0.member("maxTokens", sampling.maxTokens)
      $0.member("temperature", sampling.temperature)
      $0.member("topP", sampling.topP)
      guard !stop.isEmpty else { return }
      $0.key("stopSequences")
      $0.array { for text in stop { $0.string(text) } }
    }
  }

  /// `outputConfig`: the schema of the answer, and how hard to think about it. A client's own wins.
  private mutating func outputConfig() -> JSONText? {
    let format = textFormat()
    if passed.contains(where: { $0.key == "outputConfig" }) {
      if format != nil { unsupported.append("response_format") }
      if effort != nil { unsupported.append("reasoning_effort") }
      return nil
    }
    guard format != nil || effort != nil else { return nil }
    return JSONText {
      $0.object {
        $0.member("textFormat", format)
        $0.member("effort", effort)
      }
    }
  }

  private mutating func textFormat() -> JSONText? {
    switch chat.responseFormat {
    case nil, .text: return nil
    case .jsonSchema(let text):
      if let format = Self.textFormat(text.bytes.span.bytes) { return format }
    case .jsonObject, .other: break
    }
    unsupported.append("response_format")
    return nil
  }

  /// The `json_schema` object in Converse's words. The schema itself is a text there.
  private static func textFormat(_ format: RawSpan) -> JSONText? {
    guard let root = try? JSONNode(scanning: format),
      let schema = try? root.member("schema", in: format), schema.kind == .object
    else { return nil }
    let name = (try? root.member("name", in: format))?.string(in: format)
    let description = (try? root.member("description", in: format))?.string(in: format)
    return JSONText {
      $0.object {
        $0.member("type", "json_schema")
        $0.key("structure")
        $0.object {
          $0.key("jsonSchema")
          $0.object {
            $0.member("schema", format.string(schema.range))
            $0.member("name", name)
            $0.member("description", description)
          }
        }
      }
    }
  }
}
