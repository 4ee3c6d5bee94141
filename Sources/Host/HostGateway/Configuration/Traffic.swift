// SPDX-License-Identifier: Apache-2.0

import HostHTTP

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
}

/// A header that a request must have.
package struct HeaderMatch: Sendable, Equatable {
  /// Lower case.
  let name: [UInt8]
  let value: [UInt8]

  /// `name: value`; nil, when it is not that.
  package init?(_ text: String) {
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    name = text[..<colon].utf8.map(\.lowercased)
    let rest = text[text.utf8.index(after: colon)...].utf8.drop(while: \.isBlank)
    value = Array(rest.reversed().drop(while: \.isBlank).reversed())
    guard !name.isEmpty, name.allSatisfy(\.isToken), value.allSatisfy(\.isFieldValue) else {
      return nil
    }
  }

  func holds(for head: RequestHead) -> Bool {
    name.withUnsafeBytes { name in
      head.fields.withFirst(name) { value.elementsEqual($0) } ?? false
    }
  }
}
