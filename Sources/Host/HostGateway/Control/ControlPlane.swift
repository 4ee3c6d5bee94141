// SPDX-License-Identifier: Apache-2.0

package import HostConfiguration
package import HostProcesses
package import Logging
package import NIOCore
import PluginProtocol

/// Brings configurations to life: starts the plugins that they name, has each check its configs, and hands the outcome
/// to the workers. A configuration that any plugin refuses changes nothing.
package actor ControlPlane {
  let supervisor: ProcessSupervisor
  private let spawner: Spawner
  let gateway: Gateway?
  let logger: Logger
  let precedence: Precedence?
  let directory: PackageFolder
  /// What some of the settings are until the host is started again.
  let launched: GatewayConfiguration
  /// Those that exchanges are in, the oldest first; new exchanges begin with the last one.
  var generations: [Generation] = []
  /// The number of the last one that was given to plugins.
  var lastGeneration: UInt64 = 0
  /// The workers' pools: a plugin that came once keeps its own.
  var pools: [String] = []
  /// What serves, by plugin.
  var running: [String: RunningRelease] = [:]
  /// What served before, by plugin: where a rollback leads.
  var former: [String: InstalledPackage] = [:]
  var canary: Canary?
  /// Processes that developers have started by hand.
  var attachments: [Attachment] = []
  /// Releases that only exchanges of former generations need.
  var orphans: [Orphan] = []
  /// Plugins whose number of processes follows their load.
  var scaled: Set<String> = []
  /// In development: what is watched, and which plugin each folder belongs to.
  var fileWatch: FileWatch?
  var watched: [String: String] = [:]
  /// Changes that were done, by plugin.
  var changes: [String: [PluginChange.Action: Int]] = [:]
  /// Plugins that are being changed: one change at a time.
  var changing: Set<String> = []
  /// A configuration is being taken: none of the plugins is changed meanwhile.
  var isTaking = false
  /// Who waits for the end of a change.
  private var changeWaiters: [CheckedContinuation<Void, Never>] = []
  private let jobs: AsyncStream<@Sendable () async -> Void>
  private let addJob: AsyncStream<@Sendable () async -> Void>.Continuation

  /// - Parameters:
  ///   - configuration: the first one.
  ///   - gateway: nil to check a configuration and not to run it.
  ///   - precedence: how it makes way for traffic; nil: not at all.
  package init(
    configuration: GatewayConfiguration, spawner: Spawner, directory: PackageFolder, loops: Int,
    group: any EventLoopGroup, gateway: Gateway?, precedence: Precedence? = nil, logger: Logger
  ) {
    launched = configuration
    self.gateway = gateway
    self.directory = directory
    self.spawner = spawner
    self.logger = logger
    self.precedence = precedence
    (jobs, addJob) = AsyncStream.makeStream()
    supervisor = ProcessSupervisor(
      spawner: spawner, loops: loops, group: group, logger: logger,
      observer: GatewayObserver(gateway: gateway, logger: logger),
      sandbox: SandboxPolicy(configuration.settings), precedence: precedence)
  }

  /// What new exchanges begin with.
  var configuration: GatewayConfiguration { generations.last?.configuration ?? launched }

  /// The plugins that it names.
  var plugins: [String] { generations.last?.plugins ?? [] }

  var sandbox: SandboxPolicy { SandboxPolicy(configuration.settings) }

  /// Asks executables that are not installed yet what they are.
  var inspector: ManifestInspector { sandbox.inspector(spawner) }

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

  /// Takes the first configuration.
  ///
  /// - Parameters:
  ///   - errors: what is known to be wrong with it.
  ///   - isDryRun: the plugins only check it.
  /// - Throws: ``GatewayConfiguration/Invalid`` with everything that is wrong.
  package func start(
    knowing errors: [ConfigurationError] = [], isDryRun: Bool
  ) async throws {
    try await take(launched, knowing: errors, isDryRun: isDryRun)
  }

  /// Lets the plugins finish and end.
  package func shutDown(within deadline: Duration) async {
    closeAttachments()
    addJob.finish()
    await supervisor.shutDown(within: deadline)
  }

  /// Processes that a plugin begins with.
  func processCount(of plugin: String, _ settings: HostSettings) -> Int {
    switch settings.processes[plugin]?.instances {
    case .fixed(let count): count
    case .auto, nil: 1
    }
  }
}

// MARK: - One change at a time

extension ControlPlane {
  /// Returns when the plugin is not being changed.
  func noChange(of plugin: String) async {
    while isTaking || changing.contains(plugin) { await changeEnds() }
  }

  /// Returns when no configuration is being taken.
  func noConfigurationIsTaken() async {
    while isTaking { await changeEnds() }
  }

  /// Begins to take a configuration, once no plugin is being changed and no other configuration is being taken.
  func beginTaking() async {
    while isTaking || !changing.isEmpty { await changeEnds() }
    isTaking = true
  }

  func endTaking() {
    isTaking = false
    changeEnded()
  }

  func changeEnded() {
    let waiting = changeWaiters
    changeWaiters.removeAll()
    for waiter in waiting { waiter.resume() }
  }

  private func changeEnds() async {
    await withCheckedContinuation { changeWaiters.append($0) }
  }
}
