// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostExchange
import HostHTTP
import HostNames
import HostPools
import NIOCore

/// Connections of one worker to upstreams: idle ones are used again, others are made, and who finds none waits.
///
/// Whose turn it is, ``UpstreamPool`` knows; this obeys it.
final class UpstreamConnector {
  /// Names somebody who waits for a connection.
  typealias Ticket = UpstreamPool.RequestID
  typealias Completion = (Result<any UpstreamStream, UpstreamFailure>) -> Void

  /// Nanoseconds to make a connection for a plugin's own request.
  static let serviceConnectTimeout: UInt64 = 10_000_000_000

  /// What a stream is wanted for.
  enum Use {
    case request
    /// A request for which a connection that had been idle was no good.
    case repeated
    /// One that asks for another protocol.
    case upgrade
  }

  private struct Wanting {
    let origin: Origin
    let use: Use
    /// By the worker's clock.
    let deadline: UInt64
    let completed: Completion
    var timer: Scheduled<Void>?
  }

  private unowned let worker: Worker
  let names: NameResolver
  let tlsOfLines: LineTLS
  var dialler: any UpstreamDialling
  private var pool: UpstreamPool
  private let offersHTTP2: Bool
  private let passesWebSocket: Bool
  private let knownHTTP2: Set<Origin>
  /// For requests that take whoever answers.
  let unverified: UpstreamSecurity
  private var connections: [UpstreamPool.ConnectionID: PooledConnection] = [:]
  private var wanting: [Ticket: Wanting] = [:]
  /// Who connections of HTTP/2 are made for, until their upstream has said how many requests it takes.
  private var settling: [UpstreamPool.ConnectionID: Ticket] = [:]
  private var lastTicket: Ticket = 0

  init(worker: Worker, options: UpstreamOptions) {
    self.worker = worker
    names = NameResolver(
      loop: worker.loop, lookup: NameLookup(servers: options.nameServers),
      times: options.nameTimes, logger: worker.logger)
    dialler = UpstreamDialler(
      loop: worker.loop, names: names,
      tls: UpstreamTLS(options.tls, onlyHTTP1: options.tlsOfHTTP1), knownHTTP2: options.knownHTTP2)
    tlsOfLines = options.tlsOfLines
    offersHTTP2 = options.offersHTTP2
    passesWebSocket = options.passesWebSocket
    knownHTTP2 = options.knownHTTP2
    unverified = options.unverified
    pool = UpstreamPool(limits: options.limits)
    names.onChange = { [unowned self] in leave(host: $0, for: $1) }
  }

  /// A connection that can carry a request now.
  func takeIdle(_ origin: Origin) -> (any UpstreamStream)? {
    while let id = pool.checkOut(origin) {
      if let connection = connections[id], connection.isActive { return connection.stream }
      closed(id)
    }
    return nil
  }

  /// A stream for a request: of a connection that is there, or of one that is made: name resolution, TCP, TLS.
  ///
  /// - Parameters:
  ///   - timeout: nanoseconds until there must be one.
  ///   - completed: is called once, maybe before this returns, unless the ticket is cancelled.
  func acquire(
    _ origin: Origin, timeout: UInt64, use: Use = .request, _ completed: @escaping Completion
  ) -> Ticket {
    lastTicket += 1
    let ticket = lastTicket
    wanting[ticket] = Wanting(
      origin: origin, use: use, deadline: worker.now() &+ timeout, completed: completed)
    ask(ticket, origin, isFresh: use != .request)
    return ticket
  }

  /// Whether a request for WebSocket can go to the origin as such: where HTTP/2 is known to be spoken it cannot.
  func passesWebSocket(to origin: Origin) -> Bool {
    passesWebSocket && !knownHTTP2.contains(origin)
  }

  /// Nobody waits any more.
  func cancel(_ ticket: Ticket) {
    guard let wanting = wanting.removeValue(forKey: ticket) else { return }
    wanting.timer?.cancel()
    pool.cancel(ticket, to: wanting.origin)
  }

