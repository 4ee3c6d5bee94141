// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

extension PluginCommand {
  /// `patchbay plugin promote NAME`
  struct Promote: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a canary all exchanges.")

    @Argument(help: "The plugin's name.")
    var name: String

    @OptionGroup var options: AdminOptions

    func run() async throws { try await options.change(name, "POST", "/promote") }
  }
}
