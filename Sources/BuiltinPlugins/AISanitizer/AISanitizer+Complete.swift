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
    let items = config.skipLoggingSanitizedItems ? nil : state.redactor.entries.map(item)
    let block = JSONText {
      $0.object {
        $0.member("pii_identified", state.identified)
        $0.member("pii_sanitized", state.sanitized)
        $0.member("duration", state.duration / 1000)
        $0.member("error", state.outcome)
        if state.redactor.forgotten > 0 { $0.member("not_recoverable", state.redactor.forgotten) }
        if let items, items.isEmpty {
          $0.key("sanitized_items")
          $0.array { _ in }
        }
      }
    }
    fields.set("ai.sanitizer", json: block.bytes)
    // Values can be many. Where they do not fit into an entry the rest is to be there all the same.
    if let items, !items.isEmpty { fields["ai.sanitizer.sanitized_items"] = .array(items) }
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
