// SPDX-License-Identifier: Apache-2.0

/// The connections of one event loop to its upstreams: who gets which, who waits for one, and when one is closed.
///
/// A connection carries one request at a time, or, with HTTP/2, as many as its peer allows. Of those that can carry
/// another the last one given back is used first, so that the others can grow old and be closed. Nobody who waits is
/// overtaken.
package struct UpstreamPool {
  /// Names a connection.
  package typealias ConnectionID = UInt64
  /// Names a request that wants a connection.
  package typealias RequestID = UInt64

  /// What a request that wants a connection is told.
  package enum Answer: Equatable {
    case use(ConnectionID)
    /// Make a connection of this name for it; `connected` or `closed` follows.
    case connect(ConnectionID)
    /// `use` or `connect` follows, unless it is cancelled.
    case wait
    /// All connections are in use, and as many wait as may.
    case refuse
  }

  /// What is to be done now, in this order.
  package enum Action: Equatable {
    case use(ConnectionID, RequestID)
    case connect(ConnectionID, RequestID)
    /// The connection is forgotten already.
    case close(ConnectionID)
  }

  private struct Connection {
    let origin: Origin
    /// Who it is being made for.
    var owner: RequestID?
    var isConnecting = true
    /// Made for a request that would take no other.
    var isFresh = false
    /// Requests that it can carry at a time.
    var capacity = 1
    var inUse = 0
    var served = 0
    var idleSince: UInt64 = 0
    /// It takes no more requests, and is closed behind its last.
    var isRetiring = false
  }

  private struct Waiter {
    let request: RequestID
    let isFresh: Bool
  }

  /// Whether connections to an origin carry many requests at a time: then one is made, and not one for each request.
  private enum Kind { case unknown, exclusive, shared }

  private struct Entry {
    /// Connections that can carry another request; the one to be used next is the last.
    var available: [ConnectionID] = []
    var waiting: [Waiter] = []
    var count = 0
    /// Those that carry nothing.
    var idle = 0
    var connecting = 0
    var kind = Kind.unknown
    var mayBeShared = false
  }

  private let limits: Limits
  private var entries: [Origin: Entry] = [:]
  private var connections: [ConnectionID: Connection] = [:]
  private var lastID: ConnectionID = 0
  /// Connections that carry nothing.
  package private(set) var idleCount = 0

  package init(limits: Limits) { self.limits = limits }

  /// All connections, those that are being made too.
  package var count: Int { connections.count }

  /// Requests that wait.
  package var waitingCount: Int { entries.values.reduce(0) { $0 + $1.waiting.count } }

  /// Whether there are as many connections to the origin as there may be.
  package func isFull(_ origin: Origin) -> Bool {
    (entries[origin]?.count ?? 0) >= limits.connections ?? .max
  }
}

// MARK: - Requests

extension UpstreamPool {
  /// A connection that can carry a request now.
  package mutating func checkOut(_ origin: Origin) -> ConnectionID? {
    guard let last = entries[origin]?.available.last else { return nil }
    use(last)
    return last
  }

  /// A request wants a connection.
  ///
  /// - Parameters:
  ///   - isFresh: one that has carried nothing before.
  ///   - mayBeShared: connections to this origin may turn out to carry many requests at a time.
  package mutating func request(
    _ request: RequestID, to origin: Origin, isFresh: Bool = false, mayBeShared: Bool = false,
    _ actions: inout [Action]
  ) -> Answer {
    if !isFresh, let connection = checkOut(origin) { return .use(connection) }
    entries[origin, default: Entry()].mayBeShared = mayBeShared
    let waiter = Waiter(request: request, isFresh: isFresh)
    let isFirst = entries[origin]?.waiting.isEmpty ?? true
    if isFirst, let connection = connect(waiter, to: origin, &actions) {
      return .connect(connection)
    }
    guard !isFull(origin) || (entries[origin]?.waiting.count ?? 0) < limits.waiting else {
      return .refuse
    }
    entries[origin]?.waiting.append(waiter)
    return .wait
  }

