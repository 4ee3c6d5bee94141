// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What the event loops tell each other when processes have died: how many calls each of them lost, and whose turn it is
/// to try one by itself.
///
/// A process serves all loops, so that none of them can tell alone what it died of. Only the dead lead here: the lock is in
/// nobody's way.
final class Suspects: Sendable {
  /// Gives a loop its turn; runs on the loop that had the one before.
  typealias Give = @Sendable () -> Void

  private struct Death {
    var reports = 0
    var calls = 0
  }

  private struct Turns {
    var isTaken = false
    var waiting: [Give] = []
  }

  private struct State {
    var deaths: [UInt64: Death] = [:]
    /// Incarnations, the oldest first.
    var order: [UInt64] = []
    var turns: [String: Turns] = [:]
  }

  /// Deaths that are remembered for as long as calls may ask about them.
  private static let limit = 64

  private let loops: Int
  private let state = Mutex(State())

  /// - Parameter loops: how many report each death.
  init(loops: Int) { self.loops = loops }

  /// A loop has lost its connection to a process, and so many calls with it.
  func died(_ incarnation: UInt64, calls: Int) {
    state.withLock { state in
      if state.deaths[incarnation] == nil {
        state.order.append(incarnation)
        if state.order.count > Self.limit { state.deaths[state.order.removeFirst()] = nil }
      }
      state.deaths[incarnation, default: Death()].reports += 1
      state.deaths[incarnation, default: Death()].calls += calls
    }
  }

  /// Calls that were lost with a process, on all loops; nil: not all of them have seen it yet.
  func callsLost(with incarnation: UInt64) -> Int? {
    state.withLock { state in
      guard let death = state.deaths[incarnation], death.reports >= loops else { return nil }
      return death.calls
    }
  }

  /// Wants a turn for a call of the plugin, which ``turnEnded(of:)`` ends.
  func ask(_ plugin: String, _ give: @escaping Give) {
    let isFree = state.withLock { state in
      guard state.turns[plugin]?.isTaken == true else {
        state.turns[plugin, default: Turns()].isTaken = true
        return true
      }
      state.turns[plugin]?.waiting.append(give)
      return false
    }
    if isFree { give() }
  }

  /// The call was answered, has failed, or is not wanted any more: the next one's turn.
  func turnEnded(of plugin: String) {
    let next: Give? = state.withLock { state in
      guard let turns = state.turns[plugin], !turns.waiting.isEmpty else {
        state.turns[plugin] = nil
        return nil
      }
      return state.turns[plugin]?.waiting.removeFirst()
    }
    next?()
  }
}
