// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostServices

/// What the calls of one event loop have cost, by plugin and phase: counters that the data path adds to, and nothing else.
struct CallTimes: Sendable {
  struct Entry: Sendable {
    /// From the call to its frame: it waited for a process.
    var queue = DurationHistogram()
    /// From the frame to the reply, without the time that the plugin says it worked.
    var wire = DurationHistogram()
    /// What the plugin says it worked.
    var run = DurationHistogram()
    /// By ``Outcome``'s raw value.
    var outcomes = Array(repeating: 0, count: Outcome.allCases.count)

    fileprivate mutating func record(_ outcome: Outcome, _ call: StepCall, now: UInt64) {
      outcomes[Int(outcome.rawValue)] += 1
      guard outcome == .ok || outcome == .responded, call.sent > 0 else { return }
      let answered = now &- call.sent
      let time = min(call.run, answered)
      queue.add(call.sent &- call.started)
      wire.add(answered &- time)
      run.add(time)
    }

    fileprivate mutating func merge(_ other: Entry) {
      queue.merge(other.queue)
      wire.merge(other.wire)
      run.merge(other.run)
      for index in outcomes.indices { outcomes[index] += other.outcomes[index] }
    }
  }

  private static let phases = 7

  /// By pool and phase; what never was called has no entry.
  private var entries: [Entry?] = []

  /// A call has ended.
  ///
  /// - Parameter now: by the worker's clock.
  mutating func record(
    pool: Int, _ phase: Phase, _ outcome: Outcome, _ call: StepCall, now: UInt64
  ) {
    let index = pool * Self.phases + Int(phase.rawValue)
    while entries.count <= index { entries.append(nil) }
    if entries[index] == nil { entries[index] = Entry() }
    entries[index]!.record(outcome, call, now: now)
  }

  /// Takes in what another event loop has.
  mutating func merge(_ other: CallTimes) {
    while entries.count < other.entries.count { entries.append(nil) }
    for (index, theirs) in other.entries.enumerated() {
      guard let theirs else { continue }
      if entries[index] == nil { entries[index] = Entry() }
      entries[index]!.merge(theirs)
    }
  }

  /// Every entry with the pool and the phase that it is of.
  func forEach(_ body: (_ pool: Int, Phase, Entry) -> Void) {
    for (index, entry) in entries.enumerated() {
      guard let entry, let phase = Phase(rawValue: UInt8(index % Self.phases)) else { continue }
      body(index / Self.phases, phase, entry)
    }
  }
}
