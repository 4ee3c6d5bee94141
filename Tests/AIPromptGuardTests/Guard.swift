// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_prompt_guard

/// A guard with some config, and what it makes of a request.
struct Guard {
  let harness: PluginHarness<AIPromptGuard>

  /// - Parameter config: Members of the config.
  init(_ config: String) async throws {
    harness = try await PluginHarness(
      AIPromptGuard.self, configJSON: "{\(config),\"patchbay\":{\"reveal_reason\":true}}")
  }

  /// The message of the refusal; nil: it may go on, untouched.
  func refusal(_ body: String, path: String = "/") async throws -> String? {
    let result = try await harness.exchange(.post(path, body: body)).request()
    #expect(result.splices.isEmpty)
    guard result.responded else { return nil }
    #expect(result.response?.status == 400)
    return try JSONValue(parsing: result.response?.text ?? "").at("/error/message")?.text
  }

  static let blocked = "prompt pattern is blocked"
  static let notAllowed = "prompt doesn't match any allowed pattern"
  static let unreadable = "request body contains a prompt that cannot be read"
  static let noPrompts = "request body doesn't contain valid prompts"
  static let deny = #""deny_patterns":["secret"]"#
  static let allRoles = #""deny_patterns":["secret"],"match_all_roles":true"#

  /// A body of messages.
  static func messages(_ messages: String...) -> String {
    #"{"model":"m","messages":[\#(messages.joined(separator: ","))]}"#
  }

  static func message(_ role: String, _ content: String) -> String {
    #"{"role":"\#(role)","content":"\#(content)"}"#
  }
}
