// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import Glibc
import HostAdmin
import HostClients
import HostConfiguration
import HostGateway
import HostProcesses
public import Logging
import NIOCore
import NIOPosix

/// `patchbay run FILE`
struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the gateway with a declarative file.",
    discussion: """
      A file that is wrong is refused as a whole, with every error and its place. The file's \
      patchbay: block may say the same as the options, which go first.

      SIGTERM and SIGINT stop the gateway once what is under way has finished.
      """)

  @Argument(help: "A declarative file in Kong's format, YAML or JSON.")
  var file: String

  @Option(
    help: ArgumentHelp("Where clients connect. (default: 127.0.0.1:8000)", valueName: "address"))
  var listen: Address?

  @Option(
    help: ArgumentHelp(
      "The admin API, which asks nobody who they are. (default: 127.0.0.1:8001)",
      valueName: "address"))
  var admin: Address?

  @Option(help: .pluginsDirectory)
  var plugins: String?

  @Flag(
    help:
      "For development: swap a plugin when another version of it is installed, or the same one anew."
  )
  var watch = false

  @Option(
    help: ArgumentHelp(
      """
      For development: install this executable before the start, and with --watch whenever it is built anew. May be \
      given more than once.
      """, valueName: "path"))
  var executable: [String] = []

  @Option(
    help: ArgumentHelp("How much is logged on stderr. (default: info)", valueName: "level"))
  var logLevel: Logger.Level?

  /// How long exchanges may go on after SIGTERM.
  private static let stopTime = Duration.seconds(30)

  func run() async throws {
    let configuration: GatewayConfiguration
    do {
      configuration = try ConfigurationFile.load(file)
    } catch is GatewayConfiguration.Invalid {
      // The same lines that `check` prints.
      let errors = try await ConfigurationCheck.errors(in: file, plugins: plugins)
      throw ConfigurationFile.report(GatewayConfiguration.Invalid(errors: errors), of: file)
    }
    let settings = configuration.settings
    HostLog.bootstrap(level: logLevel ?? Logger.Level(rawValue: settings.logLevel) ?? .info)
    let logger = Logger(label: "patchbay")
    DescriptorLimit.raise()
    let listenAddress = listen ?? settings.listen
    let adminAddress = admin ?? settings.admin

    let group = MultiThreadedEventLoopGroup(
      numberOfThreads: settings.workers ?? System.coreCount)
    let loops = Array(group.makeIterator())
    let threads = NIOThreadPool(numberOfThreads: 2)
    threads.start()
    let signals = try StopSignals()

    let gateway: Gateway
    let packages: PackageFolder
    do {
      packages = try ConfigurationFile.packages(for: settings, in: plugins)
      gateway = try await ConfigurationFile.gateway(
        for: configuration, loops: loops, threads: threads, logger: logger)
    } catch let invalid as GatewayConfiguration.Invalid {
      throw ConfigurationFile.report(invalid, of: file)
    }
    for path in executable {
      do {
        try PackageInstaller.install(path, into: packages)
      } catch {
        throw ValidationError("--executable: \(error)")
      }
    }
    let spawner = try Patchbay.spawner()
    defer { spawner.end() }
    let control = ControlPlane(
      configuration: configuration, spawner: spawner,
      directory: packages, loops: loops.count,
      group: group, gateway: gateway, logger: logger)

    try await withThrowingTaskGroup { tasks in
      tasks.addTask { await control.run() }
      do {
        try await control.start(isDryRun: false)
      } catch let invalid as GatewayConfiguration.Invalid {
        await control.shutDown(within: .seconds(2))
        throw ConfigurationFile.report(invalid, of: file)
      }
      let listener: any Channel
      let adminServer: AdminServer
      do {
        listener = try await Unbound.naming(listenAddress) {
          try await gateway.listen(host: $0.host, port: $0.port, group: group)
        }
        adminServer = try await Unbound.naming(adminAddress) {
          try await AdminServer(
            host: $0.host, port: $0.port, group: group, logger: logger,
            handler: { [routes = AdminEndpoints.routes(control, gateway)] in await routes($0) })
        }
      } catch {
        await control.shutDown(within: .seconds(2))
        throw error
      }
      tasks.addTask { try await adminServer.run() }
      if watch { try await control.watch(executable) }
      logger.info(
        "ready",
        metadata: [
          "listen": "\(Address(listener.localAddress) ?? listenAddress)",
          "admin": "\(Address(adminServer.address) ?? adminAddress)",
          "version": "\(Patchbay.version)",
        ])

      await signals.wait()
      logger.info("stopping: finishing what is under way")
      try? await listener.close()
      try await gateway.stop(within: .nanoseconds(Int64(Self.stopTime / .nanoseconds(1))))
      await control.shutDown(within: .seconds(5))
      tasks.cancelAll()
    }
    logger.info("stopped")
  }
}

/// An address that cannot be listened at, and why.
private struct Unbound: Error, CustomStringConvertible {
  let description: String

  /// Binds the address; an error names it.
  static func naming<Result>(
    _ address: Address, _ bind: (Address) async throws -> Result
  ) async throws -> Result {
    do {
      return try await bind(address)
    } catch let error as IOError {
      throw Unbound(
        description: "cannot listen at \(address): \(String(cString: strerror(error.errnoCode)))")
    } catch {
      throw Unbound(description: "cannot listen at \(address): \(error)")
    }
  }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

extension ArgumentHelp {
  /// The same option in all commands.
  static var pluginsDirectory: ArgumentHelp {
    ArgumentHelp("Where plugin packages are installed. (default: plugins)", valueName: "dir")
  }
}
