// SPDX-License-Identifier: Apache-2.0

/// `generationConfig`: how the model chooses words, how it thinks, and the shape of its answer.
struct GeminiConfig {
  private let sampling: SamplingOptions
  private var candidates: JSONText?
  private var thinking: GeminiModel.Thinking?
  private var isJSON = false
  private var schema: GeminiSchema?

  init(
    _ chat: ChatRequest, _ model: GeminiModel, isVertex: Bool, hasTools: Bool,
    _ notes: inout Unsupported
  ) {
    sampling = chat.sampling
    for field in chat.unknown {
      switch field.key {
      case "n": candidates = field.value
      case "reasoning_effort": readEffort(field.value, model, &notes)
      default: break
      }
    }
    guard let format = chat.responseFormat, format != .text else { return }
    if hasTools, !model.takesToolsWithJSON {
      notes.note("response_format")
    } else {
      readFormat(format, isVertex: isVertex, &notes)
    }
  }

  /// Whether a member without a name in the neutral form is read here.
  static func reads(_ key: String) -> Bool { key == "n" || key == "reasoning_effort" }

  private mutating func readEffort(
    _ text: JSONText, _ model: GeminiModel, _ notes: inout Unsupported
  ) {
    let span = text.bytes.span.bytes
    let effort = (try? JSONNode(scanning: span))?.string(in: span)
    let meant = model.thinking(effort ?? "")
    thinking = meant.thinking
    if !meant.isExact { notes.note("reasoning_effort") }
  }

  private mutating func readFormat(
    _ format: ResponseFormat, isVertex: Bool, _ notes: inout Unsupported
  ) {
    switch format {
    case .text: break
    case .other: notes.note("response_format")
    case .jsonObject: isJSON = true
    case .jsonSchema(let text):
      isJSON = true
      let span = text.bytes.span.bytes
      let place = "response_format.json_schema"
      guard let root = try? JSONNode(scanning: span) else { return notes.note(place) }
      if let told = try? root.member("description", in: span), !told.isNull {
        notes.note("\(place).description")
      }
      guard let node = try? root.member("schema", in: span) else { return }
      schema = GeminiSchema(
        node.text(in: span), at: "\(place).schema", isVertex: isVertex, &notes)
    }
  }

  func write(to writer: inout JSONWriter) {
    var config = JSONWriter()
    var isEmpty = true
    config.object { config in
      let start = config.bytes.count
      config.member("temperature", sampling.temperature)
      config.member("topP", sampling.topP)
      config.member("topK", sampling.topK)
      config.member("maxOutputTokens", sampling.maxTokens)
      config.member("candidateCount", candidates)
      if !sampling.stop.isEmpty {
        config.key("stopSequences")
        config.array { for text in sampling.stop { $0.string(text) } }
      }
      config.member("seed", sampling.seed)
      config.member("presencePenalty", sampling.presencePenalty)
      config.member("frequencyPenalty", sampling.frequencyPenalty)
      if isJSON { config.member("responseMimeType", "application/json") }
      if let schema {
        config.member(schema.isJSONSchema ? "responseJsonSchema" : "responseSchema", schema.text)
      }
      switch thinking {
      case nil: break
      case .budget(let tokens):
        config.key("thinkingConfig")
        config.object { $0.member("thinkingBudget", tokens) }
      case .level(let level):
        config.key("thinkingConfig")
        config.object { $0.member("thinkingLevel", level) }
      }
      isEmpty = config.bytes.count == start
    }
    if !isEmpty {
      writer.member("generationConfig", JSONText(unchecked: config.bytes))
    }
  }
}