  /// The connection's request is over and it can carry another.
  func released(_ id: UpstreamPool.ConnectionID) {
    change {
      if worker.isStopping { $0.retire(id, &$1) }
      $0.released(id, now: worker.now(), &$1)
    }
  }

  /// The connection is closed.
  func closed(_ id: UpstreamPool.ConnectionID) {
    connections[id] = nil
    if let ticket = settling.removeValue(forKey: id) {
      complete(ticket, .failure(UpstreamFailure(.upstreamInvalid, .unsent)))
    }
    change { $0.closed(id, &$1) }
  }

  /// Connections, those among them that wait for their next request, and requests that wait for one.
  var numbers: (open: Int, idle: Int, waiting: Int) {
    (connections.count, pool.idleCount, wanting.count)
  }

  /// Whether a connection waits for its next request.
  var hasIdle: Bool { pool.idleCount > 0 }

  /// Closes what was idle for too long, and looks at the names of what is left.
  func expire(now: UInt64) {
    change { $0.expire(now: now, &$1) }
    names.refresh(pool.origins.map(\.peerHost))
  }

  /// A host has other addresses now: connections to those that it no longer has are not used any more.
  private func leave(host: String, for addresses: [String]) {
    for origin in pool.origins where origin.peerHost == host {
      for id in pool.ids(to: origin) {
        guard let address = connections[id]?.remoteAddress, !addresses.contains(address) else {
          continue
        }
        change { $0.retire(id, &$1) }
      }
    }
  }

  /// These origins are not of use any more: idle connections are closed, others when they have become idle.
  func drain(_ origins: some Sequence<Origin>) {
    for origin in origins { change { $0.retire(origin, &$1) } }
  }

  /// Closes connections to an origin that were idle for so many nanoseconds.
  func closeIdle(_ origin: Origin, for time: UInt64) {
    change { $0.expire(origin, after: time, now: worker.now(), &$1) }
  }

  /// Closes all connections, each when it is idle.
  func stop() { drain(pool.origins) }

  private func change(_ event: (inout UpstreamPool, inout [UpstreamPool.Action]) -> Void) {
    var actions: [UpstreamPool.Action] = []
    event(&pool, &actions)
    obey(actions)
  }

  private func obey(_ actions: [UpstreamPool.Action]) {
    for action in actions {
      switch action {
      case .use(let id, let ticket): use(id, ticket)
      case .connect(let id, let ticket): connect(id, for: ticket)
      case .close(let id): connections.removeValue(forKey: id)?.close()
      }
    }
  }
}

// MARK: - Who waits

extension UpstreamConnector {
  private func use(_ id: UpstreamPool.ConnectionID, _ ticket: Ticket) {
    guard let origin = wanting[ticket]?.origin else { return released(id) }
    if let connection = connections[id], connection.isActive {
      return complete(ticket, .success(connection.stream))
    }
    // It was closed between the pool's decision and now.
    closed(id)
    ask(ticket, origin, isFresh: wanting[ticket]?.use != .request)
  }

  private func ask(_ ticket: Ticket, _ origin: Origin, isFresh: Bool) {
    var actions: [UpstreamPool.Action] = []
    let answer = pool.request(
      ticket, to: origin, isFresh: isFresh,
      mayBeShared: origin.isSecure ? offersHTTP2 : knownHTTP2.contains(origin), &actions)
    obey(actions)
    switch answer {
    case .use(let id): use(id, ticket)
    case .connect(let id): connect(id, for: ticket)
    case .wait: limitWaiting(ticket)
    case .refuse: complete(ticket, .failure(UpstreamFailure(.upstreamBusy, .unsent)))
    }
  }

  private func complete(_ ticket: Ticket, _ result: Result<any UpstreamStream, UpstreamFailure>) {
    guard let wanting = wanting.removeValue(forKey: ticket) else { return }
    wanting.timer?.cancel()
    wanting.completed(result)
  }

