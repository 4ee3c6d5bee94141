// SPDX-License-Identifier: Apache-2.0

/// What a model's name says about it. Names that say nothing (a deployed endpoint, `gemini-flash-latest`) count as
/// those of the newest models.
struct GeminiModel {
  private let name: Substring

  init(_ name: String) {
    self.name = GeminiAddress.bare(name)[...]
  }

  /// Models before Gemini 2.5 do not think before they answer.
  var thinks: Bool { !isOf("gemini-1", "gemini-2.0") }

  /// Gemini 2.5 is told how many tokens to think, later models how hard.
  var hasThinkingBudget: Bool { isOf("gemini-2.5") }

  /// Since Gemini 3 the calls of functions come back signed, and are refused without.
  var signsThoughts: Bool { !isOf("gemini-1", "gemini-2", "gemma") }

  /// Before Gemini 3 an answer could not be JSON while functions are on offer.
  var takesToolsWithJSON: Bool { !isOf("gemini-1", "gemini-2", "gemma") }

  /// Whether it is one of the fast models, which can be told to think hardly at all.
  var isFlash: Bool { name.contains("flash") }

  private func isOf(_ families: StaticString...) -> Bool {
    families.contains { family in
      family.withUTF8Buffer { prefix in
        name.utf8.starts(with: prefix)
      }
    }
  }
}

extension GeminiModel {
  /// How hard the model thinks, as Google's own OpenAI API understands `reasoning_effort`.
  enum Thinking: Equatable {
    /// `thinkingBudget`, in tokens.
    case budget(Int)
    /// `thinkingLevel`
    case level(String)
  }

  /// What an effort means to the model; nil if it cannot be told, with what it can do best beside.
  func thinking(_ effort: String) -> (thinking: Thinking?, isExact: Bool) {
    guard thinks else { return (nil, effort == "none") }
    if hasThinkingBudget {
      switch effort {
      case "none": return isFlash ? (.budget(0), true) : (.budget(128), false)
      case "minimal", "low": return (.budget(1024), true)
      case "medium": return (.budget(8192), true)
      case "high", "xhigh": return (.budget(24576), true)
      default: return (nil, false)
      }
    }
    switch effort {
    case "none": return (.level(isFlash ? "MINIMAL" : "LOW"), false)
    case "minimal": return isFlash ? (.level("MINIMAL"), true) : (.level("LOW"), false)
    case "low": return (.level("LOW"), true)
    case "medium": return (.level("MEDIUM"), true)
    case "high": return (.level("HIGH"), true)
    case "xhigh": return (.level("HIGH"), false)
    default: return (nil, false)
    }
  }
}
