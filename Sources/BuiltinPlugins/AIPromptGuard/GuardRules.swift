// SPDX-License-Identifier: Apache-2.0

import Patterns
import PluginSDK

/// The patterns of a guard, and what they make of a prompt.
struct GuardRules: Sendable {
  /// Why a prompt is refused, in Kong's words where Kong has the case.
  enum Refusal: String {
    case denied = "prompt pattern is blocked"
    case notAllowed = "prompt doesn't match any allowed pattern"
    /// A search was given up, so that nobody knows.
    case exhausted = "a pattern reached its limit"
  }

  private let allow: [Pattern]
  private let deny: [Pattern]

  init(allow: [String], deny: [String]) throws {
    self.allow = try Self.compile(allow, "/allow_patterns")
    self.deny = try Self.compile(deny, "/deny_patterns")
  }

  /// Nil: the prompt may go on. Deny patterns are asked first.
  func refusal(of prompt: GuardedPrompt) -> Refusal? {
    do throws(Pattern.Exhausted) {
      for pattern in deny {
        if try pattern.matches(prompt.text.span.bytes) { return .denied }
        if prompt.hidden.isEmpty { continue }
        if try pattern.matches(prompt.hidden.span.bytes) { return .denied }
      }
      guard !allow.isEmpty else { return nil }
      for pattern in allow {
        if try pattern.matches(prompt.text.span.bytes) { return nil }
      }
      return .notAllowed
    } catch {
      return .exhausted
    }
  }

  private static func compile(_ texts: [String], _ pointer: String) throws -> [Pattern] {
    try texts.enumerated().map { index, text in try Pattern(text, at: "\(pointer)/\(index)") }
  }
}
