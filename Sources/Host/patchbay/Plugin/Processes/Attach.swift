// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostProcesses

extension PluginCommand {
  /// `patchbay plugin attach NAME`
  struct Attach: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Open a socket for a process that you start yourself.",
      discussion: """
        For development: in a debugger, or with swift run. With --header only the exchanges with this \
        header go to it; the plugin's own processes serve the rest.
        """)

    @Argument(help: "The plugin's name.")
    var name: String

    @Option(
      help: ArgumentHelp(
        "Only exchanges with this request header: 'x-dev: alice'.", valueName: "name: value"))
    var header: String?

    @OptionGroup var options: AdminOptions

    func validate() throws {
      guard let header else { return }
      let form = /[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ \t]*[^\p{Cc}\s][^\p{Cc}]*/
      guard header.wholeMatch(of: form) != nil else {
        throw ValidationError("--header: expected a name and a value such as 'x-dev: alice'")
      }
    }

    func run() async throws {
      var members: [String: CanonicalJSON] = [:]
      members["header"] = header.map(CanonicalJSON.string)
      try await options.change(name, "POST", "/attach", .object(members))
    }
  }
}
