// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

extension PluginCommand {
  /// `patchbay plugin rollback NAME`
  struct Rollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Go back to the version that ran before, or end a canary.")

    @Argument(help: "The plugin's name.")
    var name: String

    @OptionGroup var options: AdminOptions

    func run() async throws { try await options.change(name, "POST", "/rollback") }
  }
}
