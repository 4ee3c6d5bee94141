// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// ``ConnectionCounts`` of all event loops. Its lock is taken when a connection begins and when it ends, and never for a
/// request.
package final class ConnectionGate: Sendable {
  private let counts: Mutex<ConnectionCounts>

  package init(_ counts: ConnectionCounts) { self.counts = Mutex(counts) }

  package var total: Int { counts.withLock { $0.total } }

  package func enter(_ address: IPAddress?) throws(ConnectionCounts.Refusal) {
    try counts.withLock { counts throws(ConnectionCounts.Refusal) in try counts.enter(address) }
  }

  package func name(_ address: IPAddress) throws(ConnectionCounts.Refusal) {
    try counts.withLock { counts throws(ConnectionCounts.Refusal) in try counts.name(address) }
  }

  package func leave(_ address: IPAddress?) { counts.withLock { $0.leave(address) } }
}
