// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import HostProcesses

/// Who goes first on a processor while a version is being tried.
@Suite(.timeLimit(.minutes(1))) struct PatienceTests {
  private static let long = 100_000_000
  private static let short = 300_000

  /// Nanoseconds that the kernel lets a thread run for at a time; nil: it does not say.
  private static func slice(_ process: Int32) -> Int? {
    let facts = try? String(contentsOfFile: "/proc/\(process)/sched", encoding: .utf8)
    let line = facts?.split(separator: "\n").first { $0.hasPrefix("se.slice") }
    return line?.split(separator: ":").last.flatMap {
      Int($0.trimmingCharacters(in: .whitespaces))
    }
  }

  /// Linux 6.12 is the first that can be asked for a slice.
  private static var canBeAsked: Bool {
    let version = ProcessInfo.processInfo.operatingSystemVersion
    let isNew = (version.majorVersion, version.minorVersion) >= (6, 12)
    return isNew && slice(getpid()) != nil
  }

  @Test(.enabled(if: canBeAsked)) func `a candidate makes way until it serves`() async throws {
    try await Supervised.run(installed: ["normal"], permissions: [TestPlugins.runtime]) { it in
      let package = try InstalledPackage.newest("normal", in: it.plugins.folder)
      let release = await it.supervisor.start(package, processes: 1, role: .candidate)
      _ = try await it.supervisor.manifest(of: release)
      let pid = try #require(await it.supervisor.status().first?.pid)
      #expect(Self.slice(pid) == Self.long)
      _ = try await it.configure(release, "{}")
      let ready = await it.observed.nextReady()
      #expect(Self.slice(ready.pid) == Self.short)
    }
  }

  @Test(.enabled(if: canBeAsked)) func `what is waited for does not`() async throws {
    try await Supervised.run(installed: ["normal"], permissions: [TestPlugins.runtime]) { it in
      _ = try await it.launch("normal")
      let pid = try #require(await it.supervisor.status().first?.pid)
      #expect(Self.slice(pid) != Self.long)
    }
  }
}