  /// The request does not want a connection any more. One that is being made for it is finished, for others.
  package mutating func cancel(_ request: RequestID, to origin: Origin) {
    if let index = entries[origin]?.waiting.firstIndex(where: { $0.request == request }) {
      entries[origin]?.waiting.remove(at: index)
      return forgetIfUnused(origin)
    }
    for (id, connection) in connections where connection.owner == request {
      connections[id]?.owner = nil
    }
  }

  /// Gives those who wait what there is.
  private mutating func serve(_ origin: Origin, _ actions: inout [Action]) {
    while let waiter = entries[origin]?.waiting.first {
      if !waiter.isFresh, let connection = checkOut(origin) {
        actions.append(.use(connection, waiter.request))
      } else if let connection = connect(waiter, to: origin, &actions) {
        actions.append(.connect(connection, waiter.request))
      } else {
        return
      }
      entries[origin]?.waiting.removeFirst()
    }
    forgetIfUnused(origin)
  }

  /// Another connection, if there may be one.
  private mutating func connect(
    _ waiter: Waiter, to origin: Origin, _ actions: inout [Action]
  ) -> ConnectionID? {
    guard let entry = entries[origin] else { return nil }
    // Where one connection may be enough for all, it is awaited.
    let isPossiblyShared = entry.kind == .shared || (entry.kind == .unknown && entry.mayBeShared)
    if isPossiblyShared, !waiter.isFresh, entry.connecting > 0 { return nil }
    if isFull(origin) {
      // Only who takes no other finds idle ones here: the oldest makes room.
      guard let oldest = entry.available.first(where: { connections[$0]?.inUse == 0 }) else {
        return nil
      }
      remove(oldest)
      actions.append(.close(oldest))
    }
    lastID += 1
    connections[lastID] = Connection(origin: origin, owner: waiter.request, isFresh: waiter.isFresh)
    entries[origin]?.count += 1
    entries[origin]?.connecting += 1
    return lastID
  }

  private mutating func use(_ id: ConnectionID) {
    guard var connection = connections[id] else { preconditionFailure("available is what is here") }
    if connection.inUse == 0 { countIdle(-1, connection.origin) }
    connection.inUse += 1
    connection.served += 1
    if connection.served >= limits.requests { connection.isRetiring = true }
    connections[id] = connection
    if connection.isRetiring || connection.inUse >= connection.capacity {
      unlist(id, connection.origin)
    }
  }

  private mutating func unlist(_ id: ConnectionID, _ origin: Origin) {
    guard let index = entries[origin]?.available.lastIndex(of: id) else { return }
    entries[origin]?.available.remove(at: index)
  }

  /// An origin without connections is not remembered: plugins name as many as they like.
  private mutating func forgetIfUnused(_ origin: Origin) {
    guard let entry = entries[origin], entry.count == 0, entry.waiting.isEmpty else { return }
    entries[origin] = nil
  }
}

// MARK: - Connections

extension UpstreamPool {
  /// The connection is made, and carries the request that it was made for, if that still wants it.
  ///
  /// - Parameter capacity: requests that it can carry at a time; not 0.
  package mutating func connected(
    _ id: ConnectionID, capacity: Int, now: UInt64, _ actions: inout [Action]
  ) {
    guard var connection = connections[id], connection.isConnecting else { return }
    let origin = connection.origin
    entries[origin]?.connecting -= 1
    if !connection.isFresh { entries[origin]?.kind = capacity > 1 ? .shared : .exclusive }
    let owner = connection.owner
    connection.owner = nil
    connection.isConnecting = false
    connection.capacity = capacity
    connection.idleSince = now
    connections[id] = connection
    countIdle(1, origin)
    if let owner {
      // Through the list, as any other: it is put back there if it can carry more.
      entries[origin]?.available.append(id)
      use(id)
      actions.append(.use(id, owner))
    } else if connection.isRetiring {
      remove(id)
      actions.append(.close(id))
    } else {
      makeAvailable(id, &actions)
    }
    serve(origin, &actions)
  }

