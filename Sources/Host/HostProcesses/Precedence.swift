// SPDX-License-Identifier: Apache-2.0

import CSpawner
package import NIOCore
import Synchronization

/// Who goes first on the processors: while a process is only being tried, the control plane makes way for what serves, as
/// that process does. A swap is never urgent.
///
/// Where the kernel allows it: see `patchbay_step_aside`.
package final class Precedence: Sendable {
  /// After something urgent nobody makes way.
  private static let urgency = TimeAmount.seconds(1)

  private struct State {
    /// Until then the thread is aside.
    var end = NIODeadline.distantPast
    var urgentUntil = NIODeadline.distantPast
  }

  /// The control plane's.
  private let thread: CInt
  /// A loop that carries traffic: its clock goes on.
  private let clock: any EventLoop
  private let limit: TimeAmount
  private let state = Mutex(State())

  /// - Parameter limit: what makes way hardly runs on a machine without a processor to spare. So it ends after this time,
  ///   whether the swap is through or not.
  package init(thread: CInt, clock: any EventLoop, limit: TimeAmount = .milliseconds(300)) {
    self.thread = thread
    self.clock = clock
    self.limit = limit
  }

  /// What follows makes way for what serves: up to the limit, or until something is urgent.
  package func makeWay() {
    let now = clock.now
    let isAside = state.withLock { state in
      guard state.urgentUntil <= now else { return false }
      state.end = now + limit
      patchbay_step_aside(thread)
      return true
    }
    if isAside { clock.scheduleTask(in: limit) { [self] in endWhenDue() } }
  }

  /// A process that serves is lost, and clients wait for another one.
  package func hurry() {
    state.withLock { state in
      state.urgentUntil = clock.now + Self.urgency
      patchbay_come_back(thread)
    }
  }

  private func endWhenDue() {
    state.withLock { state in
      // It may have been told again to make way.
      if state.end <= clock.now { patchbay_come_back(thread) }
    }
  }
}
