// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostProcesses

extension PluginCommand {
  /// `patchbay plugin remove NAME [VERSION]`
  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Remove a package that is installed.",
      discussion: """
        Processes of it that run go on, but cannot be started again. Without VERSION the only version \
        is removed; where there are several, --all is needed.
        """)

    @Argument(help: "The plugin's name.")
    var name: String

    @Argument(help: "The version to remove.")
    var version: String?

    @Flag(help: "Remove all versions.")
    var all = false

    @OptionGroup var options: PackageOptions

    func validate() throws {
      if all, version != nil { throw ValidationError("give a version or --all, not both") }
    }

    func run() async throws {
      let folder = options.folder()
      let installed = try InstalledPackage.versions(of: name, in: folder)
      if version == nil, installed.count > 1, !all {
        throw CommandRefusal(
          "several versions of plugin '\(name)' are installed: "
            + "\(installed.joined(separator: ", ")); give one, or --all")
      }
      let chosen = version.map { [$0] } ?? installed
      guard !chosen.isEmpty else {
        throw CommandRefusal("plugin '\(name)' is not installed in \(folder)")
      }
      var records: [PackageRecord] = []
      for version in chosen {
        let record = PackageRecord(name, version, in: folder)
        try PackageInstaller.remove(name, version: version, from: folder)
        records.append(record)
      }
      options.output.print(
        action: "remove", "removed \(name) \(chosen.joined(separator: ", "))", records)
    }
  }
}
