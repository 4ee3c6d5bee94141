// SPDX-License-Identifier: Apache-2.0

import CSpawner
import Glibc
import Logging
import NIOPosix
import PluginProtocol
import Synchronization

@testable import HostProcesses

/// A supervisor over real processes, and what it tells.
struct Supervised: Sendable {
  let supervisor: ProcessSupervisor
  let observed: Observed
  let log: CapturedLog
  let spawnerPID: pid_t
  let plugins: TestPlugins

  /// Runs a supervisor as long as the body; then everything is shut down.
  static func run(
    installed names: [String], permissions: [PackagePermission] = [],
    demand: SandboxPolicy.Demand = .preferred, loops: Int = 2,
    timing: SupervisorMachine.Timing = .patient,
    _ body: (Supervised) async throws -> Void
  ) async throws {
    let plugins = try TestPlugins()
    for name in names { try plugins.install(name, permissions: permissions) }
    let granted = SandboxPolicy.Plugin(granted: permissions + [TestPlugins.runtime])
    let sandbox = SandboxPolicy(
      demand: demand, plugins: Dictionary(uniqueKeysWithValues: names.map { ($0, granted) }))
    var pid: pid_t = 0
    let socket = patchbay_spawner_start(&pid)
    let spawner = Spawner(socket: socket, process: pid)
    let log = CapturedLog()
    let observed = Observed()
    let supervisor = ProcessSupervisor(
      spawner: spawner, loops: loops,
      group: MultiThreadedEventLoopGroup.singleton, logger: log.logger, observer: observed,
      sandbox: sandbox, timing: timing)
    let supervised = Supervised(
      supervisor: supervisor, observed: observed, log: log, spawnerPID: pid, plugins: plugins)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await supervisor.run() }
      let result: Result<Void, any Error>
      do {
        try await body(supervised)
        result = .success(())
      } catch {
        result = .failure(error)
      }
      await supervisor.shutDown(within: .zero)
      spawner.end()
      try await group.waitForAll()
      try result.get()
    }
  }

  /// Starts one process and gives it one instance; waits until it serves.
  func serve(_ plugin: String, config: String = "{}") async throws -> ProcessHandle {
    let release = try await launch(plugin)
    _ = try await configure(release, config)
    return await observed.nextReady()
  }

  /// Starts processes and waits until one has said who it is. Returns the release's number.
  func launch(_ plugin: String, version: String? = nil, processes: Int = 1) async throws -> UInt64 {
    let release = await supervisor.start(
      try InstalledPackage.named(plugin, version: version, in: plugins.folder),
      processes: processes)
    _ = try await supervisor.manifest(of: release)
    return release
  }

  /// The answer about one instance.
  func configure(
    _ release: UInt64, _ config: String, generation: UInt64 = 1, isDryRun: Bool = false
  ) async throws -> ControlMessage.Configured {
    let instance = ControlMessage.Configure.Instance(
      instance: 1, id: "one", config: Array(config.utf8))
    return try await supervisor.configure(
      release, generation: generation, isDryRun: isDryRun, [instance])
  }

  /// Waits until the only process is in the state.
  func status(in state: SupervisorMachine.State) async -> ProcessStatus? {
    await supervisor.status { $0.first?.state == state.rawValue }.first
  }
}

/// What the data plane is told. It owns the descriptors that it gets.
final class Observed: ProcessObserver {
  enum Change: Sendable {
    case ready(ProcessHandle)
    case draining(UInt64)
    case slow(UInt64, Bool)
    case available(release: UInt64, Bool)
  }

  private let changes: AsyncStream<Change>
  private let report: AsyncStream<Change>.Continuation

  init() { (changes, report) = AsyncStream.makeStream(of: Change.self) }

  func processReady(_ handle: ProcessHandle) async { report.yield(.ready(handle)) }

  func processDraining(plugin: String, incarnation: UInt64) async {
    report.yield(.draining(incarnation))
  }

  func processKilledByOthers(plugin: String, incarnation: UInt64) async {}

  func processSlow(plugin: String, incarnation: UInt64, isSlow: Bool) async {
    report.yield(.slow(incarnation, isSlow))
  }

  func releaseAvailable(plugin: String, release: UInt64, isAvailable: Bool) async {
    report.yield(.available(release: release, isAvailable))
  }

  func next() async -> Change? {
    var iterator = changes.makeAsyncIterator()
    return await iterator.next()
  }

  /// The next process that serves; its descriptors are closed.
  func nextReady() async -> ProcessHandle {
    while true {
      guard case .ready(let handle)? = await next() else { continue }
      for descriptor in handle.descriptors { close(descriptor) }
      return handle
    }
  }
}

/// Log lines, kept.
final class CapturedLog: Sendable {
  private let kept = Mutex<[String]>([])

  var lines: [String] { kept.withLock { $0 } }

  var logger: Logger {
    var logger = Logger(label: "test") { _ in Handler(log: self) }
    logger.logLevel = .trace
    return logger
  }

  private struct Handler: LogHandler {
    let log: CapturedLog
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let facts = (event.metadata ?? [:]).map { "\($0)=\($1)" }.sorted().joined(separator: " ")
      log.kept.withLock { $0.append("\(event.level) \(event.message) \(facts)") }
    }
  }
}

extension SupervisorMachine.Timing {
  /// For real processes among tests that eat the CPU: nothing is late unless the test says what is.
  static var patient: Self {
    var timing = Self()
    timing.start = 60_000_000_000
    timing.handshake = 60_000_000_000
    timing.configure = 60_000_000_000
    timing.pong = 60_000_000_000
    timing.busy = 60_000_000_000
    timing.pause = 60_000_000_000
    return timing
  }
}
