// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginProtocol
import Testing

@testable import HostProcesses

/// The supervisor over real processes that die, hang or misbehave while they serve.
@Suite(.timeLimit(.minutes(1))) struct CrashTests {
  @Test func `one that crashes comes back, later each time, as a new incarnation`() async throws {
    var timing = SupervisorMachine.Timing.patient
    timing.backoff = 40_000_000
    try await Supervised.run(installed: ["normal"], timing: timing) { it in
      var handle = try await it.serve("normal")
      let clock = ContinuousClock()
      for crash in 1...3 {
        let killed = clock.now
        kill(handle.pid, SIGTERM)
        guard case .draining(let incarnation)? = await it.observed.next() else {
          Issue.record("it was not withdrawn")
          return
        }
        #expect(incarnation == handle.incarnation)
        handle = await it.observed.nextReady()
        #expect(handle.incarnation == UInt64(crash + 1))
        // At once; then at least half of 40, 80 ms.
        #expect(clock.now - killed >= .milliseconds(crash == 1 ? 0 : 5 << crash))
        let status = try #require(await it.supervisor.status().first)
        #expect(status.restarts == crash && status.pid == handle.pid)
      }
      #expect(it.log.lines.contains { $0.contains("plugin process killed by signal 15") })
    }
  }

  @Test func `too many crashes are quarantine, and the reason is said`() async throws {
    var timing = SupervisorMachine.Timing.patient
    timing.backoff = 1_000_000
    timing.crashes = 2
    try await Supervised.run(installed: ["normal"], timing: timing) { it in
      var handle = try await it.serve("normal")
      kill(handle.pid, SIGTERM)
      handle = await it.observed.nextReady()
      kill(handle.pid, SIGTERM)
      handle = await it.observed.nextReady()
      kill(handle.pid, SIGTERM)
      let status = await it.status(in: .quarantined)
      #expect(status?.reason == "3 crashes: killed by signal 15 (Terminated)")
      #expect(status?.next == "probed in 60 s")
      // The data plane is told that there is no hope for the time being.
      while let change = await it.observed.next() {
        if case .available(_, let isAvailable) = change { return #expect(!isAvailable) }
      }
    }
  }

  @Test func `one that others kill comes back at once, however often`() async throws {
    var timing = SupervisorMachine.Timing.patient
    timing.backoff = 60_000_000_000
    timing.crashes = 2
    try await Supervised.run(installed: ["normal"], timing: timing) { it in
      var handle = try await it.serve("normal")
      for _ in 1...10 {
        kill(handle.pid, SIGKILL)
        handle = await it.observed.nextReady()
      }
      #expect(await it.supervisor.status().first?.restarts == 10)
    }
  }

  @Test func `a crash that was a request's fault is not held against it`() async throws {
    var timing = SupervisorMachine.Timing.patient
    timing.backoff = 1_000_000
    timing.crashes = 2
    try await Supervised.run(installed: ["normal"], timing: timing) { it in
      var handle = try await it.serve("normal")
      for _ in 1...5 {
        let first = handle.incarnation
        kill(handle.pid, SIGTERM)
        handle = await it.observed.nextReady()
        let second = handle.incarnation
        kill(handle.pid, SIGTERM)
        it.supervisor.forgive(incarnations: [first, second])
        handle = await it.observed.nextReady()
      }
      #expect(await it.supervisor.status().first?.state == "ready")
    }
  }

  @Test func `one that does not answer pings is killed and replaced`() async throws {
    var timing = SupervisorMachine.Timing.patient
    timing.ping = 50_000_000
    timing.pong = 500_000_000
    timing.backoff = 1_000_000
    try await Supervised.run(installed: ["normal"], timing: timing) { it in
      let first = try await it.serve("normal", config: #"{"deaf": true}"#)
      #expect(await it.observed.nextReady().incarnation == 2)
      #expect(ProcessWatch.ends(first.pid))
      #expect(it.log.lines.contains { $0.contains("reason=did not answer a ping for 500 ms") })
    }
  }

  @Test func `one that computes is not taken for one that hangs, for a while`() async throws {
    var timing = SupervisorMachine.Timing.patient
    timing.ping = 50_000_000
    timing.pong = 400_000_000
    timing.busy = 2_000_000_000
    try await Supervised.run(installed: ["normal"], timing: timing) { it in
      let first = try await it.serve("normal", config: #"{"compute": true}"#)
      #expect(await it.observed.nextReady().incarnation == 2)
      #expect(ProcessWatch.ends(first.pid))
      #expect(it.log.lines.contains { $0.contains("reason=did not answer a ping for 2 s") })
    }
  }

  @Test func `one that a signal has stopped is killed and replaced, long before a ping is due`()
    async throws
  {
    var timing = SupervisorMachine.Timing.patient
    timing.ping = 60_000_000_000
    timing.pause = 100_000_000
    try await Supervised.run(installed: ["normal"], timing: timing) { it in
      let first = try await it.serve("normal")
      kill(first.pid, SIGSTOP)
      guard case .slow(first.incarnation, true)? = await it.observed.next() else {
        Issue.record("it was not said to be slow")
        return
      }
      #expect(await it.observed.nextReady().incarnation == 2)
      #expect(ProcessWatch.ends(first.pid))
      #expect(it.log.lines.contains { $0.contains("reason=was stopped by a signal for 100 ms") })
    }
  }

  @Test func `one that is stopped is said to be slow, until it goes on`() async throws {
    try await Supervised.run(installed: ["normal"]) { it in
      let handle = try await it.serve("normal")
      for _ in 1...3 {
        kill(handle.pid, SIGSTOP)
        guard case .slow(handle.incarnation, true)? = await it.observed.next() else {
          Issue.record("it was not said to be slow")
          return
        }
        #expect(await it.status(in: .degraded)?.pid == handle.pid)
        kill(handle.pid, SIGCONT)
        guard case .slow(handle.incarnation, false)? = await it.observed.next() else {
          Issue.record("it was not said to be back")
          return
        }
      }
    }
  }

  @Test func `one that broke the protocol on a data connection is replaced`() async throws {
    var timing = SupervisorMachine.Timing.patient
    timing.backoff = 1_000_000
    try await Supervised.run(installed: ["normal"], timing: timing) { it in
      let first = try await it.serve("normal")
      it.supervisor.violated(incarnation: first.incarnation, .badSplice)
      // Once more for a process that is gone by then means nothing.
      it.supervisor.violated(incarnation: first.incarnation, .badSplice)
      #expect(await it.observed.nextReady().incarnation == 2)
      #expect(it.log.lines.contains { $0.contains("reason=broke the protocol: bad-splice") })
    }
  }

  @Test func `what a plugin started dies with it`() async throws {
    try await Supervised.run(installed: ["normal"], permissions: [.processes]) { it in
      let handle = try await it.serve("normal", config: #"{"parent": true}"#)
      let status = await it.supervisor.status {
        $0.first?.lastLines.contains { $0.hasPrefix("child: ") } == true
      }
      let line = try #require(status.first?.lastLines.last)
      let child = try #require(pid_t(line.dropFirst("child: ".count)))
      #expect(kill(child, 0) == 0)
      kill(handle.pid, SIGKILL)
      #expect(ProcessWatch.ends(child))
    }
  }

  @Test func `one that prints without end neither stops nor floods the log`() async throws {
    try await Supervised.run(installed: ["normal"]) { it in
      _ = try await it.serve("normal", config: #"{"spam": true}"#)
      let status = await it.supervisor.status {
        $0.first?.lastLines.contains("line 200000") == true || $0.first?.state != "ready"
      }
      #expect(status.first?.state == "ready")
      let logged = it.log.lines.count { $0.hasPrefix("info line ") }
      // The burst, and what the seconds of the test bring.
      #expect(logged >= LogBudget.burst)
      #expect(logged < LogBudget.burst + 30 * LogBudget.linesPerSecond)
    }
  }

  @Test func `when the spawner dies its processes do, and it is said`() async throws {
    try await Supervised.run(installed: ["normal"]) { it in
      let handle = try await it.serve("normal")
      kill(it.spawnerPID, SIGKILL)
      #expect(ProcessWatch.ends(handle.pid))
      let status = await it.status(in: .backoff)
      #expect(status?.reason == "the spawner is gone")
      #expect(it.log.lines.contains { $0.hasPrefix("critical the spawner is gone") })
    }
  }
}
