// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostServices

/// The instances that apply to one route, in the order in which requests run through them. The chains of a route have the same
/// plugins at the same places, so that an exchange can go over from one to another: see ``RouteChains``.
struct Chain: Sendable {
  /// At most ``StepMask/capacity``.
  var steps: [ChainStep] = []
  /// Who takes part in which phase, before any condition is looked at.
  var plan = Plan()
  /// Whether any step has a condition, so that the plan is not the same for every exchange.
  var isConditional = false
}

/// One instance in a chain: what it subscribed to, and what becomes of an exchange when it fails. A class, so that chains share
/// their steps.
final class ChainStep: Sendable {
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
  private let phases: [PhaseSubscription?]

  init(
    plugin: String, pool: Int, release: UInt64, instance: UInt32, logFiles: [String] = [],
    metrics: [String: MetricStore.Declaration] = [:], queues: [DeliveryTarget] = [],
    services: [UInt32] = [], phases: [Phase: PhaseSubscription] = [:]
  ) {
    self.plugin = plugin
    self.pool = pool
    self.release = release
    self.instance = instance
    self.logFiles = logFiles
    self.metrics = metrics
    self.queues = queues
    self.services = services
    var table = [PhaseSubscription?](repeating: nil, count: 7)
    for (phase, subscription) in phases { table[Int(phase.rawValue)] = subscription }
    self.phases = table
  }

  subscript(phase: Phase) -> PhaseSubscription? { phases[Int(phase.rawValue)] }

  var isConditional: Bool { phases.contains { $0?.condition != nil } }
}

extension Chain {
  /// The chain up to a step, and another one from there on.
  func joined(with later: Chain, from step: Int) -> Chain {
    var chain = Chain()
    chain.steps = Array(steps[..<step] + later.steps[step...])
    chain.plan = plan.joined(with: later.plan, from: step)
    chain.isConditional = chain.steps.contains(where: \.isConditional)
    return chain
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
