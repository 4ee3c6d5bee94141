// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import CSpawner
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

      SIGHUP has it read the file again; one that is wrong changes nothing. SIGTERM and SIGINT stop \
      the gateway once what is under way has finished.
      """)

  @Argument(help: "A declarative file in Kong's format, YAML or JSON.")
  var file: String

  @Option(
    help: ArgumentHelp(
      """
      Where clients connect, with the options of Kong's proxy_listen: "0.0.0.0:8443 ssl http2". Several behind commas, \
      or by giving it more than once. (default: 127.0.0.1:8000)
      """, valueName: "address"))
  var listen: [ListenerList] = []

  @Option(
    help: ArgumentHelp(
      "The admin API, which asks nobody who they are; or off. (default: 127.0.0.1:8001)",
      valueName: "address"))
  var admin: [ListenerList] = []

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

  /// What the command line says; nil: nothing.
  private var clientListeners: [Listener]? {
    listen.isEmpty ? nil : listen.flatMap(\.listeners)
  }

  private var adminListeners: [Listener]? {
    admin.isEmpty ? nil : admin.flatMap(\.listeners)
  }

  func validate() throws {
    for (option, listeners) in [("--listen", clientListeners), ("--admin", adminListeners)] {
      guard let listeners else { continue }
      if let address = Listener.repeated(in: listeners) {
        throw ValidationError("\(option): \(address) occurs twice")
      }
      if option == "--listen", listeners.isEmpty {
        throw ValidationError("\(option): at least one address is needed")
      }
      if option == "--admin", let wrong = listeners.compactMap(\.unfitForAdmin).first {
        throw ValidationError("\(option): \(wrong)")
      }
    }
  }

  /// How long exchanges may go on after SIGTERM.
  private static let stopTime = Duration.seconds(30)

  func run() async throws {
    let loop = try await ControlLoop.start()
    try await withTaskExecutorPreference(loop) { try await run(on: loop) }
  }

  private func run(on controlLoop: ControlLoop) async throws {
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

    let group = MultiThreadedEventLoopGroup(
      numberOfThreads: settings.workers ?? System.coreCount)
    let loops = Array(group.makeIterator())
    // Starts, reloads and what else the host does beside traffic make it wait as little as the kernel can arrange.
    for loop in loops { loop.execute { patchbay_serve_first() } }
    let threads = NIOThreadPool(numberOfThreads: 2)
    threads.start()
    let signals = try HostSignals(reloads: true)

    let gateway: Gateway
    let packages: PackageFolder
    do {
      packages = try ConfigurationFile.packages(for: settings, in: plugins)
      gateway = try await ConfigurationFile.gateway(
        for: configuration, loops: loops, threads: threads, logger: logger)
    } catch let invalid as GatewayConfiguration.Invalid {
      throw ConfigurationFile.report(invalid, of: file)
    }
    let spawner = try Patchbay.spawner()
    defer { spawner.end() }
    for path in executable {
      do {
        try PackageInstaller.install(
          path, into: packages, asking: SandboxPolicy(settings).inspector(spawner))
      } catch {
        throw ValidationError("--executable: \(error)")
      }
    }
    let control = ControlPlane(
      configuration: configuration, spawner: spawner,
      directory: packages, loops: loops.count,
      group: controlLoop.group, gateway: gateway,
      precedence: Precedence(thread: controlLoop.thread, loop: group.next()), logger: logger)

    try await withThrowingTaskGroup { tasks in
      tasks.addTask { await control.run() }
      do {
        try await control.start(isDryRun: false)
      } catch let invalid as GatewayConfiguration.Invalid {
        await control.shutDown(within: .seconds(2))
        throw ConfigurationFile.report(invalid, of: file)
      }
      let listeners: Listeners
      do {
        listeners = try await Listeners(
          for: clientListeners ?? settings.listen, admin: adminListeners ?? settings.admin,
          gateway, AdminEndpoints.routes(control, gateway), group: group,
          controlGroup: controlLoop.group, logger: logger)
      } catch {
        await control.shutDown(within: .seconds(2))
        throw error
      }
      for server in listeners.adminServers { tasks.addTask { try await server.run() } }
      tasks.addTask { try await gateway.keepTicketKeysFresh() }
      if watch { try await control.watch(executable) }
      let reload = ConfigurationReload(control: control, file: file, logger: logger)
      tasks.addTask { await reload.run(on: signals.reloads) }
      logger.info(
        "ready",
        metadata: [
          "listen": "\(listeners.clientsConnectTo)",
          "admin": "\(listeners.adminsConnectTo)",
          "version": "\(Patchbay.version)",
        ])

      await signals.stop()
      logger.info("stopping: finishing what is under way")
      await listeners.close()
      try await gateway.stop(within: .nanoseconds(Int64(Self.stopTime / .nanoseconds(1))))
      await control.shutDown(within: .seconds(5))
      tasks.cancelAll()
    }
    logger.info("stopped")
  }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

extension ArgumentHelp {
  /// The same option in all commands.
  static var pluginsDirectory: ArgumentHelp {
    ArgumentHelp("Where plugin packages are installed. (default: plugins)", valueName: "dir")
  }
}
