// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting

@testable import ai_sanitizer

/// Configurations and exchanges that the tests share.
enum Sanitizing {
  static func harness(_ config: String = "") async throws -> PluginHarness<AISanitizer> {
    try await PluginHarness(AISanitizer.self, configJSON: "{\(config)}")
  }

  static func post(_ body: String, path: String = "/chat") -> TestRequest {
    .post(path, headers: ["content-type": "application/json"], body: body)
  }

  /// What the upstream gets of a body.
  static func sent(_ body: String, _ config: String = "") async throws -> String {
    let exchange = try await harness(config).exchange(post(body))
    return try await exchange.request().request.text
  }

  /// What the upstream gets of the user's words.
  static func sent(saying text: String, _ config: String = "") async throws -> String {
    let sent = try await sent(#"{"messages":[{"role":"user","content":"\#(text)"}]}"#, config)
    return String(sent.dropFirst(39).dropLast(4))
  }

  /// What a config is refused with.
  static func diagnostics(_ config: String) async -> [ConfigDiagnostic] {
    do {
      _ = try await harness(config)
      return []
    } catch let error as ConfigError {
      return error.diagnostics
    } catch {
      return [ConfigDiagnostic("?", "\(error)")]
    }
  }
}

extension HarnessExchange<AISanitizer> {
  /// What the log has of the exchange when it is over.
  func log() async throws -> [String: JSONValue] {
    if !isOver { try await complete() }
    return logFields
  }
}