  /// Who waits for a connection of others waits no longer than for one of its own.
  private func limitWaiting(_ ticket: Ticket) {
    guard let deadline = wanting[ticket]?.deadline else { return }
    let time = NIODeadline.uptimeNanoseconds(deadline)
    wanting[ticket]?.timer = worker.loop.assumeIsolated().scheduleTask(deadline: time) {
      [self] in
      guard let origin = wanting[ticket]?.origin else { return }
      let error: HostError = pool.isFull(origin) ? .upstreamBusy : .upstreamTimeout
      pool.cancel(ticket, to: origin)
      complete(ticket, .failure(UpstreamFailure(error, .unsent)))
    }
  }

  private func connect(_ id: UpstreamPool.ConnectionID, for ticket: Ticket) {
    guard let origin = wanting[ticket]?.origin, let deadline = wanting[ticket]?.deadline else {
      return closed(id)
    }
    wanting[ticket]?.timer?.cancel()
    let now = worker.now()
    let isUpgrade = wanting[ticket]?.use == .upgrade
    dialler.dial(
      origin, timeout: deadline > now ? deadline - now : 0, onlyHTTP1: isUpgrade
    ) { [self] result in
      switch result {
      case .success(let dialled): made(id, origin, dialled, ticket)
      case .failure(let error):
        complete(ticket, .failure(UpstreamDialler.failure(for: error)))
        closed(id)
      }
    }
  }

  private func made(
    _ id: UpstreamPool.ConnectionID, _ origin: Origin, _ dialled: DialledUpstream,
    _ ticket: Ticket
  ) {
    do {
      if dialled.speaksHTTP2 {
        let connection = UpstreamHTTP2Connection(id: id, origin: origin, worker: worker)
        connections[id] = .http2(connection)
        settling[id] = ticket
        try connection.install(on: dialled.channel)
        limitSettling(connection, dialled.deadline)
      } else {
        let connection = UpstreamConnection(
          id: id, origin: origin, worker: worker, limits: worker.policy.head)
        connections[id] = .http1(connection)
        try dialled.channel.pipeline.syncOperations.addHandler(connection)
        dialled.channel.read()
        change { $0.connected(id, capacity: 1, now: worker.now(), &$1) }
      }
    } catch {
      dialled.channel.close(promise: nil)
      complete(ticket, .failure(UpstreamFailure(.upstreamUnreachable, .unsent, cause: error)))
      closed(id)
    }
  }
}

// MARK: - What connections of HTTP/2 say

extension UpstreamConnector {
  /// The time to connect is also that for the upstream's first words.
  private func limitSettling(_ connection: UpstreamHTTP2Connection, _ deadline: NIODeadline) {
    worker.loop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
      guard let ticket = settling.removeValue(forKey: connection.id) else { return }
      complete(ticket, .failure(UpstreamFailure(.upstreamTimeout, .unsent)))
      connection.close()
    }
  }

  /// The upstream has said how many requests it takes.
  func isReady(_ connection: UpstreamHTTP2Connection, capacity: Int) {
    settling[connection.id] = nil
    change {
      $0.connected(connection.id, capacity: max(capacity, 1), now: worker.now(), &$1)
      if capacity == 0 { $0.retire(connection.id, &$1) }
    }
  }

  /// The upstream takes another number of requests at a time.
  func capacityChanged(_ id: UpstreamPool.ConnectionID, to capacity: Int) {
    change { $0.capacityChanged(id, to: capacity, &$1) }
  }

  /// No more requests on this connection.
  func retire(_ id: UpstreamPool.ConnectionID) { change { $0.retire(id, &$1) } }
}

/// A connection of either version.
private enum PooledConnection {
  case http1(UpstreamConnection)
  case http2(UpstreamHTTP2Connection)

  /// For another request.
  var stream: any UpstreamStream {
    switch self {
    case .http1(let connection): connection
    case .http2(let connection): connection.makeStream()
    }
  }

  var isActive: Bool {
    switch self {
    case .http1(let connection): connection.isActive
    case .http2(let connection): connection.isActive
    }
  }

  var remoteAddress: String? {
    switch self {
    case .http1(let connection): connection.remoteAddress
    case .http2(let connection): connection.remoteAddress
    }
  }

  func close() {
    switch self {
    case .http1(let connection): connection.close()
    case .http2(let connection): connection.close()
    }
  }
}
