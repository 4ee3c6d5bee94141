// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Why a question to a model has no answer.
package enum LLMFailure: Error, Equatable, Sendable {
  /// It cannot be put into the provider's words.
  case unaskable(String)
  /// The credentials that the host was to make were not to be had.
  case credentials(String)
  /// The provider was not reached, or did not answer in time.
  case unreachable(String)
  /// The provider answered with another status than a success.
  case status(Int)
  /// What it answered is no answer.
  case unreadable(String)

  init(_ error: HostError) {
    self =
      error.code.contains("credentials")
      ? .credentials(error.description) : .unreachable(error.description)
  }
}
