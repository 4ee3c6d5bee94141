// SPDX-License-Identifier: Apache-2.0

/// The moments of one call to a model, in microseconds of one monotonic clock that the caller
/// reads.
package struct CallTimings: Equatable, Sendable, Codable {
  /// The request was read.
  package var started: UInt64
  /// The head of the response arrived.
  package var headReceived: UInt64?
  /// The first generated token arrived; of a response that is not streamed, its head.
  package var firstToken: UInt64?
  /// The last byte of the response arrived.
  package var ended: UInt64?

  /// A call that starts.
  package init(started: UInt64) {
    self.started = started
  }

  /// `llm_latency`: from the request to the head of the response, whole milliseconds rounded down.
  package var latency: Int? { milliseconds(until: headReceived).map { Int($0) } }

  /// `time_to_first_token`: whole milliseconds rounded down.
  package var timeToFirstToken: Int? {
    milliseconds(until: firstToken ?? headReceived).map { Int($0) }
  }

  /// `time_per_token` in milliseconds, to the microsecond, rounded to the nearest: the time of the
  /// whole call by its completion tokens; zero if there are none.
  ///
  /// The whole call, not the time to its head: a stream's head comes before its first token, and
  /// dividing that says nothing about tokens.
  package func timePerToken(completionTokens: Int) -> ExactDecimal? {
    guard let ended, ended >= started else { return nil }
    guard completionTokens > 0 else { return .zero }
    let tokens = UInt64(completionTokens)
    let microseconds = (ended - started + tokens / 2) / tokens
    return ExactDecimal(Int(clamping: microseconds)).movingPoint(by: -3)
  }

  private func milliseconds(until moment: UInt64?) -> UInt64? {
    guard let moment, moment >= started else { return nil }
    return (moment - started) / 1000
  }
}
