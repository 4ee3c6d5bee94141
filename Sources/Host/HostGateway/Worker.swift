// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostClients
import HostExchange
import HostHTTP
import HostServices
import Logging
import NIOCore
import NIOPosix
import PluginProtocol

/// One event loop and everything on it: clients, exchanges, upstreams, plugin lanes. Nothing of it is shared, so
/// nothing of it is locked.
final class Worker {
  /// How often the deadlines of exchanges are looked at; a timeout is late by this at most.
  private static let tick = TimeAmount.milliseconds(10)
  /// Bytes of a reply's payload at most: a plugin's own response.
  let replyLimit = 64 << 20

  let loop: any EventLoop
  let logger: Logger
  let policy: ClientPolicy
  let gate: ConnectionGate
  /// Refused connections that are being told so.
  var farewellCount = 0
  var refusalLog = LogThrottle(limit: 20)
  /// What new exchanges begin with.
  var traffic: Traffic
  /// What listeners speak TLS with; see ``adopt(_:)``.
  var serverTLS: ServerTLS?
  /// What was learned of the routes' steps, in clear text and over TLS; see ``habits(of:isSecure:)``.
  var habits: [RouteHabits?] = []
  /// Exchanges that began with what came before it.
  var former = FormerExchanges()
  /// Who waits for the end of a generation's exchanges.
  var whenEnded: [UInt64: [EventLoopPromise<Void>]] = [:]
  private(set) var isStopping = false
  var counters = Counters()
  var callTimes = CallTimes()
  /// How late the ticks were.
  private(set) var loopLag = DurationHistogram()
  /// For messages that are sent.
  let arena = MessageArena()
  private let inboundArena = MessageArena()
  private var servers: [PluginServer] = []
  private(set) var upstreams: UpstreamConnector!
  private(set) var services: ServiceHost!
  private(set) var deliveries: DeliveryDesk!
  private(set) var credentials: WorkerCredentials!
  /// Nil: processors sleep as they like.
  private let awakeProcessors: AwakeProcessors?
  let logFiles: LogFiles
  let flushes: FlushQueue
  private var clients: [ObjectIdentifier: any ClientConnection] = [:]
  private(set) var exchanges: [UInt64: Exchange] = [:]
  private var lastExchange: UInt64
  private let requestIDs: RequestIDs
  private var tickIsScheduled = false
  private var sweepIsScheduled = false
  private var whenIdle: [EventLoopPromise<Void>] = []

  init(
    index: Int, loop: any EventLoop, snapshot: Snapshot, shared: SharedServices,
    upstreams options: UpstreamOptions, policy: ClientPolicy, gate: ConnectionGate,
    latency: ProcessorLatency? = nil, logger: Logger
  ) {
    self.loop = loop
    traffic = Traffic(snapshot)
    self.logger = logger
    self.policy = policy
    self.gate = gate
    // Ids of different workers never meet: they name exchanges in idempotency keys.
    lastExchange = UInt64(index) << 48
    requestIDs = RequestIDs()
    flushes = FlushQueue(loop: loop)
    awakeProcessors = latency.map { AwakeProcessors($0, on: loop, logger: logger) }
    logFiles = LogFiles(loop: loop, threads: shared.threads) { path, code, lines in
      logger.error(
        "log lines lost",
        metadata: [
          "file": "\(path)", "lines": "\(lines)",
          "reason": "\(code == 0 ? "too many are waiting" : String(cString: strerror(code)))",
        ])
    }
    upstreams = UpstreamConnector(worker: self, options: options)
    services = ServiceHost(worker: self, shared: shared)
    deliveries = DeliveryDesk(worker: self, index: index, desks: shared.deliveries)
    credentials = WorkerCredentials(worker: self, shared: shared.credentials)
    if index == 0 { shared.credentials.open(CredentialDesk(worker: self)) }
    awakeProcessors?.isBusy = { [unowned self] in !exchanges.isEmpty }
  }

  /// Nanoseconds of a clock that only grows.
  @inline(__always)
  func now() -> UInt64 { NIODeadline.now().uptimeNanoseconds }

  /// The pool of a plugin, made when it is first named.
  func server(_ index: Int) -> PluginServer { servers[index] }

  /// Sees to it that there are pools for so many plugins.
  func prepareServers(_ names: [String], _ reports: PluginReports) {
    for name in names[servers.count...] {
      servers.append(PluginServer(plugin: name, worker: self, reports: reports))
    }
  }

  /// The pool of a plugin that was prepared.
  func server(of plugin: String) -> PluginServer? { servers.first { $0.plugin == plugin } }
}

// MARK: - Exchanges

extension Worker {
  func makeExchange(client: any ExchangeClient, head: RequestHead) -> Exchange {
    lastExchange += 1
    counters.exchanges += 1
    let snapshot = traffic.snapshot(for: head)
    let exchange = Exchange(
      worker: self, id: lastExchange, client: client, head: head, snapshot: snapshot,
      route: RouteChoice(
        for: head, isSecure: client.facts.isSecure,
        serverName: client.facts.serverName.map { Array($0.utf8) }, in: snapshot),
      now: now(), wallClock: WallClock.microseconds())
    exchanges[exchange.id] = exchange
    scheduleTick()
    awakeProcessors?.exchangeBegan()
    return exchange
  }

  func nextRequestID() -> RequestID { requestIDs.next() }

