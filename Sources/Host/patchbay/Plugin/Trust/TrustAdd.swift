// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostProcesses

extension PluginCommand.Trust {
  /// `patchbay plugin trust add FILE`
  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Trust a public key.")

    @Argument(help: "The public key: Ed25519 in PEM.")
    var file: String

    @Option(help: "What to call it; without it the file's name up to its first dot.")
    var name: String?

    @OptionGroup var options: PackageOptions

    func run() async throws {
      let keys = options.folder().trustedKeys
      let key = try keys.add(file, name: name)
      options.output.print(
        action: "trust-add", "trusted '\(key.name)' from now on", [KeyRecord(key, in: keys)])
    }
  }
}
