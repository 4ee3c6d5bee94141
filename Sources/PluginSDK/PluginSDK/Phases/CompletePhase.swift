// SPDX-License-Identifier: Apache-2.0

/// Takes part when an exchange is over. Nobody waits for it.
public protocol CompletePhase: Plugin {
  /// What to show; nil: this instance does not take part.
  var completeInterest: CompleteInterest? { get }

  /// Adds log fields, metrics and lines, or calls host services.
  mutating func complete(_ exchange: inout CompletedExchange) async throws
}

extension CompletePhase {
  /// Takes part in all exchanges, and sees no more than it must.
  public var completeInterest: CompleteInterest? { CompleteInterest() }
}
