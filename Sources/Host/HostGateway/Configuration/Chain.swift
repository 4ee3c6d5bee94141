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

/// What a step wants to see in a phase, made ready for the data path. A class, so that to look at it copies nothing.
final class PhaseSubscription: Sendable {
  let headers: HeaderSelection
  let variables: [String]
  /// Largest body in bytes that is shown.
  let bodyLimit: Int
  /// Nanoseconds that a call may take.
  let deadline: UInt64
  let condition: Condition?
  /// Complete phase: copies of the bodies.
  let requestBody: Bool
  let responseBody: Bool

  init(
    headers: HeaderSelection = .none, variables: [String] = [], bodyLimit: Int = .max,
    deadline: UInt64, condition: Condition? = nil, requestBody: Bool = false,
    responseBody: Bool = false
  ) {
    self.headers = headers
    self.variables = variables
    self.bodyLimit = bodyLimit
    self.deadline = deadline
    self.condition = condition
    self.requestBody = requestBody
    self.responseBody = responseBody
  }
}

/// Which headers a plugin is shown.
enum HeaderSelection: Sendable {
  case none
  /// Everything but what must be named, plus these names.
  case all(named: HeaderNames)
  case named(HeaderNames)

  /// Shown only to those who name them: they hold what identifies a client.
  static let sensitive = HeaderNames([
    "authorization", "cookie", "proxy-authorization", "set-cookie", "proxy-authenticate",
  ])

  init(_ names: [String]) {
    let named = names.filter { $0 != "*" }
    if names.contains("*") {
      self = .all(named: HeaderNames(named))
    } else {
      self = named.isEmpty ? .none : .named(HeaderNames(named))
    }
  }

  var isEmpty: Bool {
    if case .none = self { return true }
    return false
  }

  /// Whether a field of the name is shown.
  func shows(_ name: UnsafeRawBufferPointer) -> Bool {
    switch self {
    case .none: false
    case .named(let names): names.contains(name)
    case .all(let named): !Self.sensitive.contains(name) || named.contains(name)
    }
  }
}
