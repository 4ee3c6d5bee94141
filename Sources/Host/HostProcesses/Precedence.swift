// SPDX-License-Identifier: Apache-2.0

import CSpawner
package import NIOCore
import Synchronization

/// Who goes first on the processors: while a process is only being tried, the control plane makes way for what serves, as
/// that process does. A swap is never urgent.
///
/// Where the kernel allows it: see `patchbay_step_aside`.
package final class Precedence: Sendable {
  /// What makes way hardly runs on a machine without a processor to spare. So it ends, whether the swap is through or not.
  static let limit = TimeAmount.milliseconds(300)
  /// After something urgent nobody makes way.
  private static let urgency = TimeAmount.seconds(1)

  private struct State {
    /// Until then the thread is aside.
    var end = NIODeadline.uptimeNanoseconds(0)
    var urgentUntil = NIODeadline.uptimeNanoseconds(0)
  }

  /// The control plane's.
  private let thread: CInt
  /// A loop that carries traffic: its clock goes on.
  private let clock: any EventLoop
  private let state = Mutex(State())

  package init(thread: CInt, clock: any EventLoop) {
    self.thread = thread
    self.clock = clock
  }

  /// What follows makes way for what serves: for ``limit``, or until something is urgent.
  package func makeWay() {
    let now = NIODeadline.now()
    let isAside = state.withLock { state in
      guard state.urgentUntil <= now else { return false }
      state.end = now + Self.limit
      patchbay_step_aside(thread)
      return true
    }
    if isAside { clock.scheduleTask(in: Self.limit) { [self] in endWhenDue() } }
  }

  /// A process that serves is lost, and clients wait for another one.
  package func hurry() {
    state.withLock { state in
      state.urgentUntil = .now() + Self.urgency
      patchbay_come_back(thread)
    }
  }

  private func endWhenDue() {
    state.withLock { state in
      // It may have been told again to make way.
      if state.end <= .now() { patchbay_come_back(thread) }
    }
  }
}
