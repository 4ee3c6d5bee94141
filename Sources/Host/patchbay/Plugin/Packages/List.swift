// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostProcesses

extension PluginCommand {
  /// `patchbay plugin list`
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the packages that are installed.",
      discussion: "A line for each version, the newest of a plugin first; that one is run.")

    @OptionGroup var options: PackageOptions

    func run() async throws {
      let folder = options.folder()
      let records = InstalledPackage.all(in: folder).map {
        PackageRecord($0.name, $0.version, in: folder)
      }
      options.output.print(
        action: "list",
        records.isEmpty
          ? "no package is installed in \(folder)"
          : "\(records.count) package\(records.count == 1 ? "" : "s") in \(folder)", records)
    }
  }
}
