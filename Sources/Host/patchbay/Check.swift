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
    let configuration = try ConfigurationFile.load(file)
    HostLog.bootstrap(level: .error)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let threads = NIOThreadPool(numberOfThreads: 1)
    threads.start()
    let logger = Logger(label: "patchbay")
    // It is not run: making it says whether the settings can be used.
    _ = try await ConfigurationFile.gateway(
      for: configuration, of: file, loops: [group.next()], threads: threads, logger: logger)
    let spawner = try Patchbay.spawner()
    defer { spawner.end() }
    let control = ControlPlane(
      configuration: configuration, spawner: spawner,
      directory: plugins ?? configuration.settings.pluginsDirectory, loops: 1,
      group: group, gateway: nil, logger: logger)
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
