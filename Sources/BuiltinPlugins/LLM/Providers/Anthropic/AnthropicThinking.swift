// SPDX-License-Identifier: Apache-2.0

/// How a model is told to think, from OpenAI's `reasoning_effort`.
struct AnthropicThinking: Equatable, Sendable {
  /// The `thinking` of the request.
  enum Mode: Equatable {
    /// By so many tokens, of which `max_tokens` must have more.
    case budget(Int)
    /// As the model likes. Newer models keep their thoughts to themselves unless asked to sum them up.
    case adaptive
    /// Not at all: said to models that do unless told so.
    case disabled
    /// As the client wrote it, in Anthropic's own words.
    case own(JSONText)
  }

  /// Nil leaves it to the model's default.
  var mode: Mode?
  /// The effort, `low` to `max`.
  var effort: String?
  /// Whether the client's wish could not be followed.
  var isUnsupported = false

  /// What the client did not say.
  init() {}

  /// - Parameters:
  ///   - wish: `reasoning_effort`: none, minimal, low, medium, high, xhigh or max.
  ///   - maxTokens: The client's limit of the answer, if it names one.
  init(wish: String, model: AnthropicModel, chat: ChatRequest, maxTokens: Int?) {
    guard let budget = Self.budgets.first(where: { $0.effort == wish })?.tokens else {
      isUnsupported = true
      return
    }
    if budget == 0 {
      isUnsupported = model.cannotStopThinking
      mode = model.thinksByDefault && !isUnsupported ? .disabled : nil
      return
    }
    let isForced = chat.forcesTool
    switch model.thinking {
    case .none: isUnsupported = true
    case .adaptive:
      effort = wish == "minimal" ? "low" : wish
      if wish == "xhigh", !model.knowsExtraHighEffort { effort = "high" }
      // A model that must call a tool may not be told to think before.
      mode = isForced ? nil : .adaptive
    case .budget:
      let tokens = maxTokens.map { min(budget, max(Self.smallestBudget, $0 / 2)) } ?? budget
      let fits = maxTokens.map { $0 > tokens } ?? true
      if fits, !isForced, !chat.awaitsAnswerToTools {
        mode = .budget(tokens)
      } else {
        isUnsupported = true
      }
    }
  }

  /// Whether the model is told to think.
  var isOn: Bool {
    switch mode {
    case .budget, .adaptive: true
    case .own(let text): text.memberContent("type") != "disabled"
    case .disabled, nil: false
    }
  }

  /// The limit of an answer that the client left open: there is room for an answer behind the thoughts.
  func maxTokens(_ model: AnthropicModel) -> Int {
    switch mode {
    case .budget(let tokens): max(model.defaultMaxTokens, tokens + 4096)
    case .adaptive: max(model.defaultMaxTokens, 32_000)
    case .own(let text):
      max(model.defaultMaxTokens, (text.memberInteger("budget_tokens") ?? 0) &+ 4096)
    case .disabled, nil: model.defaultMaxTokens
    }
  }

  /// The `thinking` of the request.
  var member: JSONText? {
    guard let mode else { return nil }
    return JSONText {
      switch mode {
      case .own(let text): $0.text(text)
      case .disabled: $0.object { $0.member("type", "disabled") }
      case .adaptive:
        $0.object {
          $0.member("type", "adaptive")
          $0.member("display", "summarized")
        }
      case .budget(let tokens):
        $0.object {
          $0.member("type", "enabled")
          $0.member("budget_tokens", tokens)
        }
      }
    }
  }

  /// The API takes no smaller one.
  private static let smallestBudget = 1024

  private static let budgets: [(effort: String, tokens: Int)] = [
    ("none", 0), ("minimal", smallestBudget), ("low", 2048), ("medium", 6144), ("high", 12_288),
    ("xhigh", 24_576), ("max", 24_576),
  ]
}

extension ChatRequest {
  /// Whether the model has no choice but to call a tool.
  fileprivate var forcesTool: Bool {
    switch toolChoice {
    case .required, .function: !tools.isEmpty
    case .auto, .forbidden, .other, nil: false
    }
  }

  /// Whether the model has to go on from results of tools. With a budget it may do so only from its own signed
  /// thoughts, which no client in OpenAI's format has kept.
  fileprivate var awaitsAnswerToTools: Bool {
    messages.last { !$0.role.isInstruction }?.role == .tool
  }
}
