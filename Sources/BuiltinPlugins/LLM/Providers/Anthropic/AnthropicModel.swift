// SPDX-License-Identifier: Apache-2.0

/// What a model of Anthropic takes, told from its name: `claude-3-5-haiku-20241022`,
/// `claude-sonnet-4-6`, `claude-2.1`.
///
/// Differences are told by version and not by a list of names, so that a new model is known on its first day. A
/// name without a version, such as an alias of one's own, counts as a current model.
struct AnthropicModel: Equatable, Sendable {
  /// How a model is told to think.
  enum Thinking: Equatable {
    /// It cannot.
    case none
    /// By a number of tokens.
    case budget
    /// It decides by itself, guided by an effort.
    case adaptive
  }

  /// Four hundred and five is 4.5. Nil if the name has none.
  let version: Int?
  /// Whether it is of a family that always thinks.
  let cannotStopThinking: Bool

  init(_ name: String) {
    version = Self.version(of: name)
    cannotStopThinking = name.contains("fable") || name.contains("mythos")
  }

  /// Whether it knows the Text Completions API and nothing else worth knowing.
  var knowsOnlyTexts: Bool { version.map { $0 < 300 } ?? false }

  /// Whether it takes temperature, top_p and top_k at all.
  var takesSampling: Bool { version.map { $0 < 407 } ?? !cannotStopThinking }

  /// Whether it takes temperature and top_p together.
  var takesTemperatureAndTopP: Bool { version.map { $0 < 401 } ?? false }

  var thinking: Thinking {
    guard let version else { return .adaptive }
    return version < 307 ? .none : version < 406 ? .budget : .adaptive
  }

  /// Whether it thinks unless it is told not to.
  var thinksByDefault: Bool { cannotStopThinking || version.map { $0 >= 500 } ?? false }

  /// Whether it knows the effort between `high` and `max`.
  var knowsExtraHighEffort: Bool { version.map { $0 >= 407 } ?? true }

  /// Whether its answers and calls can be held to a schema.
  var hasStructuredOutputs: Bool { version.map { $0 >= 401 } ?? true }

  /// The limit of an answer for which the client names none: the API demands one. Every model of the version has it.
  var defaultMaxTokens: Int {
    guard let version else { return 16_384 }
    return version < 305 ? 4096 : version < 307 ? 8192 : 16_384
  }

  /// The first two numbers that follow each other. Those of more than two digits are dates.
  private static func version(of name: String) -> Int? {
    var major: Int?
    for part in name.utf8.split(whereSeparator: {
      $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
    }) {
      let number = part.count <= 2 ? Int(String(decoding: part, as: UTF8.self)) : nil
      if let major { return major * 100 + (number ?? 0) }
      major = number
    }
    return major.map { $0 * 100 }
  }
}
