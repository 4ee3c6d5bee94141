// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginProtocol
import Testing

@testable import HostProcesses

/// The supervisor over real processes: the way up, and the way down.
@Suite(.timeLimit(.minutes(1))) struct SupervisorTests {
  @Test func `a process is started, checked, configured, handed over and drained`() async throws {
    try await Supervised.run(installed: ["normal"], loops: 3) { it in
      let release = try await it.launch("normal")
      #expect(try await it.supervisor.manifest(of: release).phases == [1])
      let checked = try await it.configure(release, "{}", isDryRun: true)
      #expect(checked.instances.first?.subscriptions.first?.phase == 1)
      #expect(await it.supervisor.status().first?.state == "configuring")
      _ = try await it.configure(release, "{}")
      let handle = await it.observed.nextReady()
      #expect(handle.plugin == "normal" && handle.version == "1.0.0")
      #expect(handle.incarnation == 1 && handle.descriptors.count == 3)
      let status = try #require(await it.supervisor.status().first)
      #expect(status.state == "ready" && status.pid == handle.pid && status.restarts == 0)
      #expect(status.rss ?? 0 > 100_000)
      await it.supervisor.shutDown(within: .seconds(20))
      let ended = try #require(await it.supervisor.status().first)
      #expect(ended.state == "stopped" && ended.reason == "exited with status 0")
      #expect(ended.lastLines == ["draining"])
      #expect(it.log.lines.contains("info draining pid=\(handle.pid) plugin=normal"))
    }
  }

  @Test func `plugins start side by side, each with its own processes`() async throws {
    try await Supervised.run(installed: ["one", "two"]) { it in
      let one = try await it.launch("one", processes: 2)
      let two = try await it.launch("two", version: "1.0.0")
      _ = try await it.configure(one, "")
      _ = try await it.configure(two, "")
      let all = await it.supervisor.status { $0.allSatisfy { $0.state == "ready" } }
      #expect(all.map(\.plugin) == ["one", "one", "two"])
      #expect(Set(all.map(\.incarnation)) == [1, 2, 3])
    }
  }

  @Test func `it has its own descriptors, and nothing else of the host`() async throws {
    try await Supervised.run(installed: ["normal"], loops: 2) { it in
      _ = try await it.serve("normal", config: #"{"report": true}"#)
      let status = await it.supervisor.status { $0.first?.lastLines.count == 9 }
      let lines = try #require(status.first?.lastLines)
      #expect(lines.contains("environment: 0"))
      #expect(lines.contains("arguments: normal"))
      #expect(lines.contains("descriptors: 0 1 2 3 4 5"))
      #expect(lines.contains("leads its process group: true"))
      #expect(lines.contains("core: 0"))
      #expect(lines.contains("NoNewPrivs: 1"))
      #expect(lines.contains("SigBlk: 0000000000000000"))
      #expect(lines.contains("SigIgn: 0000000000000000"))
    }
  }

  @Test func `a refused configuration is an answer with diagnostics`() async throws {
    try await Supervised.run(installed: ["normal"]) { it in
      let release = try await it.launch("normal")
      let dry = try await it.configure(release, #"{"refuse": true}"#, isDryRun: true)
      #expect(dry.instances.first?.diagnostics.first?.pointer == "/mood")
      #expect(await it.supervisor.status().first?.state == "configuring")
      let answer = try await it.configure(release, #"{"refuse": true}"#)
      #expect(answer.instances.first?.diagnostics.first?.message == "not today")
      #expect(await it.status(in: .incompatible)?.reason == "refused the configuration")
    }
  }

  /// What a plugin does wrong before it serves, and what is said of it.
  @Test(arguments: [
    ("exits-at-start", "exited with status 3", "it printed last: there is nothing for me here"),
    ("hangs", "did not answer the greeting within", "is it a plugin for this host?"),
    ("babbles", "broke the protocol: ", ""),
    ("from-the-future", "the host speaks versions 1", "upgrade the host"),
    ("is-another", "it is other 1.0.0, installed as is-another 1.0.0", "install it again"),
  ])
  func `a plugin that does not come up is named with the reason`(
    _ plugin: String, _ reason: String, _ hint: String
  ) async throws {
    var timing = SupervisorMachine.Timing.patient
    timing.handshake = plugin == "hangs" ? 200_000_000 : timing.handshake
    try await Supervised.run(installed: [plugin], timing: timing) { it in
      do {
        _ = try await it.launch(plugin)
        Issue.record("it came up")
      } catch StartProblem.plugin(let name, let text) {
        #expect(name == plugin)
        #expect(text.contains(reason), "\(text)")
        #expect(hint.isEmpty || text.contains(hint), "\(text)")
      }
    }
  }

  @Test(arguments: [
    ("greedy", "subscribes to phase 4, which its manifest does not name"),
    ("forget", "did not answer for instance 1"),
  ])
  func `an answer that cannot be used is no answer`(
    _ word: String, _ reason: String
  ) async throws {
    try await Supervised.run(installed: ["normal"]) { it in
      let release = try await it.launch("normal")
      await #expect(throws: StartProblem.plugin(name: "normal", reason: reason)) {
        try await it.configure(release, "{\"\(word)\": 1}")
      }
    }
  }

  @Test func `one that does not drain is killed at the deadline`() async throws {
    try await Supervised.run(installed: ["normal"]) { it in
      let handle = try await it.serve("normal", config: #"{"stubborn": true}"#)
      await it.supervisor.shutDown(within: .milliseconds(100))
      #expect(await it.supervisor.status().first?.reason == "did not end in time")
      #expect(ProcessWatch.ends(handle.pid))
    }
  }
}
