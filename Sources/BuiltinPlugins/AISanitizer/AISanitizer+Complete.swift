// SPDX-License-Identifier: Apache-2.0

import LLM
import PII
import PluginSDK

// The log: Kong's block `ai.sanitizer`. It is written when all is over, or with the request where nothing follows.
extension AISanitizer: CompletePhase {
  mutating func complete(_ exchange: inout CompletedExchange) {
    writeLog(to: &exchange.logFields)
  }

  func writeLog(to fields: inout LogFields) {
    guard state.isActive else { return }
    fields["ai.sanitizer.pii_identified"] = .int(state.identified)
    fields["ai.sanitizer.pii_sanitized"] = .int(state.sanitized)
    fields["ai.sanitizer.duration"] = .int(state.duration / 1000)
    if let outcome = state.outcome { fields["ai.sanitizer.error"] = .string(outcome) }
    if state.redactor.forgotten > 0 {
      fields["ai.sanitizer.not_recoverable"] = .int(state.redactor.forgotten)
    }
    guard !config.skipLoggingSanitizedItems else { return }
    fields["ai.sanitizer.sanitized_items"] = .array(
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