  func finished(_ exchange: Exchange) {
    guard exchanges.removeValue(forKey: exchange.id) != nil else { return }
    exchangeEnded(of: exchange.snapshot.generation)
    exchange.upstream = nil
    if exchange.hasWritten { services.shared.forget(exchange: exchange.id) }
    if isStopping { settle() }
  }

  func count(_ outcome: Outcome) { counters.outcomes[Int(outcome.rawValue)] += 1 }

  func countLate() { counters.late += 1 }

  func countRefusedWrite() { counters.refusedWrites += 1 }

  /// Decodes a reply and hands it over; a reply that is none is a violation.
  func withReply(
    _ meta: ByteBuffer,
    _ body: (UnsafeMutablePointer<Patchbay__Plugin__V1__Reply>) -> ProtocolViolation?
  ) -> ProtocolViolation? {
    meta.withUnsafeReadableBytes { bytes in
      defer { inboundArena.reset() }
      let reply = inboundArena.decode(bytes) { patchbay__plugin__v1__reply__unpack($0, $1, $2) }
      guard let reply else { return .badMessage }
      return body(reply)
    }
  }

  /// Decodes a service call; nil when it is none.
  func withServiceCall<Result>(
    _ meta: ByteBuffer, _ body: (Patchbay__Plugin__V1__ServiceCall) -> Result
  ) -> Result? {
    meta.withUnsafeReadableBytes { bytes in
      defer { inboundArena.reset() }
      let call = inboundArena.decode(bytes) {
        patchbay__plugin__v1__service_call__unpack($0, $1, $2)
      }
      return call.map { body($0.pointee) }
    }
  }
}

// MARK: - The passing of time

extension Worker {
  private func scheduleTick() {
    guard !tickIsScheduled else { return }
    tickIsScheduled = true
    let time = NIODeadline.now() + Self.tick
    loop.assumeIsolated().scheduleTask(deadline: time) { [self] in
      tickIsScheduled = false
      let now = now()
      loopLag.add(now > time.uptimeNanoseconds ? now - time.uptimeNanoseconds : 0)
      for exchange in exchanges.values { exchange.timePassed(now: now) }
      if !exchanges.isEmpty { scheduleTick() }
    }
  }

  /// An idle gateway sleeps: without connections nothing is scheduled.
  private func scheduleSweep() {
    guard !sweepIsScheduled else { return }
    sweepIsScheduled = true
    loop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(policy.timeouts.sweep))) { [self] in
      sweepIsScheduled = false
      let now = now()
      upstreams.expire(now: now)
      for client in clients.values { client.expire(now: now, policy.timeouts) }
      if !clients.isEmpty || upstreams.hasIdle { scheduleSweep() }
    }
  }
}

// MARK: - Clients, and the end

extension Worker {
  func opened(_ client: any ClientConnection) {
    clients[ObjectIdentifier(client)] = client
    scheduleSweep()
  }

  func closed(_ client: any ClientConnection) {
    clients[ObjectIdentifier(client)] = nil
    sentAll()
  }

  /// A connection has no more bytes of responses that are over.
  func sentAll() {
    if isStopping { settle() }
  }

  /// Finishes what is under way; done when it is.
  func stop() -> EventLoopFuture<Void> {
    let promise = loop.makePromise(of: Void.self)
    whenIdle.append(promise)
    for client in clients.values { client.finish() }
    isStopping = true
    upstreams.stop()
    settle()
    return promise.futureResult.assumeIsolated().flatMap { self.logFiles.flushed() }.nonisolated()
  }

  /// Breaks off what has not finished.
  func abandon() {
    for exchange in exchanges.values { exchange.clientLeft() }
    for client in clients.values { client.close() }
    becomeIdle()
  }

  private func settle() {
    if exchanges.isEmpty, !clients.values.contains(where: \.hasUnsent) { becomeIdle() }
  }

  private func becomeIdle() {
    upstreams.stop()
    endWaiting()
    for promise in whenIdle { promise.succeed() }
    whenIdle.removeAll()
  }

  /// The plugins that there are pools for, in their order.
  var plugins: [String] { servers.map(\.plugin) }

  /// Streams that are open on each one's processes.
  var pluginsInFlight: [Int] { servers.map(\.inFlight) }

  /// Exchanges that are not over.
  var inFlight: Int { exchanges.count }

  /// How the clients' connections stand.
  var connections: ConnectionStatus {
    var counts = ConnectionStatus(accepted: counters.accepted, active: clients.count)
    for client in clients.values {
      switch client.activity {
      case .waiting: counts.waiting += 1
      case .reading: counts.reading += 1
      case .writing: counts.writing += 1
      }
    }
    return counts
  }

  /// What a process has on this loop, for the admin API.
  func load(plugin: String, incarnation: UInt64) -> ProcessLoad {
    server(of: plugin)?.load(of: incarnation) ?? ProcessLoad()
  }
}

/// What a worker has counted since it began.
struct Counters: Sendable {
  var exchanges = 0
  var refused = 0
  /// Connections of clients.
  var accepted = 0
  /// Clients that met a limit or sent what is no request, by code.
  var refusals: [String: Int] = [:]
  /// Replies that came when nobody waited for them any more.
  var late = 0
  /// Writes of plugins that a store did not take.
  var refusedWrites = 0
  /// Calls by how they ended, by ``Outcome``'s raw value.
  var outcomes = Array(repeating: 0, count: Outcome.allCases.count)
}
