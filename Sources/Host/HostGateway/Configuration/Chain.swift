// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostServices

/// The instances that apply to one route, in the order in which requests run through them.
struct Chain: Sendable {
  /// At most ``StepMask/capacity``.
  var steps: [ChainStep] = []
  /// Who takes part in which phase, before any condition is looked at.
  var plan = Plan()
  /// Whether any step has a condition, so that the plan is not the same for every exchange.
  var isConditional = false
}

/// One instance in a chain: what it subscribed to, and what becomes of an exchange when it fails.
struct ChainStep: Sendable {
  /// The plugin's name.
  let plugin: String
  /// Which of a worker's pools serves it.
  let pool: Int
  /// The release of the plugin that was asked about this configuration.
  let release: UInt64
  /// How calls name it.
  let instance: UInt32
  /// Log files that its replies may write to.
  let logFiles: [String]
  /// What it has said of its metrics, by name.
  let metrics: [String: MetricStore.Declaration]
  /// Queues that its replies may fill.
  let queues: [DeliveryTarget]
  /// The services that its manifest names, by the protocol's numbers.
  let services: [UInt32]
  /// By ``Phase``'s raw value; index 0 is not used.
  var phases: [PhaseSubscription?] = Array(repeating: nil, count: 7)

  subscript(phase: Phase) -> PhaseSubscription? {
    get { phases[Int(phase.rawValue)] }
    set { phases[Int(phase.rawValue)] = newValue }
  }
}

/// What a step wants to see in a phase, made ready for the data path.
struct PhaseSubscription: Sendable {
  var headers: HeaderSelection = .none
  var variables: [String] = []
  /// Largest body in bytes that is shown.
  var bodyLimit = Int.max
  /// Nanoseconds that a call may take.
  var deadline: UInt64
  var condition: Condition?
  /// Complete phase: copies of the bodies.
  var requestBody = false
  var responseBody = false
}

/// Which headers a plugin is shown.
enum HeaderSelection: Sendable {
  case none
  /// Everything but what must be named, plus these names.
  case all(named: [[UInt8]])
  /// Lower-case names.
  case named([[UInt8]])

  /// Shown only to those who name them: they hold what identifies a client.
  static let sensitive: [[UInt8]] = [
    "authorization", "cookie", "proxy-authorization", "set-cookie", "proxy-authenticate",
  ].map { Array($0.utf8) }

  init(_ names: [String]) {
    let named = names.filter { $0 != "*" }.map { Array($0.lowercased().utf8) }
    if names.contains("*") {
      self = .all(named: named)
    } else {
      self = named.isEmpty ? .none : .named(named)
    }
  }
}
