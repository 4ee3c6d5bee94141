// SPDX-License-Identifier: Apache-2.0

/// The life of one process slot: starting, handshaking, configuring, ready, and what follows a death.
///
/// Pure: time and randomness come in, actions go out. Its driver owns sockets, pipes and timers.
package struct SupervisorMachine: Sendable {
  package enum State: String, Sendable, CaseIterable {
    case starting, handshaking, configuring, ready, degraded, draining, stopped, backoff
    case quarantined, incompatible
  }

  /// What the driver must do.
  package enum Action: Equatable, Sendable {
    /// Start a process with the next incarnation.
    case spawn
    /// Say hello on the control connection.
    case greet
    /// Send the configuration.
    case configure
    /// Hand the process to the event loops.
    case publish
    /// Take it from them.
    case withdraw
    case drain
    case kill
    /// Call `timePassed` at this time (nanoseconds), unless something else happens before.
    case wake(at: UInt64)
    /// Nothing of the process is left: close what belongs to it.
    case discard
  }

  /// How long each stage may take, and how restarts are spaced; nanoseconds.
  package struct Timing: Sendable {
    package var start: UInt64 = 5_000_000_000
    package var handshake: UInt64 = 5_000_000_000
    package var configure: UInt64 = 10_000_000_000
    package var ping: UInt64 = 1_000_000_000
    package var pong: UInt64 = 3_000_000_000
    package var backoff: UInt64 = 100_000_000
    package var backoffLimit: UInt64 = 30_000_000_000
    /// After so long in health, earlier crashes are forgotten.
    package var healthy: UInt64 = 60_000_000_000
    /// So many crashes in the window, and it is quarantined.
    package var crashes = 5
    package var window: UInt64 = 60_000_000_000
    package var probe: UInt64 = 60_000_000_000

    package init() {}
  }

  package private(set) var state = State.stopped
  /// Since when, in nanoseconds.
  package private(set) var since: UInt64 = 0
  /// Why it is in this state; for people.
  package private(set) var reason = "not started"
  /// What happens next; for people.
  package private(set) var next = ""
  /// Starts after the first one.
  package private(set) var restarts = 0
  private let timing: Timing
  private var crashTimes: [UInt64] = []
  private var deadline: UInt64 = .max
  private var starts = 0
  private var isRunning = false

  package init(timing: Timing = Timing()) { self.timing = timing }

  /// The process is wanted.
  package mutating func start(now: UInt64) -> [Action] {
    guard state == .stopped || state == .backoff || state == .quarantined || state == .incompatible
    else { return [] }
    starts += 1
    restarts = starts - 1
    isRunning = true
    return enter(.starting, "being started", next: "handshake", now, within: timing.start, [.spawn])
  }

  /// The executable runs.
  package mutating func started(now: UInt64) -> [Action] {
    guard state == .starting else { return [] }
    return enter(
      .handshaking, "greeted", next: "its manifest", now, within: timing.handshake, [.greet])
  }

  /// The plugin answered hello as it should.
  package mutating func greeted(now: UInt64) -> [Action] {
    guard state == .handshaking else { return [] }
    return enter(
      .configuring, "handshake done", next: "its answer to the configuration", now,
      within: timing.configure, [.configure])
  }

  /// The plugin accepted the configuration.
  package mutating func configured(now: UInt64) -> [Action] {
    guard state == .configuring else { return [] }
    return enter(.ready, "configured", next: "", now, within: nil, [.publish])
  }

  /// The plugin cannot work with this host or this configuration: starting it again would not help.
  package mutating func incompatible(_ reason: String, now: UInt64) -> [Action] {
    guard isRunning, state != .draining else { return [] }
    let wasReady = state == .ready || state == .degraded
    return enter(
      .incompatible, reason, next: "another version or configuration", now, within: nil,
      wasReady ? [.withdraw, .kill] : [.kill])
  }

  /// It broke the protocol, or a stage failed.
  package mutating func failed(_ reason: String, now: UInt64) -> [Action] {
    guard isRunning, state != .incompatible else { return [] }
    self.reason = reason
    return [.kill]
  }

  /// A ping was not answered in time.
  package mutating func pingUnanswered(now: UInt64) -> [Action] {
    failed("did not answer pings", now: now)
  }

  /// The process could not be started.
  package mutating func spawnFailed(_ reason: String, now: UInt64, random: Double) -> [Action] {
    guard state == .starting else { return [] }
    self.reason = reason
    return exited(reason, now: now, random: random)
  }

  /// The process is gone.
  ///
  /// - Parameters:
  ///   - reason: how; an earlier cause that led to it is kept.
  ///   - random: 0 to 1, for the jitter of the backoff.
  package mutating func exited(_ reason: String, now: UInt64, random: Double) -> [Action] {
    guard isRunning else { return [] }
    isRunning = false
    let wasPublished = state == .ready || state == .degraded
    let before: [Action] = wasPublished ? [.withdraw, .discard] : [.discard]
    switch state {
    case .draining: return enter(.stopped, "drained", next: "", now, within: nil, before)
    case .incompatible: return before
    default: break
    }
    let cause = state == .starting || wasPublished ? reason : "\(reason) while \(state.rawValue)"
    if wasPublished, now &- since >= timing.healthy { crashTimes.removeAll() }
    crashTimes.removeAll { now &- $0 > timing.window }
    crashTimes.append(now)
    if crashTimes.count > timing.crashes {
      return enter(
        .quarantined, "\(crashTimes.count) crashes: \(cause)", next: "a probe", now,
        within: timing.probe, before)
    }
    let exponent = UInt64(min(crashTimes.count - 1, 20))
    let longest = min(timing.backoffLimit, timing.backoff << exponent)
    // Full jitter above half: processes that died together do not come back together.
    let wait = longest / 2 + UInt64(Double(longest / 2) * min(max(random, 0), 1))
    return enter(.backoff, cause, next: "a restart", now, within: wait, before)
  }

  /// The process is to finish what it has and end.
  package mutating func drain(within: UInt64, now: UInt64) -> [Action] {
    switch state {
    case .ready, .degraded:
      return enter(
        .draining, "asked to finish", next: "its end", now, within: within, [.withdraw, .drain])
    case .starting, .handshaking, .configuring:
      return enter(.draining, "not wanted any more", next: "its end", now, within: within, [.kill])
    case .backoff, .quarantined, .incompatible, .stopped:
      let hadProcess = isRunning
      return enter(.stopped, "not wanted", next: "", now, within: nil, hadProcess ? [.kill] : [])
    case .draining: return []
    }
  }

  /// The clock has reached a time that was asked for.
  package mutating func timePassed(now: UInt64) -> [Action] {
    guard now >= deadline else { return [] }
    deadline = .max
    switch state {
    case .backoff, .quarantined: return start(now: now)
    case .starting: return failed("was not started in time", now: now)
    case .handshaking:
      return failed("said nothing in time; is it a Patchbay plugin?", now: now)
    case .configuring: return failed("did not answer the configuration in time", now: now)
    case .draining: return [.kill]
    case .ready, .degraded, .stopped, .incompatible: return []
    }
  }

  private mutating func enter(
    _ state: State, _ reason: String, next: String, _ now: UInt64, within: UInt64?,
    _ actions: [Action]
  ) -> [Action] {
    self.state = state
    self.reason = reason
    self.next = next
    since = now
    guard let within else {
      deadline = .max
      return actions
    }
    deadline = now &+ within
    return actions + [.wake(at: deadline)]
  }
}
