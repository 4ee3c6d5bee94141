// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

/// One version of a plugin as it is run: its processes share a package, and what they are configured with.
struct ReleaseState {
  let id: UInt64
  let package: InstalledPackage
  var role: ReleaseRole
  /// What its processes are configured with; nil: they wait for it.
  var configuration: Configuration?
  /// Whether the data plane has been told that its processes can be hoped for.
  var isAvailable = true

  /// What processes are configured with.
  struct Configuration {
    var generation: UInt64
    var isDryRun: Bool
    var instances: [ControlMessage.Configure.Instance]
    /// The first accepted answer: the plan is made of it.
    var accepted: ControlMessage.Configured?
  }
}

/// What a release is there for.
package enum ReleaseRole: Sendable, Equatable {
  /// It serves all exchanges that no other one is for.
  case stable
  /// It is being tried, and serves nobody yet.
  case candidate
  /// It serves a share of the exchanges.
  case canary(percent: Double)
  /// A developer has started it by hand.
  case attached
  /// It finishes what it has.
  case leaving

  /// For people and programs.
  package var name: String {
    switch self {
    case .stable: "stable"
    case .candidate: "candidate"
    case .canary: "canary"
    case .attached: "attached"
    case .leaving: "leaving"
    }
  }

  /// Of the exchanges; nil: it has none of its own.
  package var percent: Double? { if case .canary(let percent) = self { percent } else { nil } }
}
