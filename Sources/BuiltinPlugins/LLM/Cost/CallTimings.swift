// SPDX-License-Identifier: Apache-2.0

/// The moments of one call to a model, in microseconds of one clock that the caller reads.
package struct CallTimings: Equatable, Sendable {
  /// The request was read.
  package var started: UInt64
  /// The head of the response arrived.
  package var headReceived: UInt64?
  /// The first generated token arrived; of a response that is not streamed, its head.
  package var firstToken: UInt64?
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

  /// `time_per_token` in milliseconds, to the nanosecond, rounded to the nearest: Kong's formula,
  /// ``latency`` by the completion tokens; zero if there are none.
  package func timePerToken(completionTokens: Int) -> ExactDecimal? {
    guard let latency else { return nil }
    guard completionTokens > 0 else { return .zero }
    let nanoseconds = latency.multipliedFullWidth(by: 1_000_000)
    let (sum, carry) = nanoseconds.low.addingReportingOverflow(UInt(completionTokens / 2))
    guard nanoseconds.high == 0, !carry else { return nil }
    let perToken = Int(clamping: sum / UInt(completionTokens))
    return ExactDecimal(perToken).movingPoint(by: -6)
  }

  private func milliseconds(until moment: UInt64?) -> UInt64? {
    guard let moment, moment >= started else { return nil }
    return (moment - started) / 1000
  }
}
