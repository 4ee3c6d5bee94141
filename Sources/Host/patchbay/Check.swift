// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostConfiguration
import HostGateway
import HostProcesses
import Logging
import NIOPosix

/// `patchbay check FILE`
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a declarative file, the configs of its plugins included.",
    discussion: """
      Prints every error with its place, and exits with 1 when there is one. The plugins that the \
      file names are started to check their configs; nothing is listened at, nothing is changed.
      """)

  @Argument(help: "A declarative file in Kong's format, YAML or JSON.")
  var file: String

  @Option(help: .pluginsDirectory)
  var plugins: String?

  func run() async throws {
    let errors = try await ConfigurationCheck.errors(in: file, plugins: plugins)
    guard errors.isEmpty else {
      throw ConfigurationFile.report(GatewayConfiguration.Invalid(errors: errors), of: file)
    }
    print("\(file): ok")
  }
}
