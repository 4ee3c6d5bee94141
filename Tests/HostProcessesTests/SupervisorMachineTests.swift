// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostProcesses

@Suite struct SupervisorMachineTests {
  /// Each state with each event, when every deadline is over: the state that follows, and what is to be done.
  @Test(arguments: SupervisorMachine.State.allCases)
  func `every state knows every event`(_ state: SupervisorMachine.State) throws {
    for event in MachineEvent.allCases {
      var machine = Self.machine(in: state)
      let actions = event.happen(to: &machine, now: 100_000_000_000)
      let seen = ([machine.state.rawValue] + actions.map(\.word)).joined(separator: " ")
      let expected = try #require(
        Self.table[state]?[event], "the table lacks \(state) × \(event)")
      #expect(seen == expected, "\(state) × \(event)")
    }
  }

  @Test func `the backoff doubles up to its limit, and half of it is chance`() {
    var timing = SupervisorMachine.Timing()
    timing.crashes = 100
    timing.backoff = 100
    timing.backoffLimit = 1000
    var machine = SupervisorMachine(timing: timing)
    var waits: [UInt64] = []
    var now: UInt64 = 0
    for number in 0..<6 {
      _ = machine.start(now: now)
      let actions = machine.exited("gone", now: now, random: number == 5 ? 0 : 1)
      guard case .wake(let time) = actions.last else { return #expect(Bool(false)) }
      waits.append(time - now)
      now = time
    }
    #expect(waits == [0, 100, 200, 400, 800, 500])
  }

  @Test func `a minute of health forgets earlier crashes`() {
    var machine = Self.machine(in: .stopped)
    let minute = SupervisorMachine.Timing().healthy
    for _ in 0..<3 {
      Self.makeReady(&machine, now: 0)
      _ = machine.exited("gone", now: 0, random: 1)
    }
    Self.makeReady(&machine, now: 1)
    let actions = machine.exited("gone", now: 1 + minute, random: 1)
    #expect(actions.last == .wake(at: 1 + minute), "as after the first one")
  }

  @Test func `the sixth crash within a minute is quarantine, and a probe that crashes is too`() {
    var machine = Self.machine(in: .stopped)
    for number in 1...6 {
      #expect(machine.state != .quarantined, "after \(number - 1) crashes")
      _ = machine.start(now: UInt64(number))
      _ = machine.exited("killed", now: UInt64(number), random: 0)
    }
    #expect(machine.state == .quarantined)
    #expect(machine.reason == "6 crashes: killed")
    // The window has passed, but the probe was no health.
    let later = 6 + SupervisorMachine.Timing().probe + 1
    #expect(machine.timePassed(now: later).first == .spawn)
    _ = machine.exited("killed", now: later, random: 0)
    #expect(machine.state == .quarantined)
    #expect(machine.reason == "the probe failed: killed")
    let muchLater = later + SupervisorMachine.Timing().probe
    _ = machine.timePassed(now: muchLater)
    Self.goOn(&machine, now: muchLater)
    _ = machine.exited("killed", now: muchLater + SupervisorMachine.Timing().healthy, random: 0)
    #expect(machine.state == .backoff)
  }

  @Test func `each stage has its own time and says which one was missed`() {
    let timing = SupervisorMachine.Timing()
    let stages: [(SupervisorMachine.State, UInt64, String)] = [
      (.starting, timing.start, "was not started within 5 s"),
      (.handshaking, timing.handshake, "did not answer the greeting within 5 s"),
      (.configuring, timing.configure, "did not answer the configuration within 10 s"),
    ]
    for (state, time, text) in stages {
      var machine = Self.machine(in: state)
      #expect(machine.timePassed(now: time - 1).isEmpty)
      #expect(machine.timePassed(now: time) == [.kill])
      #expect(machine.reason.hasPrefix(text), "\(machine.reason)")
      // The exit does not hide why it was killed.
      _ = machine.exited("killed by signal 9", now: time, random: 0)
      #expect(machine.state == .backoff)
      #expect(machine.reason.hasPrefix(text), "\(machine.reason)")
    }
  }

  @Test func `a ping is late after one second and deadly after three`() {
    var machine = Self.machine(in: .ready)
    #expect(machine.pingDue(now: 1) == [.ping])
    #expect(machine.pingDue(now: 2) == [.slow(true)])
    #expect(machine.state == .degraded)
    #expect(machine.ponged(now: 3) == [.slow(false)])
    #expect(machine.state == .ready)
    #expect(machine.pingDue(now: 4) == [.ping])
    #expect(machine.pingDue(now: 5) == [.slow(true)])
    #expect(machine.pingDue(now: 6) == [])
    #expect(machine.pingDue(now: 7) == [.withdraw, .kill])
    #expect(machine.reason == "did not answer a ping for 3 s")
  }

  @Test func `one that computes is given ten seconds, and no longer than three when it does not`() {
    var machine = Self.machine(in: .ready)
    #expect(!machine.isLate)
    _ = machine.pingDue(now: 0)
    #expect(!machine.isLate)
    for tick in UInt64(1)...9 {
      _ = machine.pingDue(now: tick, isComputing: true)
      #expect(machine.state == .degraded && machine.isLate && machine.killReason == nil)
    }
    var idle = machine
    #expect(machine.pingDue(now: 10, isComputing: true) == [.withdraw, .kill])
    #expect(machine.reason == "did not answer a ping for 10 s")
    #expect(idle.pingDue(now: 10) == [.withdraw, .kill])
    #expect(idle.reason == "did not answer a ping for 3 s")
  }

  @Test func `one that a signal has stopped is slow at once, and killed after a second`() {
    let second: UInt64 = 1_000_000_000
    var machine = Self.machine(in: .ready)
    #expect(machine.paused(now: 5) == [.slow(true), .wake(at: 5 + second)])
    #expect(machine.state == .degraded)
    // What it had written before.
    #expect(machine.ponged(now: 6) == [])
    #expect(machine.paused(now: 7) == [])
    #expect(machine.timePassed(now: 4 + second) == [])
    var resumed = machine
    #expect(machine.timePassed(now: 5 + second) == [.withdraw, .kill])
    #expect(machine.reason == "was stopped by a signal for 1 s")
    #expect(resumed.resumed(now: 8) == [.slow(false)])
    #expect(resumed.state == .ready)
    #expect(resumed.timePassed(now: 5 + second) == [])
    #expect(resumed.resumed(now: 9) == [])
  }

  @Test func `one that a signal has stopped while it was late is said to be slow once`() {
    var machine = Self.machine(in: .degraded)
    #expect(machine.paused(now: 0) == [.wake(at: 1_000_000_000)])
    #expect(machine.pingDue(now: 1) == [])
    #expect(machine.resumed(now: 2) == [.slow(false)])
    #expect(machine.pingDue(now: 3) == [.ping])
  }

  @Test func `a host that slept kills nobody for the pings it did not read`() {
    var machine = Self.machine(in: .ready)
    #expect(machine.pingDue(now: 1) == [.ping])
    #expect(machine.pingDue(now: 3_600_000_000_000) == [.slow(true)])
    #expect(machine.state == .degraded)
  }

  @Test func `a dry run leaves the process waiting without a deadline`() {
    var machine = Self.machine(in: .configuring)
    #expect(machine.checked(now: 1) == [])
    #expect(machine.timePassed(now: .max - 1) == [])
    #expect(machine.configurationSent(now: 5).count == 1)
    #expect(machine.configured(now: 6) == [.publish])
  }

  @Test func `who asks again for its end may have less patience, never more`() {
    var machine = Self.machine(in: .ready)
    _ = machine.drain(within: 100, now: 1)
    #expect(machine.drain(within: 200, now: 2) == [])
    #expect(machine.drain(within: 10, now: 3) == [.wake(at: 13)])
    #expect(machine.timePassed(now: 12) == [])
    #expect(machine.timePassed(now: 13) == [.kill])
    #expect(machine.drain(within: 0, now: 14) == [], "it is killed already")
  }

  @Test func `what was shut down is never started again`() {
    for state in SupervisorMachine.State.allCases {
      var machine = Self.machine(in: state)
      _ = machine.drain(within: 1, now: 1)
      _ = machine.exited("gone", now: 2, random: 0)
      #expect(machine.state == .stopped, "from \(state)")
      #expect(machine.timePassed(now: .max - 1) == [], "from \(state)")
    }
  }
}

