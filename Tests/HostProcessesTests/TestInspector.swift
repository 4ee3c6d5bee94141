// SPDX-License-Identifier: Apache-2.0

import CSpawner

@testable import HostProcesses

extension ManifestInspector {
  /// One for all tests; the test plugin finds the libraries of Swift.
  static let testing = ManifestInspector(
    spawner: spawner(), readable: [TestPlugins.runtime], advice: "ask the tests")

  /// One with which an executable reads nothing but itself and the system's programs.
  static let strict = strict(patience: 60)

  static func strict(patience: Int) -> ManifestInspector {
    ManifestInspector(spawner: spawner(), advice: "ask the tests", patience: patience)
  }

  /// One that cannot execute anything.
  static var nobody: ManifestInspector {
    let gone = spawner()
    gone.end()
    return ManifestInspector(spawner: gone, advice: "ask somebody else")
  }

  private static func spawner() -> Spawner {
    var pid: pid_t = 0
    let socket = patchbay_spawner_start(&pid)
    return Spawner(socket: socket, process: pid)
  }
}

extension PackageInstaller {
  @discardableResult
  static func install(
    _ file: String, into packages: PackageFolder
  ) throws(InstalledPackage.Unusable) -> InstalledPackage {
    try install(file, into: packages, asking: .testing)
  }

  static func sign(
    _ file: String, with key: borrowing SigningKey
  ) throws(InstalledPackage.Unusable) -> (name: String, version: String, signature: String) {
    try sign(file, with: key, asking: .testing)
  }
}
