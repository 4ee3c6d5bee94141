// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

extension PluginCommand {
  /// `patchbay plugin trust …`
  struct Trust: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The keys that packages may be signed with.",
      discussion: "A folder of public keys, NAME.pem. Every start of a plugin reads it anew.",
      subcommands: [Add.self, List.self, Remove.self])
  }
}
