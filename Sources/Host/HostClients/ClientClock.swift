// SPDX-License-Identifier: Apache-2.0

/// When a client was last heard of, and whether it is too slow.
///
/// It has no timer: a sweep asks each client now and then, so that a request costs no more than the moments that are noted
/// here. The moments are nanoseconds of a clock that only grows.
package struct ClientClock: Sendable {
  /// What a connection waits for its client to send.
  package enum Wait: Sendable {
    /// Others are at work, or what it sends does not matter.
    case nothing
    /// A request, or the rest of its head.
    case request
    case body
  }

  /// What did not come in time.
  package enum Delay: String, Sendable, CaseIterable {
    case head = "client-header-timeout"
    case body = "client-body-timeout"
    case idle = "keepalive-timeout"
    case send = "send-timeout"
  }

  /// When the head that is awaited began; nil between two requests.
  private var headBegan: UInt64?
  private var lastHeard: UInt64
  /// What was not sent at the last look, and since when there is as much of it.
  private var unsent = 0
  private var stuckSince: UInt64

  /// The connection was accepted: its first head is awaited from now on.
  package init(now: UInt64) {
    headBegan = now
    lastHeard = now
    stuckSince = now
  }

  /// Bytes came.
  ///
  /// - Parameter wait: what they were awaited as.
  @inline(__always)
  package mutating func heard(_ wait: Wait, now: UInt64) {
    lastHeard = now
    if case .request = wait, headBegan == nil { headBegan = now }
  }

  /// A body is read again that was not wanted for a while.
  package mutating func resumed(now: UInt64) { lastHeard = now }

  /// A response is over, and another request may come.
  ///
  /// - Parameter hasMore: some of it is here already.
  package mutating func answered(hasMore: Bool, now: UInt64) {
    lastHeard = now
    headBegan = hasMore ? now : nil
  }

  /// What the client should have sent by now.
  package func delay(of wait: Wait, _ timeouts: ClientTimeouts, now: UInt64) -> Delay? {
    switch wait {
    case .nothing: return nil
    case .body: return now &- lastHeard >= timeouts.body ? .body : nil
    case .request:
      guard let headBegan else { return now &- lastHeard >= timeouts.idle ? .idle : nil }
      return now &- headBegan >= timeouts.head ? .head : nil
    }
  }

  /// Whether the client takes nothing of what is to be sent. To be asked at each sweep while something is.
  ///
  /// - Parameter unsent: bytes that wait for the client.
  package mutating func isStuck(unsent: Int, _ timeouts: ClientTimeouts, now: UInt64) -> Bool {
    guard unsent > 0, unsent == self.unsent else {
      self.unsent = unsent
      stuckSince = now
      return false
    }
    return now &- stuckSince >= timeouts.send
  }
}
