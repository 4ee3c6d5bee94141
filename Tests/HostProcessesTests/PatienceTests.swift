// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostProcesses

/// Who goes first on a processor while a version is being tried.
@Suite(.timeLimit(.minutes(1))) struct PatienceTests {
  private static let long = 100_000_000
  private static let short = 300_000

  /// The process of a candidate that has said who it is and waits for a configuration.
  private static func run(
    patience: UInt64, _ body: (Supervised, _ release: UInt64, _ pid: Int32) async throws -> Void
  ) async throws {
    var timing = SupervisorMachine.Timing.patient
    timing.patience = patience
    try await Supervised.run(
      installed: ["normal"], permissions: [TestPlugins.runtime], timing: timing
    ) { it in
      let package = try InstalledPackage.newest("normal", in: it.plugins.folder)
      let release = await it.supervisor.start(package, processes: 1, role: .candidate)
      _ = try await it.supervisor.manifest(of: release)
      let pid = try #require(await it.supervisor.status().first?.pid)
      try await body(it, release, pid)
    }
  }

  @Test(.enabled(if: Scheduling.canComeBack))
  func `a candidate makes way until it serves`() async throws {
    try await Self.run(patience: 60_000_000_000) { it, release, pid in
      #expect(Scheduling.isAside(pid))
      _ = try await it.configure(release, "{}")
      let ready = await it.observed.nextReady()
      #expect(!Scheduling.isAside(ready.pid))
    }
  }

  @Test(.enabled(if: Scheduling.canComeBack))
  func `its patience has an end`() async throws {
    try await Self.run(patience: 0) { it, _, pid in
      // It is still only tried.
      let status = await it.supervisor.status { _ in !Scheduling.isAside(pid) }
      #expect(status.first?.state == "configuring")
    }
  }

  @Test(.enabled(if: Scheduling.takesSlices && !Scheduling.canComeBack))
  func `one that could not come back asks for long slices`() async throws {
    try await Self.run(patience: 60_000_000_000) { _, _, pid in
      #expect(!Scheduling.isAside(pid))
      #expect(Scheduling.slice(of: pid) == Self.long)
    }
  }

  @Test(.enabled(if: Scheduling.takesSlices))
  func `one that serves goes first when it wakes up`() async throws {
    try await Self.run(patience: 60_000_000_000) { it, release, pid in
      #expect(Scheduling.slice(of: pid) != Self.short)
      _ = try await it.configure(release, "{}")
      #expect(Scheduling.slice(of: await it.observed.nextReady().pid) == Self.short)
    }
  }

  @Test func `what is waited for does not make way`() async throws {
    try await Supervised.run(installed: ["normal"], permissions: [TestPlugins.runtime]) { it in
      _ = try await it.launch("normal")
      let pid = try #require(await it.supervisor.status().first?.pid)
      #expect(!Scheduling.isAside(pid))
      #expect(Scheduling.slice(of: pid) != Self.long)
    }
  }
}
