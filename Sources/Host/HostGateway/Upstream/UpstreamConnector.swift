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

  private struct Wanting {
    let origin: Origin
    /// By the worker's clock.
    let deadline: UInt64
    let completed: Completion
    var timer: Scheduled<Void>?
  }

  private unowned let worker: Worker
  private let names: NameResolver
  private let dialler: UpstreamDialler
  private var pool: UpstreamPool
  private var connections: [UpstreamPool.ConnectionID: UpstreamConnection] = [:]
  private var wanting: [Ticket: Wanting] = [:]
  private var lastTicket: Ticket = 0

  init(worker: Worker, options: UpstreamOptions) {
    self.worker = worker
    names = NameResolver(
      loop: worker.loop, lookup: NameLookup(servers: options.nameServers),
      times: options.nameTimes, logger: worker.logger)
    dialler = UpstreamDialler(loop: worker.loop, names: names, tls: options.tls)
    pool = UpstreamPool(limits: options.limits)
    names.onChange = { [unowned self] in leave(host: $0, for: $1) }
  }

  /// A connection that can carry a request now.
  func takeIdle(_ origin: Origin) -> (any UpstreamStream)? {
    while let id = pool.checkOut(origin) {
      if let connection = connections[id], connection.isActive { return connection }
      closed(id)
    }
    return nil
  }

  /// A stream for a request: of a connection that is there, or of one that is made: name resolution, TCP, TLS.
  ///
  /// - Parameters:
  ///   - timeout: nanoseconds until there must be one.
  ///   - isFresh: of a connection that has carried nothing.
  ///   - completed: is called once, maybe before this returns, unless the ticket is cancelled.
  func acquire(
    _ origin: Origin, timeout: UInt64, isFresh: Bool = false, _ completed: @escaping Completion
  ) -> Ticket {
    lastTicket += 1
    let ticket = lastTicket
    wanting[ticket] = Wanting(
      origin: origin, deadline: worker.now() &+ timeout, completed: completed)
    ask(ticket, origin, isFresh: isFresh)
    return ticket
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
    change { $0.closed(id, &$1) }
  }

  /// Whether a connection waits for its next request.
  var hasIdle: Bool { pool.idleCount > 0 }

  /// Closes what was idle for too long, and looks at the names of what is left.
  func expire(now: UInt64) {
    change { $0.expire(now: now, &$1) }
    names.refresh(pool.origins.map(\.host))
  }

  /// A host has other addresses now: connections to those that it no longer has are not used any more.
  private func leave(host: String, for addresses: [String]) {
    for origin in pool.origins where origin.host == host {
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
      return complete(ticket, .success(connection))
    }
    // It was closed between the pool's decision and now.
    closed(id)
    ask(ticket, origin)
  }

  private func ask(_ ticket: Ticket, _ origin: Origin, isFresh: Bool = false) {
    var actions: [UpstreamPool.Action] = []
    let answer = pool.request(ticket, to: origin, isFresh: isFresh, &actions)
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
    dialler.dial(origin, timeout: deadline > now ? deadline - now : 0) { [self] result in
      switch result {
      case .success(let channel): made(id, origin, channel, ticket)
      case .failure(let error):
        complete(ticket, .failure(UpstreamDialler.failure(for: error)))
        closed(id)
      }
    }
  }

  private func made(
    _ id: UpstreamPool.ConnectionID, _ origin: Origin, _ channel: any Channel, _ ticket: Ticket
  ) {
    let connection = UpstreamConnection(
      id: id, origin: origin, worker: worker, limits: worker.headLimits)
    do {
      try channel.pipeline.syncOperations.addHandler(connection)
    } catch {
      complete(ticket, .failure(UpstreamFailure(.upstreamUnreachable, .unsent, cause: error)))
      return closed(id)
    }
    connections[id] = connection
    channel.read()
    change { $0.connected(id, capacity: 1, now: worker.now(), &$1) }
  }
}
