// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostProcesses

extension PluginCommand {
  /// `patchbay plugin status [NAME]`
  struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the plugin processes of a gateway.",
      discussion: "A line for each process; below them why one does not serve, and what is next.")

    @Argument(help: "The plugin's name; without it all are shown.")
    var name: String?

    @OptionGroup var options: AdminOptions

    func run() async throws {
      if let name { return try await options.change(name, "GET") }
      let answer = try await options.client().processes("GET", "")
      options.output.print(answer)
      if answer.data.isEmpty, !options.output.json { print("the gateway has no plugin processes") }
    }
  }
}
