// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostProcesses

/// A release gets more processes, or fewer, over real ones.
@Suite(.timeLimit(.minutes(1))) struct ResizeTests {
  @Test func `new ones are configured; the newest finish and are forgotten`() async throws {
    try await Supervised.run(installed: ["normal"]) { it in
      let first = try await it.serve("normal")
      await it.supervisor.resize(first.release, to: 3, within: .seconds(20))
      let others = [await it.observed.nextReady(), await it.observed.nextReady()]
      #expect(await it.supervisor.processCount(of: first.release) == 3)
      await it.supervisor.resize(first.release, to: 1, within: .seconds(20))
      #expect(await it.supervisor.processCount(of: first.release) == 1)
      let left = await it.supervisor.status { $0.count == 1 }
      #expect(left.map(\.incarnation) == [first.incarnation])
      #expect(left.map(\.state) == ["ready"])
      for other in others { #expect(ProcessWatch.ends(other.pid)) }
      // Their places are free.
      await it.supervisor.resize(first.release, to: 2, within: .zero)
      #expect(await it.observed.nextReady().incarnation == 4)
    }
  }

  @Test func `those that still finish do not count`() async throws {
    try await Supervised.run(installed: ["normal"]) { it in
      let release = try await it.launch("normal", processes: 2)
      _ = try await it.configure(release, #"{"stubborn": true}"#)
      try await it.supervisor.ready(release, processes: 2)
      await it.supervisor.resize(release, to: 1, within: .seconds(60))
      #expect(await it.supervisor.status().map(\.state) == ["ready", "draining"])
      #expect(await it.supervisor.processCount(of: release) == 1)
      #expect(await it.supervisor.status(of: release).map(\.state) == ["ready"])
      await it.supervisor.resize(release, to: 2, within: .seconds(60))
      try await it.supervisor.ready(release, processes: 2)
      #expect(
        await it.supervisor.status().map(\.state) == ["ready", "draining", "ready"])
      await it.supervisor.retire(release, within: .zero)
      #expect(await it.supervisor.status().isEmpty)
    }
  }

  @Test func `one that was not up yet is not waited for`() async throws {
    try await Supervised.run(installed: ["normal"]) { it in
      let first = try await it.serve("normal")
      await it.supervisor.resize(first.release, to: 4, within: .zero)
      await it.supervisor.resize(first.release, to: 1, within: .seconds(20))
      let left = await it.supervisor.status { $0.count == 1 }
      #expect(left.map(\.incarnation) == [first.incarnation])
    }
  }

  @Test func `what is retired or shut down does not grow`() async throws {
    try await Supervised.run(installed: ["normal"]) { it in
      let release = try await it.launch("normal")
      await it.supervisor.setRole(of: release, .leaving)
      await it.supervisor.resize(release, to: 3, within: .zero)
      #expect(await it.supervisor.processCount(of: release) == 1)
      await it.supervisor.setRole(of: release, .stable)
      await it.supervisor.shutDown(within: .zero)
      await it.supervisor.resize(release, to: 3, within: .zero)
      #expect(await it.supervisor.status().map(\.state) == ["stopped"])
    }
  }
}
