// SPDX-License-Identifier: Apache-2.0

import CSpawner
import Foundation
import PluginProtocol
import Testing

@testable import HostProcesses

@Suite(.timeLimit(.minutes(1))) struct SandboxTests {
  @Test func `what there is decides the level`() {
    let needed = patchbay_parts_needed()
    let full = SandboxReport(parts: needed, isOff: false)
    #expect(full.level == .full)
    #expect(full.parts == [.noNewPrivileges, .capabilities, .landlock, .seccomp])
    #expect(full.missing == [.landlockTCP, .landlockScopes, .namespaces, .threads])
    for part in full.parts where part != .noNewPrivileges {
      #expect(part.isNeeded)
      let others = full.parts.filter { $0 != part }
      let bits = needed & ~UInt32(bit(of: part))
      let report = SandboxReport(parts: bits, isOff: false)
      #expect(report.level == .partial && report.parts == others)
      #expect(report.missing.contains(part))
    }
    #expect(SandboxReport(parts: 1, isOff: false).level == .none)
    #expect(SandboxReport(parts: 1, isOff: true).missing.isEmpty)
  }

  private func bit(of part: SandboxReport.Part) -> UInt32 {
    switch part {
    case .noNewPrivileges: PATCHBAY_PART_NO_NEW_PRIVILEGES.rawValue
    case .capabilities: PATCHBAY_PART_CAPABILITIES.rawValue
    case .landlock: PATCHBAY_PART_LANDLOCK.rawValue
    case .landlockTCP: PATCHBAY_PART_LANDLOCK_TCP.rawValue
    case .landlockScopes: PATCHBAY_PART_LANDLOCK_SCOPES.rawValue
    case .seccomp: PATCHBAY_PART_SECCOMP.rawValue
    case .namespaces: PATCHBAY_PART_NAMESPACES.rawValue
    case .threads: PATCHBAY_PART_THREADS.rawValue
    }
  }

  @Test func `a package asks, the configuration grants, and a process gets what is asked`() throws {
    let plugins = try TestPlugins()
    try plugins.install("geo", permissions: [.network, .read("/var/lib/geo")])
    let package = try InstalledPackage.newest("geo", in: plugins.folder)
    #expect(package.permissions == [TestPlugins.runtime, .network, .read("/var/lib/geo")])
    var policy = SandboxPolicy()
    #expect(policy.problem(of: package)?.contains("'network', 'read:/var/lib/geo'") == true)
    policy.plugins["geo"] = .init(
      memory: 5, granted: [.network, .read("/"), .processes])
    #expect(policy.problem(of: package) == nil)
    let sandbox = policy.sandbox(for: package)
    #expect(sandbox.memory == 5)
    #expect(sandbox.permissions == package.permissions + [.read(package.folder)])
    #expect(package.folder == "\(plugins.directory.replacing("//", with: "/"))/geo/1.0.0")
    policy.plugins["geo"]?.granted = [.network]
    #expect(
      policy.problem(of: package)?.hasSuffix(
        "which patchbay.processes.geo.permissions does not grant") == true)
  }

  @Test func `a permission that this host does not know makes a package unusable`() throws {
    let plugins = try TestPlugins()
    try plugins.install("geo")
    let file = "\(plugins.directory)/geo/1.0.0/manifest.json"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    try text.replacing("read:", with: "lend:")
      .write(toFile: file, atomically: true, encoding: .utf8)
    let error = #expect(throws: InstalledPackage.Unusable.self) {
      try InstalledPackage.newest("geo", in: plugins.folder)
    }
    #expect(error?.description.contains("asks for the permission 'lend:/") == true)
  }

  @Test func `the state of a process says what sandbox it has`() async throws {
    try await Supervised.run(installed: ["normal"]) { it in
      _ = try await it.serve("normal", config: #"{"report": true}"#)
      let status = await it.supervisor.status {
        $0.first?.lastLines.contains { $0.hasPrefix("folder: ") } == true
      }
      let process = try #require(status.first)
      let sandbox = try #require(process.sandbox)
      #expect(Set(sandbox.parts + sandbox.missing) == Set(SandboxReport.Part.allCases))
      let folder = try #require(process.lastLines.first { $0.hasPrefix("folder: ") })
      #expect(folder.hasSuffix("/normal-1"))
    }
  }

  @Test func `what was not granted is not started`() async throws {
    try await Supervised.run(installed: ["normal"]) { it in
      try it.plugins.install("greedy", permissions: [.network])
      do {
        _ = try await it.launch("greedy")
        Issue.record("it came up")
      } catch StartProblem.plugin(let name, let text) {
        #expect(name == "greedy" && text.contains("'network'"))
        #expect(text.hasSuffix("which patchbay.processes.greedy.permissions does not grant"))
      }
    }
  }

  @Test func `one without a sandbox says so`() async throws {
    try await Supervised.run(installed: ["normal"], demand: .off) { it in
      _ = try await it.serve("normal")
      let sandbox = try #require(await it.supervisor.status().first?.sandbox)
      #expect(sandbox == SandboxReport(parts: 1, isOff: true))
      #expect(sandbox.level == .none)
    }
  }
}
