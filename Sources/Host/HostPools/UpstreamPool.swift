// SPDX-License-Identifier: Apache-2.0

/// The idle connections of one event loop to its upstreams: what may be used again, and for how long.
///
/// Connections that carry an exchange are not here; the last one put back is the first one used, so that the others can
/// grow old and be closed.
package struct UpstreamPool {
  /// Names a connection.
  package typealias ConnectionID = UInt64

  private struct Idle {
    let id: ConnectionID
    let since: UInt64
  }

  private let idleLimit: Int
  private let idleTime: UInt64
  private var idle: [Origin: [Idle]] = [:]
  private var count = 0

  /// - Parameters:
  ///   - idleLimit: idle connections kept for one origin.
  ///   - idleTime: nanoseconds that a connection may be idle.
  package init(idleLimit: Int, idleTime: UInt64) {
    self.idleLimit = idleLimit
    self.idleTime = idleTime
  }

  /// Idle connections to all origins.
  package var idleCount: Int { count }

  /// An idle connection to the origin, which is no longer idle then.
  package mutating func checkOut(_ origin: Origin) -> ConnectionID? {
    guard let last = idle[origin]?.popLast() else { return nil }
    count -= 1
    return last.id
  }

  /// The connection can be used again. Returns a connection to close: the oldest where there are too many.
  package mutating func checkIn(
    _ id: ConnectionID, for origin: Origin, now: UInt64
  ) -> ConnectionID? {
    guard idleLimit > 0 else { return id }
    idle[origin, default: []].append(Idle(id: id, since: now))
    count += 1
    guard let connections = idle[origin], connections.count > idleLimit else { return nil }
    count -= 1
    return idle[origin]?.removeFirst().id
  }

  /// An idle connection was closed by its peer. False: it was not idle.
  package mutating func closed(_ id: ConnectionID, for origin: Origin) -> Bool {
    guard let index = idle[origin]?.firstIndex(where: { $0.id == id }) else { return false }
    idle[origin]?.remove(at: index)
    count -= 1
    return true
  }

  /// The connections that were idle for too long; they are forgotten and the caller closes them.
  package mutating func expired(now: UInt64) -> [ConnectionID] {
    var old: [ConnectionID] = []
    for origin in idle.keys {
      while let first = idle[origin]?.first, now &- first.since >= idleTime {
        idle[origin]?.removeFirst()
        old.append(first.id)
      }
      if idle[origin]?.isEmpty == true { idle[origin] = nil }
    }
    count -= old.count
    return old
  }
}
