// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import HostProcesses

/// Processes that serve get another configuration.
@Suite(.timeLimit(.minutes(1))) struct ReconfigurationTests {
  private let note = #"{"note": true}"#

  @Test func `a process that serves is asked, and told, and serves on`() async throws {
    try await Supervised.run(installed: ["normal"]) { it in
      let release = try await it.launch("normal")
      _ = try await it.configure(release, "{}")
      let handle = await it.observed.nextReady()
      _ = try await it.configure(release, note, generation: 2, isDryRun: true)
      _ = try await it.configure(release, note, generation: 2)
      let status = await it.supervisor.status { $0.first?.lastLines.count == 2 }
      #expect(status.first?.lastLines == ["generation 2, asked of 1", "generation 2 of 1,2"])
      #expect(status.first?.state == "ready" && status.first?.pid == handle.pid)
    }
  }

  @Test(arguments: [true, false]) func `one that refuses keeps what it has`(
    _ isDryRun: Bool
  ) async throws {
    try await Supervised.run(installed: ["normal"]) { it in
      let release = try await it.launch("normal")
      _ = try await it.configure(release, "{}")
      let handle = await it.observed.nextReady()
      let answer = try await it.configure(
        release, #"{"refuse": 1}"#, generation: 2, isDryRun: isDryRun)
      #expect(answer.isRefusal)
      _ = try await it.configure(release, note, generation: 3)
      let status = await it.supervisor.status { $0.first?.lastLines.count == 1 }
      #expect(status.first?.lastLines == ["generation 3 of 1,3"], "the refused one counts nowhere")
      #expect(status.first?.state == "ready" && status.first?.pid == handle.pid)
    }
  }

  @Test func `all processes have it when it counts`() async throws {
    try await Supervised.run(installed: ["normal"]) { it in
      let release = try await it.launch("normal", processes: 3)
      _ = try await it.configure(release, "{}")
      try await it.supervisor.ready(release, processes: 3)
      _ = try await it.configure(release, note, generation: 2)
      let status = await it.supervisor.status { $0.allSatisfy { $0.lastLines.count == 1 } }
      #expect(status.map(\.lastLines) == Array(repeating: ["generation 2 of 1,2"], count: 3))
    }
  }

  @Test func `one that is started again learns the generations that exchanges are in`() async throws
  {
    try await Supervised.run(installed: ["normal"]) { it in
      let release = try await it.launch("normal")
      for generation in 1...4 as ClosedRange<UInt64> {
        _ = try await it.configure(release, note, generation: generation)
      }
      let handle = await it.observed.nextReady()
      await it.supervisor.forget(generation: 1)
      await it.supervisor.forget(generation: 3)
      await it.supervisor.forget(generation: 4)
      kill(handle.pid, SIGKILL)
      let again = await it.observed.nextReady()
      #expect(again.incarnation == 2)
      let status = await it.supervisor.status { $0.first?.lastLines.count == 6 }
      #expect(
        status.first?.lastLines.suffix(2) == ["generation 2 of 2,4", "generation 4 of 2,4"],
        "the newest is never forgotten")
    }
  }

  @Test func `a question that processes die of is given up, and they serve again`() async throws {
    var timing = SupervisorMachine.Timing.patient
    timing.backoff = 1_000_000
    timing.crashes = 2
    try await Supervised.run(installed: ["normal"], timing: timing) { it in
      let release = try await it.launch("normal")
      _ = try await it.configure(release, "{}")
      for _ in 1...2 {
        await #expect(throws: StartProblem.self) {
          try await it.configure(release, #"{"die": 1}"#, generation: 2, isDryRun: true)
        }
      }
      // Six deaths, none of which is held against it.
      let status = await it.status(in: .ready)
      #expect(status?.restarts == 6)
      _ = try await it.configure(release, note, generation: 2)
    }
  }

  @Test func `one that does not answer is killed, and has what it had`() async throws {
    var timing = SupervisorMachine.Timing.patient
    timing.configure = 700_000_000
    timing.backoff = 1_000_000
    timing.crashes = 1000
    try await Supervised.run(installed: ["normal"], timing: timing) { it in
      let release = try await it.launch("normal")
      _ = try await it.configure(release, note)
      await #expect(throws: StartProblem.self) {
        try await it.configure(release, #"{"mute": 1}"#, generation: 2, isDryRun: true)
      }
      let status = await it.status(in: .ready)
      #expect(status?.restarts == 3)
      #expect(status?.lastLines.last == "generation 1 of 1")
    }
  }

  @Test func `a drain that comes while it is asked is told after the answer`() async throws {
    try await Supervised.run(installed: ["normal"]) { it in
      let release = try await it.launch("normal")
      _ = try await it.configure(release, "{}")
      _ = await it.observed.nextReady()
      async let answer = it.configure(release, note, generation: 2, isDryRun: true)
      await it.supervisor.retire(release, within: .seconds(50))
      _ = try? await answer
      #expect(it.log.lines.contains { $0.contains("exited with status 0") }, "it was not killed")
    }
  }
}
