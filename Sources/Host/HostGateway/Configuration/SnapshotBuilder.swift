// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostExchange
import HostPools
import HostRouting
import PluginProtocol

/// Makes a configuration ready for the event loops, once the plugins have accepted it.
struct SnapshotBuilder {
  let generation: Generation
  /// The names of the plugins, in the order of the workers' pools.
  let plugins: [String]
  /// What serves, by plugin.
  let releases: [String: RunningRelease]

  private var configuration: GatewayConfiguration { generation.configuration }

  func build() throws -> Snapshot {
    var errors: [ConfigurationError] = []
    var rules: [RouteRule] = []
    var destinations: [Destination] = []
    for (index, route) in configuration.routes.enumerated() {
      guard route.service.map({ configuration.services[$0].isEnabled }) ?? true else { continue }
      do {
        rules.append(try Self.rule(of: route))
        destinations.append(
          Destination(
            of: route, to: route.service.map { configuration.services[$0] },
            security: generation.upstreams[route.service], through: try chain(ofRoute: index)))
      } catch let error as ConfigurationError {
        errors.append(error)
      }
    }
    guard errors.isEmpty else { throw GatewayConfiguration.Invalid(errors: errors) }
    var limits = Snapshot.Limits()
    limits.requestBody = configuration.settings.requestBody
    limits.responseBody = configuration.settings.responseBody
    limits.retryBody = configuration.settings.retryBody
    return Snapshot(
      generation: generation.number, routes: RouteTable(rules), destinations: destinations,
      limits: limits, secrets: generation.secrets)
  }

  private static func rule(of route: Route) throws(ConfigurationError) -> RouteRule {
    var field = "headers"
    do throws(RoutePattern.Invalid) {
      var headers: [RouteHeader] = []
      for header in route.headers {
        headers.append(try RouteHeader(name: header.name, values: header.values))
      }
      field = "paths"
      return try RouteRule(
        methods: route.methods, hosts: route.hosts, paths: route.paths, headers: headers,
        snis: route.snis, regexPriority: route.regexPriority, createdAt: route.createdAt)
    } catch {
      throw ConfigurationError(
        route.place[field], "invalid regex: \(error.message)", line: route.line)
    }
  }

  private func chain(ofRoute route: Int) throws -> Chain {
    let instances = configuration.instances(ofRoute: route)
      .map { (index: $0, plugin: configuration.plugins[$0]) }
      .sorted { first, second in
        let (one, other) = (priority(first.plugin.name), priority(second.plugin.name))
        return one == other ? first.plugin.name < second.plugin.name : one > other
      }
    guard instances.count <= StepMask.capacity else {
      throw ConfigurationError(
        configuration.routes[route].place,
        "more than \(StepMask.capacity) plugins apply to this route")
    }
    var chain = Chain()
    for (index, plugin) in instances {
      guard let release = releases[plugin.name], let pool = plugins.firstIndex(of: plugin.name),
        let answer = release[generation.number]?.answer.instances
          .first(where: { $0.instance == UInt32(index) })
      else { continue }
      let number = chain.steps.count
      let step = step(plugin, release, instance: UInt32(index), pool: pool, answer)
      chain.isConditional =
        chain.isConditional || step.phases.contains { $0?.condition != nil }
      chain.steps.append(step)
      subscribe(number, answer, &chain.plan)
      if failsOpen(plugin.name) { chain.plan.open.insert(number) }
    }
    return chain
  }

  private func priority(_ plugin: String) -> Int32 { releases[plugin]?.manifest.position ?? 0 }

  private func failsOpen(_ plugin: String) -> Bool {
    configuration.settings.processes[plugin]?.failsOpen ?? releases[plugin]?.manifest.failsOpen
      ?? false
  }

  private func step(
    _ plugin: PluginInstance, _ release: RunningRelease, instance: UInt32, pool: Int,
    _ answer: ControlMessage.Configured.Instance
  ) -> ChainStep {
    var step = ChainStep(
      plugin: plugin.name, pool: pool, release: release.id, instance: instance,
      logFiles: answer.logFiles, services: release.manifest.services)
    let allowed = configuration.settings.processes[plugin.name]?.deadline
    for message in answer.subscriptions {
      guard let phase = Phase(number: message.phase) else { continue }
      var deadline =
        message.deadlineMilliseconds == 0
        ? Exchange.defaultDeadline : UInt64(message.deadlineMilliseconds) * 1_000_000
      if let allowed {
        deadline =
          message.deadlineMilliseconds == 0
          ? UInt64(allowed) * 1_000_000 : min(deadline, UInt64(allowed) * 1_000_000)
      }
      step[phase] = PhaseSubscription(
        headers: HeaderSelection(message.headers), variables: message.variables,
        bodyLimit: message.bodyLimit == 0 ? .max : Int(clamping: message.bodyLimit),
        deadline: deadline, condition: message.condition.map { Condition($0) },
        requestBody: message.requestBody, responseBody: message.responseBody)
    }
    return step
  }

  private func subscribe(
    _ step: Int, _ answer: ControlMessage.Configured.Instance, _ plan: inout Plan
  ) {
    for message in answer.subscriptions {
      switch Phase(number: message.phase) {
      case .request:
        plan.request.insert(step)
        if message.wantsBody { plan.requestBody.insert(step) }
        if message.inspects { plan.inspects.insert(step) }
      case .retry: plan.retry.insert(step)
      case .response:
        plan.response.insert(step)
        if message.wantsBody { plan.responseBody.insert(step) }
      case .chunk:
        if message.stream == .copy { plan.copy.insert(step) } else { plan.transform.insert(step) }
      case .complete: plan.complete.insert(step)
      case .produce, nil: break
      }
    }
  }
}
