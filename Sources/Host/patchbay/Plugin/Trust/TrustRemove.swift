// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostProcesses

extension PluginCommand.Trust {
  /// `patchbay plugin trust remove NAME`
  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Trust a key no more.",
      discussion: "Processes that run go on; where signatures are required, none is started again.")

    @Argument(help: "What the key is called.")
    var name: String

    @OptionGroup var options: PackageOptions

    func run() async throws {
      let keys = options.folder().trustedKeys
      let key = try keys.remove(name)
      options.output.print(
        action: "trust-remove", "'\(key.name)' is not trusted any more", [KeyRecord(key, in: keys)])
    }
  }
}
