// SPDX-License-Identifier: Apache-2.0

/// How a call ended. Every call ends in exactly one of these, and each has a counter: nothing is silently skipped.
package enum Outcome: UInt8, Sendable, CaseIterable {
  /// Answered; the exchange goes on.
  case ok
  /// Answered with a response of its own.
  case responded
  /// Processes died of this call.
  case died
  /// No answer within the deadline.
  case timeout
  /// No process had room for it, and the queue was full.
  case overload
  /// The body is larger than the plugin or the host takes.
  case tooLarge
  /// The reply broke the protocol.
  case violation
  /// The plugin said that it failed.
  case error
  /// The exchange no longer needed the answer.
  case cancelled
  /// The plugin has no process that could take it, and none will come soon.
  case unavailable
  /// It was asked ahead of its turn, and what it was shown has changed: it is asked again.
  case superseded
}

extension Outcome {
  /// The name in logs, metrics and the protocol.
  package var name: StaticString {
    switch self {
    case .ok: "ok"
    case .responded: "responded"
    case .died: "died"
    case .timeout: "timeout"
    case .overload: "overload"
    case .tooLarge: "too-large"
    case .violation: "violation"
    case .error: "error"
    case .cancelled: "cancelled"
    case .unavailable: "unavailable"
    case .superseded: "superseded"
    }
  }
}