  /// A request on the connection is over, and the connection is as good as before.
  package mutating func released(_ id: ConnectionID, now: UInt64, _ actions: inout [Action]) {
    guard let connection = connections[id], connection.inUse > 0 else { return }
    let wasFull = connection.inUse >= connection.capacity
    connections[id]?.inUse -= 1
    connections[id]?.idleSince = now
    if connection.inUse == 1 { countIdle(1, connection.origin) }
    if connection.isRetiring {
      if connection.inUse == 1 {
        remove(id)
        actions.append(.close(id))
      }
    } else if connection.inUse - 1 < connection.capacity {
      if !wasFull { unlist(id, connection.origin) }
      makeAvailable(id, &actions)
    }
    serve(connection.origin, &actions)
  }

  /// The peer says how many requests the connection can carry at a time; of one that is to carry none it is the end.
  package mutating func capacityChanged(
    _ id: ConnectionID, to capacity: Int, _ actions: inout [Action]
  ) {
    guard let connection = connections[id], !connection.isConnecting else { return }
    guard capacity > 0 else { return retire(id, &actions) }
    connections[id]?.capacity = capacity
    guard !connection.isRetiring else { return }
    unlist(id, connection.origin)
    guard connection.inUse < capacity else { return }
    makeAvailable(id, &actions)
    serve(connection.origin, &actions)
  }

  /// The connection takes no more requests; it is closed when its last one is over.
  package mutating func retire(_ id: ConnectionID, _ actions: inout [Action]) {
    guard let connection = connections[id], !connection.isRetiring else { return }
    connections[id]?.isRetiring = true
    guard !connection.isConnecting else { return }
    unlist(id, connection.origin)
    if connection.inUse == 0 {
      remove(id)
      actions.append(.close(id))
    }
    serve(connection.origin, &actions)
  }

  /// As ``retire(_:_:)``, for all connections to the origin.
  package mutating func retire(_ origin: Origin, _ actions: inout [Action]) {
    for id in ids(to: origin) { retire(id, &actions) }
  }

  /// The connection is closed, or could not be made.
  package mutating func closed(_ id: ConnectionID, _ actions: inout [Action]) {
    guard let origin = connections[id]?.origin else { return }
    remove(id)
    serve(origin, &actions)
    forgetIfUnused(origin)
  }

  /// Closes the connections that were idle for too long.
  package mutating func expire(now: UInt64, _ actions: inout [Action]) {
    guard limits.idleTime > 0 else { return }
    for origin in Array(entries.keys) {
      expire(origin, after: limits.idleTime, now: now, &actions)
    }
  }

  /// Closes the connections to an origin that were idle for so many nanoseconds.
  package mutating func expire(
    _ origin: Origin, after idleTime: UInt64, now: UInt64, _ actions: inout [Action]
  ) {
    for id in entries[origin]?.available ?? [] {
      guard let connection = connections[id], connection.inUse == 0,
        now &- connection.idleSince >= idleTime
      else { continue }
      remove(id)
      actions.append(.close(id))
    }
    serve(origin, &actions)
  }

  /// Every origin to which there are connections.
  package var origins: [Origin] { Array(entries.keys) }

  /// The connections to an origin, the oldest first.
  package func ids(to origin: Origin) -> [ConnectionID] {
    connections.filter { $0.value.origin == origin }.keys.sorted()
  }

  private mutating func makeAvailable(_ id: ConnectionID, _ actions: inout [Action]) {
    guard let connection = connections[id] else { return }
    let origin = connection.origin
    entries[origin]?.available.append(id)
    guard let entry = entries[origin], connection.inUse == 0, entry.idle > limits.idle,
      entry.waiting.isEmpty,
      let oldest = entry.available.first(where: { connections[$0]?.inUse == 0 })
    else { return }
    remove(oldest)
    actions.append(.close(oldest))
  }

  private mutating func countIdle(_ change: Int, _ origin: Origin) {
    idleCount += change
    entries[origin]?.idle += change
  }

  private mutating func remove(_ id: ConnectionID) {
    guard let connection = connections.removeValue(forKey: id) else { return }
    entries[connection.origin]?.count -= 1
    if connection.isConnecting {
      entries[connection.origin]?.connecting -= 1
    } else {
      if connection.inUse == 0 { countIdle(-1, connection.origin) }
      unlist(id, connection.origin)
    }
  }
}
