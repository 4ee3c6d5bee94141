// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// What a look at one side of an exchange adds to the log entry: Kong's `ai.audit.azure_content_safety` and
/// `ai.proxy.azure-content-safety`.
struct SafetyLog {
  private let side: GuardedSide
  private let config: SafetyConfig
  private let consumer: String
  /// Microseconds of all looks at this side.
  private(set) var spent: UInt64
  private(set) var fields: [(path: String, value: JSONValue)] = []

  /// - Parameters:
  ///   - consumer: The consumer's id, as a variable tells it.
  ///   - spent: Microseconds of earlier looks at this side.
  init(_ side: GuardedSide, _ config: SafetyConfig, consumer: Variable?, spent: UInt64 = 0) {
    self.side = side
    self.config = config
    self.consumer = consumer?.text ?? "unknown"
    self.spent = spent
  }

  mutating func looked(_ time: UInt64) {
    spent += time
    set("mode", .string(config.mode.rawValue))
    set("\(side.rawValue)_processing_latency", .int(spent / 1000))
  }

  mutating func note(_ findings: SafetyFindings) {
    for (category, severity) in findings.severities {
      fields.append(("ai.audit.azure_content_safety.\(category)", .int(severity)))
    }
    guard !findings.blocklists.isEmpty else { return }
    fields.append(
      (
        "ai.audit.azure_content_safety.blocklists",
        .array(findings.blocklists.map { .string($0) })
      ))
  }

  mutating func refused(_ reason: String, _ texts: [[UInt8]]) {
    block(reason)
    set("guards_triggered_count", 1)
    guard config.logsBlocked else { return }
    let text = texts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
    // The fields of an entry travel in one message.
    set(
      side == .input ? "input_faulty_prompt" : "output_faulty_response",
      .string(String(text.unicodeScalars.prefix(16 << 10))))
  }

  mutating func failed(_ reason: String) {
    set("\(side.rawValue)_error", .string(reason))
    if config.stopsOnError { block(SafetyFailure.message) }
  }

  private mutating func block(_ reason: String) {
    set("\(side.rawValue)_block_reason", .string(reason))
    set("\(side.rawValue)_block_source", "ai-azure-content-safety")
    set("\(side.rawValue)_block_consumer_id", .string(consumer))
  }

  private mutating func set(_ name: String, _ value: JSONValue) {
    fields.append(("ai.proxy.azure-content-safety.\(name)", value))
  }

  func write(to log: inout LogFields) {
    for (path, value) in fields { log[path] = value }
  }
}
