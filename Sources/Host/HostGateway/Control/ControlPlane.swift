// SPDX-License-Identifier: Apache-2.0

package import HostConfiguration
package import HostProcesses
package import Logging
package import NIOCore
import PluginProtocol

/// Brings a configuration to life: starts the plugins that it names, has each check its configs, and hands the outcome
/// to the workers. A configuration that any plugin refuses changes nothing.
package actor ControlPlane {
  let configuration: GatewayConfiguration
  let supervisor: ProcessSupervisor
  let gateway: Gateway?
  let logger: Logger
  /// In the order of the workers' pools.
  let plugins: [String]
  let directory: PackageFolder
  let sandbox: SandboxPolicy
  let inspector: ManifestInspector
  let generation: UInt64 = 1
  var secrets = SecretTable()
  /// What serves, by plugin.
  var running: [String: RunningRelease] = [:]
  /// What served before, by plugin: where a rollback leads.
  var former: [String: InstalledPackage] = [:]
  var canary: Canary?
  /// Processes that developers have started by hand.
  var attachments: [Attachment] = []
  /// Plugins that are being changed: one change at a time.
  var changing: Set<String> = []
  /// Who waits for the end of one.
  var changeWaiters: [CheckedContinuation<Void, Never>] = []
  private let jobs: AsyncStream<@Sendable () async -> Void>
  private let addJob: AsyncStream<@Sendable () async -> Void>.Continuation

  /// - Parameter gateway: nil to check a configuration and not to run it.
  package init(
    configuration: GatewayConfiguration, spawner: Spawner, directory: PackageFolder, loops: Int,
    group: any EventLoopGroup, gateway: Gateway?, logger: Logger
  ) {
    self.configuration = configuration
    self.gateway = gateway
    self.directory = directory
    self.logger = logger
    plugins = Set(configuration.plugins.filter(\.isEnabled).map(\.name)).sorted()
    (jobs, addJob) = AsyncStream.makeStream()
    sandbox = SandboxPolicy(configuration.settings)
    inspector = sandbox.inspector(spawner)
    supervisor = ProcessSupervisor(
      spawner: spawner, loops: loops, group: group, logger: logger,
      observer: GatewayObserver(gateway: gateway, plugins: plugins, logger: logger),
      sandbox: sandbox)
  }

  /// Supervises until it is shut down.
  package nonisolated func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { [jobs] in
        await withDiscardingTaskGroup { group in
          for await job in jobs { group.addTask { await job() } }
        }
      }
      await supervisor.run()
      group.cancelAll()
    }
  }

  /// Does something beside everything else, until the gateway ends.
  func inBackground(_ job: @escaping @Sendable () async -> Void) { addJob.yield(job) }

  /// Starts the plugins, configures them, and lets the workers take the configuration.
  ///
  /// - Throws: ``GatewayConfiguration/Invalid`` with everything that is wrong.
  package func start(isDryRun: Bool) async throws {
    let packages = try installed()
    let supervisor = supervisor
    try await gateway?.prepare(
      plugins: plugins,
      PluginReports(
        connectionLost: { supervisor.connectionLost(incarnation: $0) },
        violated: { supervisor.violated(incarnation: $0, $1) },
        condemned: { supervisor.forgive(incarnations: $0) }))
    var releases: [(plugin: String, package: InstalledPackage, id: UInt64)] = []
    for (plugin, package) in zip(plugins, packages) {
      let processes = isDryRun ? 1 : processCount(of: plugin)
      releases.append((plugin, package, await supervisor.start(package, processes: processes)))
    }
    do {
      var manifests: [PackageManifest] = []
      for release in releases { manifests.append(try await supervisor.manifest(of: release.id)) }
      for (release, manifest) in zip(releases, manifests) {
        running[release.plugin] = try await configure(
          release.id, of: release.package, manifest, isDryRun: isDryRun)
      }
    } catch {
      throw GatewayConfiguration.Invalid(errors: [self.error(of: error)])
    }
    let errors = diagnostics(of: plugins.compactMap { running[$0] })
    guard errors.isEmpty else { throw GatewayConfiguration.Invalid(errors: errors) }
    let snapshot = try snapshot()
    guard !isDryRun else { return }
    try await gateway?.adopt(Traffic(snapshot))
    scaleProcesses()
  }

  /// Lets the plugins finish and end.
  package func shutDown(within deadline: Duration) async {
    closeAttachments()
    addJob.finish()
    await supervisor.shutDown(within: deadline)
  }

  /// The packages of all plugins, if all may run. What is wrong with them is said of all before any is started.
  private func installed() throws -> [InstalledPackage] {
    var errors: [ConfigurationError] = []
    let packages = plugins.compactMap { plugin -> InstalledPackage? in
      do {
        let package = try InstalledPackage.newest(plugin, in: directory)
        if let problem = sandbox.problem(of: package) {
          errors.append(self.error(of: plugin, problem))
        }
        return package
      } catch {
        errors.append(self.error(of: plugin, "\(error)"))
        return nil
      }
    }
    guard errors.isEmpty else { throw GatewayConfiguration.Invalid(errors: errors) }
    return packages
  }

  /// Processes that a plugin begins with.
  func processCount(of plugin: String) -> Int {
    switch configuration.settings.processes[plugin]?.instances {
    case .fixed(let count): count
    case .auto, nil: 1
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
}
