// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import HostAdmin
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
    discussion: "A file that is wrong is refused as a whole, with every error and its place.")

  @Argument(help: "A declarative file in Kong's format, YAML or JSON.")
  var file: String

  @Option(help: "Address for clients.")
  var listen: String?

  @Option(help: "Address of the admin API; on loopback unless you say otherwise.")
  var admin: String?

  @Option(help: "Where plugin packages are installed.")
  var plugins: String?

  @Option(help: "trace, debug, info, notice, warning, error or critical.")
  var logLevel: Logger.Level?

  /// How long exchanges may go on after SIGTERM.
  private static let stopTime = Duration.seconds(30)

  func run() async throws {
    let configuration = try ConfigurationFile.load(file)
    let settings = configuration.settings
    let level = logLevel ?? settings.logLevel.flatMap { Logger.Level(rawValue: $0) } ?? .info
    HostLog.bootstrap(level: level)
    let logger = Logger(label: "patchbay")
    let listenAddress = try Address(listen ?? settings.listen ?? "127.0.0.1:8000")
    let adminAddress = try Address(admin ?? settings.admin ?? "127.0.0.1:8001")

    let group = MultiThreadedEventLoopGroup(
      numberOfThreads: settings.workers ?? System.coreCount)
    let loops = Array(group.makeIterator())
    let threads = NIOThreadPool(numberOfThreads: 2)
    threads.start()
    let signals = StopSignals()

    let gateway: Gateway
    do {
      gateway = try await Gateway(
        loops: loops, settings: settings, threads: threads, logger: logger)
    } catch {
      throw ConfigurationFile.report(
        GatewayConfiguration.Invalid(
          errors: [ConfigurationError(Place()["patchbay"]["trusted_certificates"], "\(error)")]),
        of: file)
    }
    let spawner = try Patchbay.spawner()
    defer { spawner.end() }
    let control = ControlPlane(
      configuration: configuration, spawner: spawner,
      directory: plugins ?? settings.pluginsDirectory ?? "plugins", loops: loops.count,
      group: group, gateway: gateway, logger: logger)

    try await withThrowingTaskGroup { tasks in
      tasks.addTask { await control.run() }
      do {
        try await control.start(isDryRun: false)
      } catch let invalid as GatewayConfiguration.Invalid {
        await control.shutDown(within: .seconds(2))
        throw ConfigurationFile.report(invalid, of: file)
      }
      let listener = try await gateway.listen(
        host: listenAddress.host, port: listenAddress.port, group: group)
      let adminServer = try await AdminServer(
        host: adminAddress.host, port: adminAddress.port, group: group, logger: logger,
        handler: { [routes = AdminEndpoints.routes(control, gateway)] in await routes($0) })
      tasks.addTask { try await adminServer.run() }
      logger.info(
        "ready",
        metadata: [
          "listen": "\(listener.localAddress?.description ?? listenAddress.text)",
          "admin": "\(adminServer.address?.description ?? adminAddress.text)",
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

/// `host:port`, with an IPv6 address in brackets.
struct Address {
  let host: String
  let port: Int
  let text: String

  init(_ text: String) throws {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65535).contains(port), colon != text.startIndex
    else { throw ValidationError("'\(text)' is not an address such as 127.0.0.1:8000") }
    self.text = text
    self.port = port
    let host = text[..<colon]
    self.host = String(host.hasPrefix("[") ? host.dropFirst().dropLast() : host)
  }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
