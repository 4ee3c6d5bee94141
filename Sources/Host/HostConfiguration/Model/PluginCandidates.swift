// SPDX-License-Identifier: Apache-2.0

/// The plugins that may run for a route's requests, by whom they are for: whoever it is, only what may be theirs is looked at.
/// Instances are named by their places in the list.
package struct PluginCandidates: Sendable {
  private let plugins: [PluginInstance]
  private var everyones: [Int] = []
  private var consumers: [Int: [Int]] = [:]
  private var groups: [Int: [Int]] = [:]

  fileprivate init(_ plugins: [PluginInstance], where isMeant: (PluginInstance) -> Bool) {
    self.plugins = plugins
    for (index, plugin) in plugins.enumerated() where isMeant(plugin) {
      if let consumer = plugin.consumer {
        consumers[consumer, default: []].append(index)
      } else if let group = plugin.consumerGroup {
        groups[group, default: []].append(index)
      } else {
        everyones.append(index)
      }
    }
  }

  /// Whether there are any that others do not have.
  package func has(for scope: ConsumerScope) -> Bool {
    scope.consumer.map { consumers[$0] != nil } == true
      || scope.groups.contains { groups[$0] != nil }
  }

  /// Of each name the most specific instance, in the order of the list.
  ///
  /// - Parameter scope: who sends the requests, as far as that is known.
  package func instances(for scope: ConsumerScope = .anyone) -> [Int] {
    var chosen: [String: (index: Int, rank: Int)] = [:]
    func choose(_ candidates: [Int]) {
      for index in candidates {
        guard let rank = plugins[index].rank(for: scope) else { continue }
        if let other = chosen[plugins[index].name], other.rank >= rank { continue }
        chosen[plugins[index].name] = (index, rank)
      }
    }
    choose(everyones)
    if let consumer = scope.consumer { choose(consumers[consumer] ?? []) }
    for group in scope.groups { choose(groups[group] ?? []) }
    return chosen.values.map(\.index).sorted()
  }
}

extension GatewayConfiguration {
  /// The plugins that a route's requests may run through.
  ///
  /// - Parameter isSecure: the requests come over TLS.
  package func candidates(ofRoute route: Int, isSecure: Bool = false) -> PluginCandidates {
    PluginCandidates(plugins) { plugin in
      plugin.isEnabled && plugin.runs(isSecure: isSecure)
        && plugin.route.map { $0 == route } ?? true
        && plugin.service.map { $0 == routes[route].service } ?? true
    }
  }
}
