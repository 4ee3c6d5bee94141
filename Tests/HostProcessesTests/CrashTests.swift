// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginProtocol
import Testing

@testable import HostProcesses

/// The supervisor over real processes that die, hang or misbehave while they serve.
@Suite(.timeLimit(.minutes(1))) struct CrashTests {
  @Test func `one that is killed comes back, later each time, as a new incarnation`() async throws {
    var timing = SupervisorMachine.Timing.patient
    timing.backoff = 40_000_000
    try await Supervised.run(installed: ["normal"], timing: timing) { it in
      var handle = try await it.serve("normal")
      let clock = ContinuousClock()
      for crash in 1...3 {
        let killed = clock.now
        kill(handle.pid, SIGKILL)
        guard case .draining(let incarnation)? = await it.observed.next() else {
          Issue.record("it was not withdrawn")
          return
        }
        #expect(incarnation == handle.incarnation)
        handle = await it.observed.nextReady()
        #expect(handle.incarnation == UInt64(crash + 1))
        // At least half of 40, 80, 160 ms.
        #expect(clock.now - killed >= .milliseconds(10 << crash))
        let status = try #require(await it.supervisor.status().first)
        #expect(status.restarts == crash && status.pid == handle.pid)
      }
      #expect(it.log.lines.contains { $0.contains("plugin process killed by signal 9") })
    }
  }

  @Test func `too many crashes are quarantine, and the reason is said`() async throws {
    var timing = SupervisorMachine.Timing.patient
    timing.backoff = 1_000_000
    timing.crashes = 2
    try await Supervised.run(installed: ["normal"], timing: timing) { it in
      var handle = try await it.serve("normal")
      kill(handle.pid, SIGKILL)
      handle = await it.observed.nextReady()
      kill(handle.pid, SIGKILL)
      handle = await it.observed.nextReady()
      kill(handle.pid, SIGKILL)
      let status = await it.status(in: .quarantined)
      #expect(status?.reason == "3 crashes: killed by signal 9 (Killed)")
      #expect(status?.next == "probed in 60 s")
    }
  }

  @Test(arguments: [true, false])
  func `one that does not answer pings is killed and replaced`(_ isStopped: Bool) async throws {
    var timing = SupervisorMachine.Timing.patient
    timing.ping = 50_000_000
    timing.pong = 500_000_000
    timing.backoff = 1_000_000
    try await Supervised.run(installed: ["normal"], timing: timing) { it in
      let config = isStopped ? "{}" : #"{"deaf": true}"#
      let first = try await it.serve("normal", config: config)
      if isStopped { kill(first.pid, SIGSTOP) }
      let second = await it.observed.nextReady()
      #expect(second.incarnation == 2)
      #expect(ProcessWatch.ends(first.pid))
      #expect(it.log.lines.contains { $0.contains("reason=did not answer a ping for 500 ms") })
    }
  }

  @Test func `one that broke the protocol on a data connection is replaced`() async throws {
    var timing = SupervisorMachine.Timing.patient
    timing.backoff = 1_000_000
    try await Supervised.run(installed: ["normal"], timing: timing) { it in
      let first = try await it.serve("normal")
      await it.supervisor.violated(incarnation: first.incarnation, .badSplice)
      // Once more for a process that is gone by then means nothing.
      await it.supervisor.violated(incarnation: first.incarnation, .badSplice)
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
