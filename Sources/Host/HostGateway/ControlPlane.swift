// SPDX-License-Identifier: Apache-2.0

package import HostConfiguration
package import HostProcesses
package import Logging
package import NIOCore
import PluginProtocol
import Synchronization

/// Brings a configuration to life: starts the plugins that it names, has each check its configs, and hands the outcome
/// to the workers. A configuration that any plugin refuses changes nothing.
package actor ControlPlane {
  private let configuration: GatewayConfiguration
  private let supervisor: ProcessSupervisor
  private let observer: GatewayObserver
  private let gateway: Gateway?
  private let plugins: [String]
  private let directory: String
  private let sandbox: SandboxPolicy
  private let generation: UInt64 = 1

  /// - Parameter gateway: nil to check a configuration and not to run it.
  package init(
    configuration: GatewayConfiguration, spawner: Spawner, directory: String, loops: Int,
    group: any EventLoopGroup, gateway: Gateway?, logger: Logger
  ) {
    self.configuration = configuration
    self.gateway = gateway
    self.directory = directory
    plugins = Set(configuration.plugins.filter(\.isEnabled).map(\.name)).sorted()
    observer = GatewayObserver(gateway: gateway, plugins: plugins, logger: logger)
    sandbox = SandboxPolicy(configuration.settings)
    supervisor = ProcessSupervisor(
      spawner: spawner, directory: directory, loops: loops, group: group, logger: logger,
      observer: observer, sandbox: sandbox)
  }

  /// Supervises until it is shut down.
  package nonisolated func run() async { await supervisor.run() }

  /// Starts the plugins, configures them, and lets the workers take the configuration.
  ///
  /// - Throws: ``GatewayConfiguration/Invalid`` with everything that is wrong.
  package func start(isDryRun: Bool) async throws {
    let supervisor = supervisor
    let missing = plugins.compactMap(problem)
    guard missing.isEmpty else { throw GatewayConfiguration.Invalid(errors: missing) }
    try await gateway?.prepare(plugins: plugins) { incarnation, violation in
      Task { await supervisor.violated(incarnation: incarnation, violation) }
    } connectionLost: { incarnation in
      Task { await supervisor.connectionLost(incarnation: incarnation) }
    }
    let pools = plugins.map {
      ProcessSupervisor.Pool(
        plugin: $0, processes: configuration.settings.processes[$0]?.instances ?? 1)
    }
    let manifests: [String: PackageManifest]
    do {
      manifests = try await supervisor.launch(
        isDryRun ? pools.map { .init(plugin: $0.plugin, processes: 1) } : pools)
    } catch let problem as StartProblem {
      throw GatewayConfiguration.Invalid(errors: [error(of: problem)])
    }
    var secrets = SecretTable()
    var instances: [String: [ControlMessage.Configure.Instance]] = [:]
    for (index, plugin) in configuration.plugins.enumerated() where plugin.isEnabled {
      let pointers = SecretPointers.find(in: manifests[plugin.name]?.configSchema ?? [])
      let config = secrets.conceal(plugin.config, at: pointers, of: plugin.name)
      instances[plugin.name, default: []].append(
        ControlMessage.Configure.Instance(
          instance: UInt32(index), id: plugin.id, config: config.json(revealing: true)))
    }
    let answers: [String: ControlMessage.Configured]
    do {
      answers = try await supervisor.configure(
        generation: generation, isDryRun: isDryRun, instances)
    } catch let problem as StartProblem {
      throw GatewayConfiguration.Invalid(errors: [error(of: problem)])
    }
    let results = answers.values.flatMap(\.instances)
    let errors = diagnostics(of: results)
    guard errors.isEmpty else { throw GatewayConfiguration.Invalid(errors: errors) }
    let snapshot = try SnapshotBuilder(
      generation: generation, configuration: configuration, secrets: secrets, plugins: plugins,
      manifests: manifests,
      answers: Dictionary(
        results.map { ($0.instance, $0) }, uniquingKeysWith: { first, _ in first })
    ).build()
    if !isDryRun { try await gateway?.adopt(snapshot) }
  }

  private func diagnostics(
    of results: [ControlMessage.Configured.Instance]
  ) -> [ConfigurationError] {
    var errors: [ConfigurationError] = []
    for result in results.sorted(by: { $0.instance < $1.instance }) {
      let index = Int(result.instance)
      guard configuration.plugins.indices.contains(index) else { continue }
      let plugin = configuration.plugins[index]
      for diagnostic in result.diagnostics where !diagnostic.isWarning {
        errors.append(
          ConfigurationError(
            plugin.place["config"].appending(pointer: diagnostic.pointer, of: plugin.config),
            diagnostic.message, line: plugin.config.line(at: diagnostic.pointer)))
      }
      for file in result.logFiles where !plugin.config.contains(text: file) {
        errors.append(
          ConfigurationError(
            plugin.place["config"],
            "the plugin wants to write to a file that its config does not name"))
      }
    }
    return errors
  }

  /// Why there is no package of the plugin that may run, if there is none: said of all before any is started.
  private func problem(of plugin: String) -> ConfigurationError? {
    do {
      let package = try InstalledPackage.newest(plugin, in: directory)
      return sandbox.problem(of: package).map { self.error(of: plugin, $0) }
    } catch {
      return self.error(of: plugin, "\(error)")
    }
  }

  private func error(of problem: StartProblem) -> ConfigurationError {
    switch problem {
    case .plugin(let name, let reason): error(of: name, "plugin '\(name)' does not work: \(reason)")
    }
  }

  private func error(of plugin: String, _ message: String) -> ConfigurationError {
    let entry = configuration.plugins.first { $0.name == plugin && $0.isEnabled }
    return ConfigurationError(entry?.place ?? Place(), message, line: entry?.line ?? 0)
  }

  /// The plugin processes, with the calls that they have.
  package func processes() async -> [ProcessStatus] {
    var statuses = await supervisor.status()
    for index in statuses.indices {
      guard let plugin = plugins.firstIndex(of: statuses[index].plugin) else { continue }
      let inFlight = try? await gateway?.inFlight(
        plugin: plugin, incarnation: statuses[index].incarnation)
      statuses[index].inFlight = inFlight ?? 0
    }
    return statuses
  }

  /// Lets the plugins finish and end.
  package func shutDown(within deadline: Duration) async {
    await supervisor.shutDown(within: deadline)
  }
}

/// Hands processes to the workers.
private struct GatewayObserver: ProcessObserver {
  let gateway: Gateway?
  let plugins: [String]
  let logger: Logger

  func processReady(_ handle: ProcessHandle) async {
    guard let gateway, let plugin = plugins.firstIndex(of: handle.plugin) else { return }
    do {
      try await gateway.attach(handle, plugin: plugin)
    } catch {
      logger.error(
        "a plugin process could not be connected",
        metadata: ["plugin": "\(handle.plugin)", "error": "\(error)"])
    }
  }

  func processDraining(plugin: String, incarnation: UInt64) async {
    guard let gateway, let plugin = plugins.firstIndex(of: plugin) else { return }
    do {
      try await gateway.drain(plugin: plugin, incarnation: incarnation)
    } catch {
      // The event loops are gone, and so are the calls that would have gone to it.
      logger.debug("a plugin process could not be drained", metadata: ["error": "\(error)"])
    }
  }
}
