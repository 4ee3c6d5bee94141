// SPDX-License-Identifier: Apache-2.0

package import PluginProtocol

/// How the processes of all plugins are confined.
package struct SandboxPolicy: Sendable {
  package enum Demand: Sendable {
    /// A process without a sandbox is not started.
    case required
    /// What the machine has of one.
    case preferred
    /// No sandbox. The limits stay.
    case off
  }

  package struct Plugin: Sendable {
    /// Bytes that a process may have to itself.
    package var memory: Int
    package var granted: [PackagePermission]

    package init(memory: Int = 512 << 20, granted: [PackagePermission] = []) {
      self.memory = memory
      self.granted = granted
    }
  }

  package var demand: Demand
  /// By name; of others nothing is granted.
  package var plugins: [String: Plugin]

  package init(demand: Demand = .preferred, plugins: [String: Plugin] = [:]) {
    self.demand = demand
    self.plugins = plugins
  }

  /// Why the package may not run, if it asks for more than it was granted.
  package func problem(of package: InstalledPackage) -> String? {
    let granted = plugins[package.name]?.granted ?? []
    let missing = package.permissions.filter { asked in
      !granted.contains { $0.covers(asked) }
    }
    guard !missing.isEmpty else { return nil }
    let names = missing.map { "'\($0)'" }.joined(separator: ", ")
    return "plugin '\(package.name)' asks for \(names), which patchbay.processes.\(package.name)"
      + ".permissions does not grant"
  }

  /// What a process of the package gets: what its manifest asks for, and not what it was granted beside that.
  package func sandbox(for package: InstalledPackage) -> ProcessSandbox {
    ProcessSandbox(
      demand: demand, memory: (plugins[package.name] ?? Plugin()).memory,
      permissions: package.permissions + [.read(package.folder)])
  }
}

/// How one process is confined.
package struct ProcessSandbox: Sendable, Equatable {
  package var demand: SandboxPolicy.Demand
  /// Bytes; 0: no limit.
  package var memory: Int
  package var permissions: [PackagePermission]

  package init(
    demand: SandboxPolicy.Demand, memory: Int = 0, permissions: [PackagePermission] = []
  ) {
    self.demand = demand
    self.memory = memory
    self.permissions = permissions
  }
}
