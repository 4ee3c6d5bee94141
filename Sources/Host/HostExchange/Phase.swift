// SPDX-License-Identifier: Apache-2.0

/// Where in an exchange a plugin is called; the raw values are the protocol's.
package enum Phase: UInt8, Sendable, CaseIterable {
  case request = 1
  case retry = 2
  case response = 3
  case chunk = 4
  case produce = 5
  case complete = 6
}

extension Phase {
  /// The phase that the protocol numbers so; nil for one that this host does not know.
  package init?(number: UInt32) {
    guard let phase = UInt8(exactly: number).flatMap(Phase.init) else { return nil }
    self = phase
  }

  /// The name that logs and metrics use.
  package var name: StaticString {
    switch self {
    case .request: "request"
    case .retry: "retry"
    case .response: "response"
    case .chunk: "chunk"
    case .produce: "produce"
    case .complete: "complete"
    }
  }
}
