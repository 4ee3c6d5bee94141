// SPDX-License-Identifier: Apache-2.0

import LLM
import PII
import PluginSDK

// The log, when all is over: Kong's block `ai.sanitizer`.
extension AISanitizer: CompletePhase {
  mutating func complete(_ exchange: inout CompletedExchange) {
    guard state.isActive else { return }
    exchange.logFields["ai.sanitizer.pii_identified"] = .int(state.identified)
    exchange.logFields["ai.sanitizer.pii_sanitized"] = .int(state.sanitized)
    exchange.logFields["ai.sanitizer.duration"] = .int(state.duration / 1000)
    if let outcome = state.outcome { exchange.logFields["ai.sanitizer.error"] = .string(outcome) }
    if state.redactor.forgotten > 0 {
      exchange.logFields["ai.sanitizer.not_recoverable"] = .int(state.redactor.forgotten)
    }
    guard !config.skipLoggingSanitizedItems else { return }
    exchange.logFields["ai.sanitizer.sanitized_items"] = .array(
      state.redactor.entries.map(item))
  }

  /// A value that was replaced. A secret is in no log, whatever the configuration says.
  private func item(_ entry: Redactor.Entry) -> JSONValue {
    let sanitized = String(decoding: entry.replacement, as: UTF8.self)
    let original =
      entry.type.category == .credentials
      ? sanitized : String(decoding: entry.original, as: UTF8.self)
    return [
      "entity_type": .string(entry.name), "original": .string(original),
      "sanitized": .string(sanitized),
    ]
  }
}
