// SPDX-License-Identifier: Apache-2.0

/// Why a model stopped, by OpenAI's names, onto which each provider's are mapped.
package enum FinishReason: Equatable, Sendable {
  /// It had said all, or met a stop text.
  case stop
  /// It reached the limit of tokens.
  case length
  /// It calls tools.
  case toolCalls
  /// A filter ended it.
  case contentFilter
  /// A reason that is not known here.
  case other(String)

  /// The reason by its name in OpenAI's API.
  package init(name: String) {
    switch name {
    case "stop": self = .stop
    case "length": self = .length
    case "tool_calls": self = .toolCalls
    case "content_filter": self = .contentFilter
    default: self = .other(name)
    }
  }

  /// Its name in OpenAI's API.
  package var name: String {
    switch self {
    case .stop: "stop"
    case .length: "length"
    case .toolCalls: "tool_calls"
    case .contentFilter: "content_filter"
    case .other(let name): name
    }
  }
}

/// A whole answer.
package struct ChatResponse: Equatable, Sendable {
  /// One of the answers that were asked for.
  package struct Choice: Equatable, Sendable {
    /// Its number.
    package var index: Int
    /// The message.
    package var message: ChatMessage
    /// Why it ended.
    package var finishReason: FinishReason?
    /// What else the choice has.
    package var unknown: [UnknownField] = []

    /// A choice.
    package init(index: Int = 0, message: ChatMessage, finishReason: FinishReason?) {
      self.index = index
      self.message = message
      self.finishReason = finishReason
    }
  }

  /// Its id. Strict clients refuse an answer without one.
  package var id: String
  /// When it was made, in seconds since 1970.
  package var created: Int
  /// The model that answered.
  package var model: String
  /// The answers.
  package var choices: [Choice]
  /// What it used, if that is known.
  package var usage: Usage?
  /// What else the answer has.
  package var unknown: [UnknownField] = []

  /// An answer.
  package init(id: String, created: Int, model: String, choices: [Choice], usage: Usage? = nil) {
    self.id = id
    self.created = created
    self.model = model
    self.choices = choices
    self.usage = usage
  }
}
