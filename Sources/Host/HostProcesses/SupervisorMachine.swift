// SPDX-License-Identifier: Apache-2.0

/// The life of one process slot: starting, handshaking, configuring, ready, and what follows a death.
///
/// Pure: time and randomness come in, actions go out. Its driver owns sockets, pipes and timers. An event that comes too
/// late (the process is gone, or is not wanted any more) has no actions.
package struct SupervisorMachine: Sendable {
  package enum State: String, Sendable, CaseIterable {
    /// The executable is being verified and started.
    case starting
    /// It runs, and was greeted.
    case handshaking
    /// It said who it is, and has no configuration yet.
    case configuring
    /// It takes calls.
    case ready
    /// It takes calls, but is late with the answer to a ping.
    case degraded
    /// It takes no new calls, and is to end.
    case draining
    /// It ended, and is not wanted.
    case stopped
    /// It crashed, and will be started again soon.
    case backoff
    /// It crashed too often, and is only tried now and then.
    case quarantined
    /// It cannot work here, however often it is started.
    case incompatible

    /// It is ready, if late now and then.
    package var takesCalls: Bool { self == .ready || self == .degraded }
  }

  /// What the driver must do.
  package enum Action: Equatable, Sendable {
    /// Start a process with the next incarnation; answer with ``started(now:)`` or ``spawnFailed(_:now:random:)``.
    case spawn
    /// Say hello on the control connection.
    case greet
    /// Send the configuration as soon as there is one.
    case configure
    /// Hand the process to the event loops.
    case publish
    /// Take it from them: no new calls.
    case withdraw
    /// Let them prefer other processes, or no longer.
    case slow(Bool)
    /// Send a ping.
    case ping
    /// Ask it to finish within so many milliseconds.
    case drain(milliseconds: UInt32)
    case kill
    /// Call ``timePassed(now:)`` at this time (nanoseconds), unless something else happens before.
    case wake(at: UInt64)
    /// Nothing of the process is left: close what belongs to it.
    case discard
  }

  /// How long each stage may take, and how restarts are spaced; nanoseconds.
  package struct Timing: Sendable {
    package var start: UInt64 = 5_000_000_000
    package var handshake: UInt64 = 5_000_000_000
    package var configure: UInt64 = 10_000_000_000
    /// One that is only tried makes way for others so long at most: where no processor is to spare, it would hardly run.
    package var patience: UInt64 = 300_000_000
    /// Between two pings, and between two looks at whether they were answered.
    package var ping: UInt64 = 1_000_000_000
    /// Without an answer for so long, it is killed.
    package var pong: UInt64 = 3_000_000_000
    /// The same for one that computes all the while.
    package var busy: UInt64 = 10_000_000_000
    /// When a signal has stopped it and it was not told to go on for so long, it is killed.
    package var pause: UInt64 = 1_000_000_000
    /// The longest wait after the second crash in the window; it doubles with each further one. After the first there is
    /// none.
    package var backoff: UInt64 = 100_000_000
    package var backoffLimit: UInt64 = 30_000_000_000
    /// After so long in health, earlier crashes are forgotten.
    package var healthy: UInt64 = 60_000_000_000
    /// More crashes than this in the window, and it is quarantined.
    package var crashes = 5
    package var window: UInt64 = 60_000_000_000
    /// Between two tries in quarantine.
    package var probe: UInt64 = 60_000_000_000
    /// The longest wait for a process that others kill before it is ready, again and again.
    package var killedLimit: UInt64 = 1_000_000_000

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
  package var restarts: Int { max(0, starts - 1) }

  /// Whether the process that was asked for is still wanted.
  package var awaitsSpawn: Bool { state == .starting && cause == nil }

  private let timing: Timing
  private var starts = 0
  /// Between ``Action/spawn`` and the end of what it started.
  private var hasProcess = false
  private var isPublished = false
  /// Why the process was killed; its exit says less.
  private var cause: String?
  private var readySince: UInt64?
  private var deadline = UInt64.max
  /// Looks at the clock since the ping that is not answered; nil: none is under way.
  private var unansweredTicks: UInt64?
  /// A signal has stopped it.
  private var isPaused = false
  private var crashTimes: [UInt64] = []
  /// The start is a try from quarantine.
  private var isProbe = false
  /// How often in a row others have killed it before it was ready.
  private var killedEarly = 0
  /// Started by a developer, who may stop it in a debugger: it is asked for no sign of life.
  let isAttached: Bool

  package init(timing: Timing = Timing(), isAttached: Bool = false) {
    self.timing = timing
    self.isAttached = isAttached
  }

  /// Whether a ping was not answered by the time of the next one.
  package var isLate: Bool { (unansweredTicks ?? 0) > 0 }

  /// Why we have killed it; nil: we have not.
  package var killReason: String? { cause }

  /// Whether it takes calls, or will soon. A try from quarantine is no hope yet.
  package var isHopeful: Bool {
    switch state {
    case .ready, .degraded: true
    case .starting, .handshaking, .configuring, .backoff: !isProbe
    case .draining, .stopped, .quarantined, .incompatible: false
    }
  }
}

// MARK: - The way up

extension SupervisorMachine {
  /// The process is wanted.
  package mutating func start(now: UInt64) -> [Action] {
    guard !hasProcess else { return [] }
    switch state {
    case .stopped, .backoff, .quarantined, .incompatible: break
    case .starting, .handshaking, .configuring, .ready, .degraded, .draining: return []
    }
    isProbe = state == .quarantined
    starts += 1
    hasProcess = true
    cause = nil
    readySince = nil
    unansweredTicks = nil
    isPaused = false
    return enter(
      .starting, isProbe ? "probed" : "wanted", next: "its greeting", now, within: timing.start,
      [.spawn])
  }

  /// The executable runs.
  package mutating func started(now: UInt64) -> [Action] {
    guard state == .starting, cause == nil else { return [] }
    return enter(
      .handshaking, "greeted", next: "its manifest", now, within: timing.handshake, [.greet])
  }

  /// The plugin answered hello as it should.
  package mutating func greeted(now: UInt64) -> [Action] {
    guard state == .handshaking, cause == nil else { return [] }
    return enter(
      .configuring, "handshake done", next: "a configuration", now, within: nil, [.configure])
  }

  /// A configuration went out to it.
  package mutating func configurationSent(now: UInt64) -> [Action] {
    guard state == .configuring, cause == nil else { return [] }
    return enter(
      .configuring, "asked about its configuration", next: "its answer", now,
      within: timing.configure, [])
  }

  /// It answered a dry run, and waits for the configuration that counts.
  package mutating func checked(now: UInt64) -> [Action] {
    guard state == .configuring, cause == nil else { return [] }
    return enter(
      .configuring, "answered a dry run", next: "a configuration", now, within: nil, [])
  }

  /// The plugin accepted the configuration.
  package mutating func configured(now: UInt64) -> [Action] {
    guard state == .configuring, cause == nil else { return [] }
    isPublished = true
    readySince = now
    killedEarly = 0
    return enter(.ready, "configured", next: "", now, within: nil, [.publish])
  }
}

// MARK: - Health

extension SupervisorMachine {
  /// The time between two pings is over.
  ///
  /// What counts are these calls, not the clock: a host that was itself stopped for a while finds pings that are old,
  /// but had no chance to read their answers.
  ///
  /// - Parameter isComputing: it cannot answer because it works, and not because it hangs. Only of interest when it is
  ///   late.
  package mutating func pingDue(now: UInt64, isComputing: Bool = false) -> [Action] {
    guard state.takesCalls, cause == nil, !isAttached else { return [] }
    guard let ticks = unansweredTicks else {
      unansweredTicks = 0
      return [.ping]
    }
    unansweredTicks = ticks + 1
    let patience = isComputing ? timing.busy : timing.pong
    if (ticks + 1) * timing.ping >= patience {
      return failed("did not answer a ping for \(Self.text(patience))", now: now)
    }
    guard state == .ready else { return [] }
    return enter(
      .degraded, "late with the answer to a ping", next: "its answer, or a restart", now,
      within: nil, [.slow(true)])
  }

  /// It answered the ping.
  package mutating func ponged(now: UInt64) -> [Action] {
    unansweredTicks = nil
    guard state == .degraded, cause == nil, !isPaused else { return [] }
    return enter(.ready, "answers pings again", next: "", now, within: nil, [.slow(false)])
  }

  /// A signal has stopped it. Most often that is somebody's mistake, and calls are waiting.
  package mutating func paused(now: UInt64) -> [Action] {
    guard state.takesCalls, cause == nil, !isPaused else { return [] }
    isPaused = true
    return enter(
      .degraded, "was stopped by a signal", next: "its continuation, or a restart", now,
      within: timing.pause, state == .ready ? [.slow(true)] : [])
  }

  /// It was told to go on.
  package mutating func resumed(now: UInt64) -> [Action] {
    guard isPaused else { return [] }
    isPaused = false
    unansweredTicks = nil
    guard state == .degraded, cause == nil else { return [] }
    return enter(.ready, "goes on", next: "", now, within: nil, [.slow(false)])
  }
}

// MARK: - The way down

extension SupervisorMachine {
  /// The plugin cannot work with this host or this configuration: starting it again would not help.
  package mutating func incompatible(_ reason: String, now: UInt64) -> [Action] {
    guard hasProcess, cause == nil, state != .draining else { return [] }
    cause = reason
    return enter(
      .incompatible, reason, next: "another version or configuration", now, within: nil,
      withdrawal() + [.kill])
  }

  /// It broke the protocol, or a stage failed: it is killed, and its exit decides what follows.
  package mutating func failed(_ reason: String, now: UInt64) -> [Action] {
    guard hasProcess, cause == nil else { return [] }
    cause = reason
    self.reason = reason
    next = "its end"
    deadline = .max
    return withdrawal() + [.kill]
  }

  /// It closed a data connection, and had time to end by itself: it cannot take its calls any more.
  package mutating func disconnected(now: UInt64) -> [Action] {
    guard state.takesCalls else { return [] }
    return failed("closed its data connection", now: now)
  }

  /// The process could not be started.
  package mutating func spawnFailed(_ reason: String, now: UInt64, random: Double) -> [Action] {
    guard state == .starting || state == .draining else { return [] }
    return exited(reason, now: now, random: random)
  }

  /// The process is gone.
  ///
  /// - Parameters:
  ///   - reason: how. Where it was killed, why it was killed is kept instead.
  ///   - isKill: by SIGKILL. Where it was not us, that is no fault of its own.
  ///   - random: 0 to 1, for the jitter of the backoff.
  package mutating func exited(
    _ reason: String, isKill: Bool = false, now: UInt64, random: Double
  ) -> [Action] {
    guard hasProcess else { return [] }
    hasProcess = false
    let farewell = withdrawal() + [.discard]
    switch state {
    case .draining:
      return enter(.stopped, cause ?? reason, next: "", now, within: nil, farewell)
    case .incompatible: return farewell
    case .starting, .handshaking, .configuring, .ready, .degraded: break
    case .stopped, .backoff, .quarantined:
      preconditionFailure("there is no process in the state \(state)")
    }
    if isKill, cause == nil, !isProbe { return killedByOthers(reason, now: now, farewell) }
    let isEarly = state == .handshaking || state == .configuring
    let cause = cause ?? (isEarly ? "\(reason) while \(state.rawValue)" : reason)
    return crashed(cause, now: now, random: random, farewell)
  }

  /// Back at once. Should it be killed before it is ready, again and again, then a little later each time.
  private mutating func killedByOthers(
    _ reason: String, now: UInt64, _ farewell: [Action]
  ) -> [Action] {
    let wait =
      killedEarly == 0
      ? 0 : min(timing.killedLimit, timing.backoff << UInt64(min(killedEarly - 1, 20)))
    if readySince == nil { killedEarly += 1 }
    return enter(
      .backoff, "\(reason), by others", next: "started again", now, within: wait, farewell)
  }

  private mutating func crashed(
    _ cause: String, now: UInt64, random: Double, _ farewell: [Action]
  ) -> [Action] {
    if let readySince, now &- readySince >= timing.healthy {
      crashTimes.removeAll()
      isProbe = false
    }
    crashTimes.removeAll { now &- $0 > timing.window }
    crashTimes.append(now)
    if isProbe || crashTimes.count > timing.crashes {
      let text = isProbe ? "the probe failed" : "\(crashTimes.count) crashes"
      return enter(
        .quarantined, "\(text): \(cause)", next: "probed in \(Self.text(timing.probe))", now,
        within: timing.probe, farewell)
    }
    guard crashTimes.count > 1 else {
      return enter(.backoff, cause, next: "started again", now, within: 0, farewell)
    }
    let exponent = UInt64(min(crashTimes.count - 2, 20))
    let longest = min(timing.backoffLimit, timing.backoff << exponent)
    // The upper half is left to chance: processes that died together do not come back together.
    let wait = longest / 2 + UInt64(Double(longest / 2) * min(max(random, 0), 1))
    return enter(
      .backoff, cause, next: "started again in \(Self.text(wait))", now, within: wait, farewell)
  }

  /// It crashed because of a request that is not tried again: the newest crash does not count, and is not waited for.
  package mutating func forgiven(now: UInt64) -> [Action] {
    _ = crashTimes.popLast()
    guard state == .backoff || state == .quarantined && !isProbe else { return [] }
    deadline = now
    return [.wake(at: now)]
  }

  /// The process is to finish what it has and end.
  ///
  /// - Parameter within: nanoseconds; then it is killed.
  package mutating func drain(within: UInt64, now: UInt64) -> [Action] {
    guard hasProcess else { return enter(.stopped, "not wanted", next: "", now, within: nil, []) }
    switch state {
    case .draining:
      // Who asks again may have less patience, never more.
      guard cause == nil, within < deadline, now < deadline - within else { return [] }
      deadline = now + within
      return [.wake(at: deadline)]
    case .ready, .degraded:
      let milliseconds = UInt32(clamping: within / 1_000_000)
      // One that is being killed already cannot be asked.
      let request: [Action] = cause == nil ? [.drain(milliseconds: milliseconds)] : []
      return enter(
        .draining, "not wanted", next: "its end", now, within: within, withdrawal() + request)
    case .starting, .handshaking, .configuring, .incompatible:
      return enter(.draining, "not wanted", next: "its end", now, within: within, [.kill])
    case .stopped, .backoff, .quarantined:
      preconditionFailure("there is no process in the state \(state)")
    }
  }

  /// The clock has reached a time that was asked for.
  package mutating func timePassed(now: UInt64) -> [Action] {
    guard now >= deadline else { return [] }
    deadline = .max
    switch state {
    case .backoff, .quarantined: return start(now: now)
    case .starting: return failed("was not started within \(Self.text(timing.start))", now: now)
    case .handshaking:
      return failed(
        "did not answer the greeting within \(Self.text(timing.handshake)); "
          + "is it a plugin for this host?", now: now)
    case .configuring:
      return failed(
        "did not answer the configuration within \(Self.text(timing.configure)); "
          + "what it does to check a configuration takes too long", now: now)
    case .draining: return failed("did not end in time", now: now)
    case .degraded where isPaused:
      return failed("was stopped by a signal for \(Self.text(timing.pause))", now: now)
    case .ready, .degraded, .stopped, .incompatible: return []
    }
  }
}

// MARK: - Parts

extension SupervisorMachine {
  private mutating func withdrawal() -> [Action] {
    defer { isPublished = false }
    return isPublished ? [.withdraw] : []
  }

  private mutating func enter(
    _ state: State, _ reason: String, next: String, _ now: UInt64, within: UInt64?,
    _ actions: [Action]
  ) -> [Action] {
    if self.state != state { since = now }
    self.state = state
    self.reason = reason
    self.next = next
    guard let within else {
      deadline = .max
      return actions
    }
    deadline = now.addingReportingOverflow(within).overflow ? .max : now + within
    return actions + [.wake(at: deadline)]
  }

  /// A time in nanoseconds as people say it.
  private static func text(_ nanoseconds: UInt64) -> String {
    nanoseconds < 1_000_000_000
      ? "\(nanoseconds / 1_000_000) ms" : "\(nanoseconds / 1_000_000_000) s"
  }
}
