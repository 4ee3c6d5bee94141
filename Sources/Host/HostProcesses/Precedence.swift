// SPDX-License-Identifier: Apache-2.0

import CSpawner
package import NIOCore

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
  /// A loop that carries traffic, for it goes on when the thread hardly runs.
  private let loop: any EventLoop
  private let limit: TimeAmount
  private let state: NIOLoopBoundBox<State>

  /// - Parameter limit: what makes way hardly runs on a machine without a processor to spare. So it ends after this time,
  ///   whether the swap is through or not.
  package init(
    thread: CInt, loop: any EventLoop,
    limit: TimeAmount = .nanoseconds(Int64(SupervisorMachine.Timing().patience))
  ) {
    self.thread = thread
    self.loop = loop
    self.limit = limit
    state = .makeBoxSendingValue(State(), eventLoop: loop)
  }

  /// What follows makes way for what serves: up to the limit, or until something is urgent.
  package func makeWay() {
    loop.execute { [self] in
      let now = loop.now
      guard state.value.urgentUntil <= now else { return }
      state.value.end = now + limit
      patchbay_step_aside(thread)
      loop.scheduleTask(in: limit) { [self] in
        // It may have been told again to make way.
        if state.value.end <= loop.now { patchbay_come_back(thread) }
      }
    }
  }

  /// A process that serves is lost, and clients wait for another one.
  package func hurry() {
    loop.execute { [self] in
      state.value.urgentUntil = loop.now + Self.urgency
      patchbay_come_back(thread)
    }
  }
}
