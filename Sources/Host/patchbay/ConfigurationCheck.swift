// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostGateway
import HostProcesses
import Logging
import NIOPosix

/// All that is wrong with a file at once: what the host finds, and what the plugins find in the entries that could be
/// read. Nothing is listened at, and no plugin is given anything to do.
enum ConfigurationCheck {
  static func errors(
    in path: String, plugins directory: String?
  ) async throws -> [ConfigurationError] {
    HostLog.bootstrap(level: .error)
    let logger = Logger(label: "patchbay")
    var errors: [ConfigurationError] = []
    let configuration: GatewayConfiguration
    do {
      configuration = try ConfigurationFile.load(path)
    } catch let invalid as GatewayConfiguration.Invalid {
      errors += invalid.errors
      guard let readable = invalid.readable else { return errors }
      configuration = readable
    }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let threads = NIOThreadPool(numberOfThreads: 1)
    threads.start()
    do {
      // It is not run: making it says whether the settings can be used.
      _ = try await ConfigurationFile.gateway(
        for: configuration, loops: [group.next()], threads: threads, logger: logger)
    } catch let invalid as GatewayConfiguration.Invalid {
      errors += invalid.errors
    }
    let packages: PackageFolder
    do {
      packages = try ConfigurationFile.packages(for: configuration.settings, in: directory)
    } catch {
      return errors + error.errors
    }
    let spawner = try Patchbay.spawner()
    defer { spawner.end() }
    let control = ControlPlane(
      configuration: configuration, spawner: spawner,
      directory: packages, loops: 1, group: group,
      gateway: nil, logger: logger)
    return try await withThrowingTaskGroup { tasks in
      tasks.addTask { await control.run() }
      defer { tasks.cancelAll() }
      do {
        try await control.start(knowing: errors, isDryRun: true)
        errors = []
      } catch let invalid as GatewayConfiguration.Invalid {
        errors = invalid.errors
      }
      await control.shutDown(within: .seconds(2))
      return errors
    }
  }
}
