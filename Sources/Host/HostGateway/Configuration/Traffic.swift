// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import HostPools

/// Which snapshot an exchange begins with: one for all, or another one for those that try out a version of a plugin.
struct Traffic: Sendable {
  /// For all who are not chosen for another one.
  var stable: Snapshot
  /// For a share of the exchanges.
  var canary: (snapshot: Snapshot, percent: Double)?
  /// For those with a header, or for all: a developer's process serves them.
  var attached: [(condition: HeaderMatch?, snapshot: Snapshot)] = []
  /// Grows by the share with every exchange, and shrinks by one exchange with each that the canary gets: the share is met
  /// exactly, without chance.
  private var owed = 0.0

  init(_ stable: Snapshot) { self.stable = stable }

  /// The snapshot for a new exchange.
  mutating func snapshot(for head: RequestHead) -> Snapshot {
    for (condition, snapshot) in attached where condition?.holds(for: head) ?? true {
      return snapshot
    }
    guard let canary else { return stable }
    owed += canary.percent
    guard owed >= 100 else { return stable }
    owed -= 100
    return canary.snapshot
  }

  /// Where its routes lead.
  var origins: Set<Origin> {
    var origins = Set(stable.destinations.map(\.origin))
    if let canary { origins.formUnion(canary.snapshot.destinations.map(\.origin)) }
    for (_, snapshot) in attached { origins.formUnion(snapshot.destinations.map(\.origin)) }
    return origins
  }
}
