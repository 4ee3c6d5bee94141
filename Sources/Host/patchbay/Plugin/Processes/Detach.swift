// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

extension PluginCommand {
  /// `patchbay plugin detach NAME`
  struct Detach: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take the exchanges back from a process that was attached.")

    @Argument(help: "The plugin's name.")
    var name: String

    @OptionGroup var options: AdminOptions

    func run() async throws { try await options.change(name, "POST", "/detach") }
  }
}
