// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostProcesses

extension PluginCommand.Trust {
  /// `patchbay plugin trust list`
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the keys that are trusted.")

    @OptionGroup var options: PackageOptions

    func run() async throws {
      let keys = options.folder().trustedKeys
      let all = try keys.all()
      options.output.print(
        action: "trust-list",
        all.isEmpty
          ? "no key is trusted in \(keys)"
          : "\(all.count) key\(all.count == 1 ? "" : "s") in \(keys)",
        all.map { KeyRecord($0, in: keys) })
    }
  }
}
