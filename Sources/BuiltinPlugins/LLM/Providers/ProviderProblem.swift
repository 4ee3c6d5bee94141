// SPDX-License-Identifier: Apache-2.0

/// Why an answer with a good status is none: the provider's own error in it, or a body that is not what its API says.
package struct ProviderProblem: Error, Equatable, Sendable {
  /// The status that the client gets.
  package var status: Int
  /// What the client is told.
  package var error: ChatError

  /// A problem.
  package init(status: Int = 502, _ error: ChatError) {
    self.status = status
    self.error = error
  }

  /// The answer has no such member, or is no JSON.
  package static func unreadable(_ provider: String, _ reason: String) -> ProviderProblem {
    ProviderProblem(
      ChatError(
        message: "the answer of \(provider) cannot be read: \(reason)", type: "upstream_error",
        code: "upstream_answer_unreadable"))
  }
}
