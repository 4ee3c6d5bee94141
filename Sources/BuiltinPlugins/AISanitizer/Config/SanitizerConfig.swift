// SPDX-License-Identifier: Apache-2.0

import PII
import Patterns
import PluginSDK

/// The config of Kong's `ai-sanitizer`, with the fields up to 3.14.
struct SanitizerConfig: Decodable, Sendable {
  enum Mode: String, Decodable, Sendable {
    case input = "INPUT"
    case output = "OUTPUT"
    case both = "BOTH"
  }

  struct CustomPattern: Decodable, Sendable {
    var name: String
    var regex: String
    var score: Double
  }

  var anonymize: [String]
  var customPatterns: [CustomPattern]?
  var redactType: String
  var recoverRedacted: Bool
  var sanitizationMode: Mode
  var blockIfDetected: Bool
  var allowAllConversationHistory: Bool
  var stopOnError: Bool
  var skipLoggingSanitizedItems: Bool
  var host: String?
  var port: Int
  var scheme: String
  var timeout: Int
  var keepaliveTimeout: Int

  enum CodingKeys: String, CodingKey {
    case anonymize, host, port, scheme, timeout
    case customPatterns = "custom_patterns"
    case redactType = "redact_type"
    case recoverRedacted = "recover_redacted"
    case sanitizationMode = "sanitization_mode"
    case blockIfDetected = "block_if_detected"
    case allowAllConversationHistory = "allow_all_conversation_history"
    case stopOnError = "stop_on_error"
    case skipLoggingSanitizedItems = "skip_logging_sanitized_items"
    case keepaliveTimeout = "keepalive_timeout"
  }

  var readsRequests: Bool { sanitizationMode != .output }
  var readsAnswers: Bool { sanitizationMode != .input }
  var recovers: Bool { recoverRedacted && readsRequests && !blockIfDetected }
  var style: Redactor.Style { Redactor.Style(rawValue: redactType) ?? .placeholder }

  static let schema = ConfigSchema(
    [
      "anonymize": .array(of: .string.oneOf(Self.names)).default(["all_and_credentials"]).describe(
        "what to look for; `all` is all but credentials"),
      "custom_patterns": .array(of: customPattern).minCount(1).describe(
        "the user's own patterns, in PCRE2's words; found within lines, if `anonymize` has `custom` or `all`"
      ),
      "redact_type": .string.default("placeholder").oneOf("placeholder", "synthetic").describe(
        "what comes in the place of a value: `PLACEHOLDER1`, or another value of its type that belongs to nobody"
      ),
      "recover_redacted": .boolean.default(true).describe(
        "the answer says the values of the request again where it says what came in their place"),
      "sanitization_mode": .string.default("INPUT").oneOf("INPUT", "OUTPUT", "BOTH").describe(
        "what is sanitized: requests, answers, or both"),
      "block_if_detected": .boolean.default(false).describe(
        "refuse with 400 what holds such a value, in place of replacing it"),
      "allow_all_conversation_history": .boolean.default(true).describe(
        "look at all messages; `false`: at the last one of the user only"),
      "stop_on_error": .boolean.default(true).describe(
        "a request or answer that cannot be sanitized is refused; `false`: it goes on as it is"),
      "skip_logging_sanitized_items": .boolean.default(false).describe(
        "keep `ai.sanitizer.sanitized_items`, which has the values, out of the log"),
      "host": .string.minLength(1).describe(
        "where Kong's PII service listens; without it the plugin's own recognisers do the work"),
      "port": .integer.default(8080).between(0, 65535).describe("the port of the service"),
      "scheme": .string.default("http").oneOf("http", "https").describe(
        "how to speak to the service"),
      "timeout": .integer.default(10000).between(1, 2_147_483_646).describe(
        "milliseconds that the service has for an answer"),
      "keepalive_timeout": .integer.default(60000).between(1, 2_147_483_646).describe(
        "accepted; the host keeps connections by its own settings"),
    ],
    checks: [
      .custom { config in
        let names = config["custom_patterns"]?.array?.compactMap { $0["name"]?.text } ?? []
        return names.indices.filter { names[..<$0].contains(names[$0]) }.map {
          ConfigDiagnostic("/custom_patterns/\($0)/name", "the name is there twice")
        }
      }
    ])

  private static let names: [JSONValue] =
    [
      "general", "phone", "email", "creditcard", "crypto", "date", "ip", "nrp", "ssn", "domain",
      "url", "medical", "driverlicense", "passport", "bank", "nationalid", "custom", "credentials",
      "all", "all_and_credentials",
    ].map { .string($0) }

  private static let customPattern = ConfigType.record([
    "name": .string.required.minLength(1).describe("a name, for the log"),
    "regex": .string.required.minLength(1).pattern().describe("the pattern"),
    "score": .number.default(0.5).between(0, 1).describe(
      "for the service; what the plugin's own search finds is found"),
  ])
}
