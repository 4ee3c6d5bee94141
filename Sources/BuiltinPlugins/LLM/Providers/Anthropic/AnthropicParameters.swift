// SPDX-License-Identifier: Apache-2.0

/// What a request says beside its conversation and its tools, as far as this model takes it in this version of the API.
struct AnthropicParameters: Sendable {
  /// The limit of the answer.
  private(set) var maxTokens: JSONText
  private(set) var thinking = AnthropicThinking()
  /// The client's own `output_config`.
  private(set) var ownOutput: JSONText?

  private var sampling: [(name: String, value: JSONText)] = []
  private var stop: [String] = []
  private var user: String?
  private var serviceTier: String?
  /// Members that only Anthropic has, as the client wrote them.
  private var own: [UnknownField] = []

  init(
    _ chat: ChatRequest, _ model: AnthropicModel, version: String, _ unsupported: inout [String]
  ) {
    let limit = chat.sampling.maxTokens
    maxTokens = limit ?? .null
    readOthers(chat, model, limit.flatMap { $0.integer }, &unsupported)
    if limit == nil { maxTokens = .integer(thinking.maxTokens(model)) }
    let takesSampling =
      version < Anthropic.versionWithoutSampling && model.takesSampling && !thinking.isOn
    readSampling(chat.sampling, takesSampling, model, &unsupported)
    for (index, text) in chat.sampling.stop.enumerated() {
      // The API refuses texts of nothing but whitespace.
      if text.isBlank {
        unsupported.append(chat.sampling.stop.count == 1 ? "stop" : "stop[\(index)]")
      } else {
        stop.append(text)
      }
    }
  }

  /// Writes the members.
  func write(to writer: inout JSONWriter) {
    for (name, value) in sampling { writer.member(name, value) }
    if !stop.isEmpty {
      writer.key("stop_sequences")
      writer.array { for text in stop { $0.string(text) } }
    }
    if let user {
      writer.key("metadata")
      writer.object { $0.member("user_id", user) }
    }
    writer.member("service_tier", serviceTier)
    writer.member("thinking", thinking.member)
    writer.members(own)
  }

  private mutating func readSampling(
    _ options: SamplingOptions, _ takesSampling: Bool, _ model: AnthropicModel,
    _ unsupported: inout [String]
  ) {
    let temperature = options.temperature?.double
    if let text = options.temperature {
      // OpenAI's temperatures end at 2, Anthropic's at 1. At 1, the default of both, nothing is lost.
      if takesSampling, temperature.map({ $0 <= 1 }) ?? true {
        sampling.append(("temperature", text))
      } else if temperature != 1 {
        unsupported.append("temperature")
      }
    }
    if let text = options.topP {
      if takesSampling, sampling.isEmpty || model.takesTemperatureAndTopP {
        sampling.append(("top_p", text))
      } else if text.double != 1 {
        unsupported.append("top_p")
      }
    }
    if let text = options.topK {
      if takesSampling { sampling.append(("top_k", text)) } else { unsupported.append("top_k") }
    }
    if options.seed != nil { unsupported.append("seed") }
    if let penalty = options.presencePenalty, penalty.double != 0 {
      unsupported.append("presence_penalty")
    }
    if let penalty = options.frequencyPenalty, penalty.double != 0 {
      unsupported.append("frequency_penalty")
    }
  }

  private mutating func readOthers(
    _ chat: ChatRequest, _ model: AnthropicModel, _ limit: Int?, _ unsupported: inout [String]
  ) {
    var effort: String?
    for field in chat.unknown {
      switch field.key {
      case "reasoning_effort": effort = field.value.content
      case "thinking": thinking.mode = .own(field.value)
      case "output_config": ownOutput = field.value
      case "user": user = field.value.content
      case "safety_identifier": user = user ?? field.value.content
      case "service_tier":
        switch field.value.content {
        case "auto": serviceTier = "auto"
        case "default": serviceTier = "standard_only"
        default: unsupported.append(field.key)
        }
      case "cache_control", "container", "inference_geo", "speed": own.append(field)
      default:
        if !field.saysNothing { unsupported.append(field.key) }
      }
    }
    guard let effort, thinking.mode == nil else { return }
    thinking = AnthropicThinking(wish: effort, model: model, chat: chat, maxTokens: limit)
    if thinking.isUnsupported { unsupported.append("reasoning_effort") }
  }
}

extension UnknownField {
  /// Whether the value is what OpenAI does anyway: nothing is lost with it.
  var saysNothing: Bool {
    switch (key, value.string) {
    case (_, "false"), (_, "[]"), (_, "{}"): true
    case ("n", "1"), ("best_of", "1"), ("top_logprobs", "0"): true
    case ("modalities", let text): text.filter { !$0.isWhitespace } == #"["text"]"#
    case ("verbosity", #""medium""#): true
    default: false
    }
  }
}

extension JSONText {
  /// The content of a string; nil for other values.
  var content: String? {
    let span = bytes.span.bytes
    return (try? JSONNode(scanning: span))?.string(in: span)
  }

  /// The content of a member that is a string; nil if there is none.
  func memberContent(_ name: StaticString) -> String? {
    let span = bytes.span.bytes
    let node = try? JSONNode(scanning: span).member(name, in: span)
    return node?.string(in: span)
  }

  /// The value of a member that is a whole number; nil if there is none.
  func memberInteger(_ name: StaticString) -> Int? {
    let span = bytes.span.bytes
    let node = try? JSONNode(scanning: span).member(name, in: span)
    return node?.integer(in: span)
  }

  /// The value of a whole number.
  var integer: Int? {
    let span = bytes.span.bytes
    return (try? JSONNode(scanning: span))?.integer(in: span)
  }

  /// The value of a number.
  var double: Double? { Double(string) }
}
