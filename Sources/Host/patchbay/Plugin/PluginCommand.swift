// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `patchbay plugin …`
struct PluginCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin",
    abstract: "Packages of plugins, and their processes in a gateway that runs.",
    discussion: """
      Every command says what it did and shows a table; with --json it prints one JSON object. What \
      is refused is one line on stderr, and the exit status is 1.
      """,
    groupedSubcommands: [
      CommandGroup(name: "Packages", subcommands: [Install.self, Remove.self, List.self]),
      CommandGroup(
        name: "Signatures", subcommands: [Keygen.self, Sign.self, Verify.self, Trust.self]),
      CommandGroup(
        name: "Processes of a running gateway",
        subcommands: [
          Swap.self, Rollback.self, Promote.self, Status.self, Top.self, Attach.self, Detach.self,
        ]),
    ])
}
