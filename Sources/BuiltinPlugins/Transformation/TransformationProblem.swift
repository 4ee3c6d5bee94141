// SPDX-License-Identifier: Apache-2.0

import LLM
import LLMConfig
package import PluginSDK

/// Why a transformer answers with an error, in Kong's words.
package struct TransformationProblem: Error, Equatable, Sendable {
  package let status: Int
  package let message: String
  /// Whether the message is all of the body. Kong has one such error.
  private var isPlain = false

  /// An error.
  package init(status: Int = 400, _ message: String) {
    self.status = status
    self.message = message
  }

  init(_ failure: LLMFailure) {
    switch failure {
    case .credentials:
      self.init(status: 500, "LLM request failed before proxying")
      isPlain = true
    case .status(let status): self = .introspection("status code \(status)")
    case .unreachable(let reason):
      self = .introspection("request to ai service failed: \(reason)")
    case .unaskable(let reason): self = .introspection(reason)
    case .unreadable(let reason):
      self.init("failed to convert AI response to Kong format: \(reason)")
    }
  }

  static func introspection(_ reason: String) -> Self {
    Self("failed to introspect request with AI service: \(reason)")
  }

  static let noChoices = Self("no 'choices' in upstream AI service response")
  static let noMatch = Self("AI response did not match specified regular expression")

  /// What the client gets.
  package var response: Response {
    guard !isPlain else { return .text(message, status: status) }
    return Response(RequestProblem(status: status, message: message))
  }
}
