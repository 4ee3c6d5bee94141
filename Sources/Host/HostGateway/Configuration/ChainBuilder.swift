// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostExchange
import HostServices
import PluginProtocol

/// Makes the chains of a configuration's routes, once the plugins have accepted it.
struct ChainBuilder {
  let generation: Generation
  /// The names of the plugins, in the order of the workers' pools.
  let plugins: [String]
  /// What serves, by plugin.
  let releases: [String: RunningRelease]
  /// Whether requests in clear text, and over TLS, run through the same.
  private let isAlike: Bool
  /// By instance: what the chains share of them.
  private var entries: [Int: Entry] = [:]

  private struct Entry {
    let step: ChainStep
    let answer: ControlMessage.Configured.Instance
  }

  /// - Throws: what is wrong with a queue that an instance wants.
  init(
    generation: Generation, plugins: [String], releases: [String: RunningRelease]
  ) throws(ConfigurationError) {
    self.generation = generation
    self.plugins = plugins
    self.releases = releases
    isAlike = generation.configuration.plugins.allSatisfy {
      $0.runs(isSecure: true) == $0.runs(isSecure: false)
    }
    for (index, plugin) in configuration.plugins.enumerated() where plugin.isEnabled {
      entries[index] = try entry(plugin, index)
    }
  }

  private var configuration: GatewayConfiguration { generation.configuration }

  /// Entries for consumers of plugins that cannot be theirs.
  var misplaced: [ConfigurationError] {
    configuration.plugins.filter(\.isEnabled).compactMap { plugin in
      guard plugin.consumer != nil || plugin.consumerGroup != nil,
        let manifest = releases[plugin.name]?.manifest
      else { return nil }
      let refused: String
      if manifest.withoutConsumers || manifest.services.contains(ServiceHost.consumers) {
        refused = "a consumer or a consumer group"
      } else if manifest.withoutSingleConsumers, plugin.consumer != nil {
        refused = "a consumer"
      } else {
        return nil
      }
      return ConfigurationError(
        plugin.place, "plugin '\(plugin.name)' cannot be configured for \(refused)",
        line: plugin.line)
    }
  }

  /// The chains for requests in clear text, and over TLS.
  func chains(
    ofRoute route: Int
  ) throws(ConfigurationError) -> (clear: RouteChains, secure: RouteChains) {
    let clear = try chains(ofRoute: route, isSecure: false)
    return (clear, isAlike ? clear : try chains(ofRoute: route, isSecure: true))
  }

  private func chains(
    ofRoute route: Int, isSecure: Bool
  ) throws(ConfigurationError) -> RouteChains {
    let candidates = configuration.candidates(ofRoute: route, isSecure: isSecure)
    let anyone = candidates.instances()
    var scoped: [(scope: Int, instances: [Int])] = []
    let scopes = generation.consumers.scopes
    for (number, scope) in scopes.enumerated() where candidates.has(for: scope) {
      let instances = candidates.instances(for: scope)
      if instances != anyone { scoped.append((number, instances)) }
    }
    let places = try order([anyone] + scoped.map(\.instances), ofRoute: route)
    var chains: [[Int]: Chain] = [:]
    return RouteChains(
      anyone: chain(of: anyone, at: places),
      scoped: Dictionary(
        uniqueKeysWithValues: scoped.map { number, instances in
          let chain = chains[instances] ?? chain(of: instances, at: places)
          chains[instances] = chain
          return (number, chain)
        }))
  }

  /// The plugins of all chains in one order, each named by an instance of it.
  private func order(
    _ lists: [[Int]], ofRoute route: Int
  ) throws(ConfigurationError) -> [Int] {
    var representatives: [Int] = []
    var names: Set<String> = []
    for index in lists.joined() where names.insert(configuration.plugins[index].name).inserted {
      if entries[index] != nil { representatives.append(index) }
    }
    guard representatives.count <= StepMask.capacity else {
      throw ConfigurationError(
        configuration.routes[route].place,
        "more than \(StepMask.capacity) plugins apply to this route")
    }
    return try configuration.ordered(representatives) { releases[$0]?.manifest.position ?? 0 }
  }

  private func chain(of instances: [Int], at places: [Int]) -> Chain {
    var chain = Chain()
    for (number, place) in places.enumerated() {
      let name = configuration.plugins[place].name
      let entry = instances.first { configuration.plugins[$0].name == name }
        .flatMap { entries[$0] }
      guard let entry else {
        chain.steps.append(ChainStep.vacant(name, like: entries[place]?.step))
        continue
      }
      chain.steps.append(entry.step)
      chain.plan.subscribe(number, entry.answer)
      // What follows depends on who may tell who the client is, so it never runs beside its neighbours whatever they do.
      if entry.step.mayAuthenticate { chain.plan.inspects.remove(number) }
      if failsOpen(name) { chain.plan.open.insert(number) }
    }
    chain.isConditional = chain.steps.contains(where: \.isConditional)
    return chain
  }

  private func failsOpen(_ plugin: String) -> Bool {
    configuration.settings.processes[plugin]?.failsOpen ?? releases[plugin]?.manifest.failsOpen
      ?? false
  }

  private func entry(
    _ plugin: PluginInstance, _ index: Int
  ) throws(ConfigurationError) -> Entry? {
    guard let release = releases[plugin.name], let pool = plugins.firstIndex(of: plugin.name),
      let answer = release[generation.number]?.answer.instances
        .first(where: { $0.instance == UInt32(index) })
    else { return nil }
    let step = ChainStep(
      plugin: plugin.name, pool: pool, release: release.id, instance: UInt32(index),
      logFiles: answer.logFiles, metrics: MetricStore.Declaration.all(of: answer),
      queues: try generation.queues(of: answer), services: release.manifest.services,
      phases: PhaseSubscription.all(
        of: answer, allowed: configuration.settings.processes[plugin.name]?.deadline))
    return Entry(step: step, answer: answer)
  }
}

extension ChainStep {
  /// Stands where a plugin has no instance for these exchanges. Nothing ever asks it.
  fileprivate static func vacant(_ plugin: String, like other: ChainStep?) -> ChainStep {
    ChainStep(
      plugin: plugin, pool: other?.pool ?? 0, release: other?.release ?? 0, instance: .max)
  }
}
