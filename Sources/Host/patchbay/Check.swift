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
    discussion: "Prints every error with its place, and exits with 1 when there is one.")

  @Argument(help: "A declarative file in Kong's format, YAML or JSON.")
  var file: String

  @Option(help: "Where plugin packages are installed.")
  var plugins: String?

  func run() async throws {
    let configuration = try ConfigurationFile.load(file)
    HostLog.bootstrap(level: .error)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let spawner = try Patchbay.spawner()
    defer { spawner.end() }
    let control = ControlPlane(
      configuration: configuration, spawner: spawner,
      directory: plugins ?? configuration.settings.pluginsDirectory ?? "plugins", loops: 1,
      group: group, gateway: nil, logger: Logger(label: "patchbay"))
    try await withThrowingTaskGroup { tasks in
      tasks.addTask { await control.run() }
      defer { tasks.cancelAll() }
      do {
        try await control.start(isDryRun: true)
      } catch let invalid as GatewayConfiguration.Invalid {
        await control.shutDown(within: .seconds(2))
        throw ConfigurationFile.report(invalid, of: file)
      }
      await control.shutDown(within: .seconds(2))
    }
    print("\(file): ok")
  }
}