// MARK: - States and events

extension SupervisorMachineTests {
  static func makeReady(_ machine: inout SupervisorMachine, now: UInt64) {
    _ = machine.start(now: now)
    goOn(&machine, now: now)
  }

  static func goOn(_ machine: inout SupervisorMachine, now: UInt64) {
    _ = machine.started(now: now)
    _ = machine.greeted(now: now)
    _ = machine.configurationSent(now: now)
    _ = machine.configured(now: now)
  }

  /// A machine that came into the state at time 0.
  static func machine(in state: SupervisorMachine.State) -> SupervisorMachine {
    var machine = SupervisorMachine()
    switch state {
    case .stopped: break
    case .starting: _ = machine.start(now: 0)
    case .handshaking:
      _ = machine.start(now: 0)
      _ = machine.started(now: 0)
    case .configuring:
      _ = machine.start(now: 0)
      _ = machine.started(now: 0)
      _ = machine.greeted(now: 0)
      _ = machine.configurationSent(now: 0)
    case .ready: makeReady(&machine, now: 0)
    case .degraded:
      makeReady(&machine, now: 0)
      _ = machine.pingDue(now: 0)
      _ = machine.pingDue(now: 0)
    case .draining:
      makeReady(&machine, now: 0)
      _ = machine.drain(within: 5, now: 0)
    case .backoff:
      _ = machine.start(now: 0)
      _ = machine.exited("gone", now: 0, random: 0)
    case .quarantined:
      for _ in 0...5 {
        _ = machine.start(now: 0)
        _ = machine.exited("gone", now: 0, random: 0)
      }
    case .incompatible:
      _ = machine.start(now: 0)
      _ = machine.incompatible("no", now: 0)
    }
    precondition(machine.state == state, "the way to \(state) led to \(machine.state)")
    return machine
  }
}

