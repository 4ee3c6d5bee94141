// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

/// One version of a plugin as it is run: its processes share a package, and what they are configured with.
struct ReleaseState {
  let id: UInt64
  let package: InstalledPackage
  var role: ReleaseRole
  /// How its processes are confined; nil: as the supervisor's are.
  var sandbox: SandboxPolicy?
  /// The generations of the configuration that its processes have, the oldest first: an exchange may be in any of them.
  /// Empty: they wait.
  var configurations: [Configuration] = []
  /// A configuration that one of its processes is asked about, and what the generation is called.
  var question: Configuration?
  /// Whether the data plane has been told that its processes can be hoped for.
  var isAvailable = true

  /// What processes are configured with.
  struct Configuration {
    let generation: UInt64
    let instances: [ControlMessage.Configure.Instance]
    /// The first accepted answer: the plan is made of it.
    var accepted: ControlMessage.Configured?
    /// An answer that is none of those.
    var refusal: ControlMessage.Configured?
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
