// SPDX-License-Identifier: Apache-2.0

/// Whose model it is, as far as its id tells: what Converse has no field for, each family takes under names of its own
/// (`additionalModelRequestFields`).
enum BedrockFamily: Equatable {
  case ai21
  case anthropic
  case cohere
  case deepseek
  case meta
  case mistral
  case nova
  case nova2
  case openAI
  case titan
  /// An ARN of a profile or an imported model, or a family that is not known here.
  case other

  /// The family of a model's id, such as `us.anthropic.claude-…`, or of an ARN that ends with one.
  init(model: String) {
    let id = model.drop { $0 != "/" }.dropFirst()
    // `us.`, `eu.`, `global.` and so on choose where a model runs.
    let parts = (id.isEmpty ? model[...] : id).split(separator: ".", maxSplits: 2)
    for (place, part) in parts.prefix(2).enumerated() {
      let rest = place + 1 < parts.count ? parts[place + 1] : ""
      switch part {
      case "ai21": self = .ai21
      case "anthropic": self = .anthropic
      case "cohere": self = .cohere
      case "deepseek": self = .deepseek
      case "meta": self = .meta
      case "mistral": self = .mistral
      case "openai": self = .openAI
      case "amazon" where rest.hasPrefix("nova-2"): self = .nova2
      case "amazon" where rest.hasPrefix("nova"): self = .nova
      case "amazon": self = .titan
      default: continue
      }
      return
    }
    self = .other
  }

  /// A sampling option that Converse has no field for.
  enum Option {
    case topK
    case seed
    case presencePenalty
    case frequencyPenalty
  }

  /// Where in the additional fields an option goes; nil: the family does not take it, or nobody says so.
  func path(of option: Option) -> (outer: String?, name: String)? {
    switch (self, option) {
    case (.anthropic, .topK), (.mistral, .topK): (nil, "top_k")
    case (.nova, .topK), (.nova2, .topK): ("inferenceConfig", "topK")
    case (.cohere, .topK): (nil, "k")
    case (.cohere, .seed): (nil, "seed")
    case (.cohere, .presencePenalty), (.ai21, .presencePenalty): (nil, "presence_penalty")
    case (.cohere, .frequencyPenalty), (.ai21, .frequencyPenalty): (nil, "frequency_penalty")
    default: nil
    }
  }

  /// How hard to think, and where that is said.
  enum Effort {
    /// Converse's own field: `outputConfig.effort`.
    case converse(String)
    /// A member of the additional fields.
    case additional(String, JSONText)
    /// It is what the model does without being told.
    case unsaid
  }

  /// What becomes of OpenAI's `reasoning_effort`; nil: the family has no such thing.
  func effort(_ effort: String) -> Effort? {
    let isKnown = ["low", "medium", "high"].contains(effort)
    switch self {
    case .anthropic, .other:
      if effort == "none" { return self == .anthropic ? .unsaid : nil }
      return isKnown || effort == "xhigh" || effort == "max" ? .converse(effort) : nil
    case .nova2:
      guard isKnown || effort == "none" else { return nil }
      let config = JSONText {
        $0.object {
          $0.member("type", isKnown ? "enabled" : "disabled")
          $0.member("maxReasoningEffort", isKnown ? effort : nil)
        }
      }
      return .additional("reasoningConfig", config)
    case .openAI: return isKnown ? .additional("reasoning_effort", .string(effort)) : nil
    case .ai21, .cohere, .deepseek, .meta, .mistral, .nova, .titan: return nil
    }
  }
}

extension Bedrock {
  /// Whether Converse takes instructions (`system`) for a model. It refuses them for some older ones.
  package static func takesInstructions(model: String) -> Bool {
    let without = [
      "amazon.titan-", "cohere.command-text-", "cohere.command-light-text-",
      "mistral.mistral-7b-instruct-", "mistral.mixtral-8x7b-instruct-",
    ]
    return !without.contains { model.contains($0) }
  }
}