/// All that can happen to a slot.
enum MachineEvent: CaseIterable {
  case start, started, spawnFailed, greeted, configurationSent, checked, configured, incompatible
  case failed, disconnected, pingDue, ponged, paused, resumed, exited, killed, forgiven, drain
  case timePassed

  func happen(to machine: inout SupervisorMachine, now: UInt64) -> [SupervisorMachine.Action] {
    switch self {
    case .start: machine.start(now: now)
    case .started: machine.started(now: now)
    case .spawnFailed: machine.spawnFailed("no", now: now, random: 0.5)
    case .greeted: machine.greeted(now: now)
    case .configurationSent: machine.configurationSent(now: now)
    case .checked: machine.checked(now: now)
    case .configured: machine.configured(now: now)
    case .incompatible: machine.incompatible("no", now: now)
    case .failed: machine.failed("no", now: now)
    case .disconnected: machine.disconnected(now: now)
    case .pingDue: machine.pingDue(now: now)
    case .ponged: machine.ponged(now: now)
    case .paused: machine.paused(now: now)
    case .resumed: machine.resumed(now: now)
    case .exited: machine.exited("gone", now: now, random: 0.5)
    case .killed: machine.exited("gone", isKill: true, now: now, random: 0.5)
    case .forgiven: machine.forgiven(now: now)
    case .drain: machine.drain(within: 2_000_000, now: now)
    case .timePassed: machine.timePassed(now: now)
    }
  }
}

extension SupervisorMachine.Action {
  /// Its name, without the times.
  var word: String { "\(self)".split(separator: "(").first.map(String.init) ?? "" }
}
