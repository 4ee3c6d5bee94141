// SPDX-License-Identifier: Apache-2.0

/// For whom instances are chosen: a consumer and its groups, as far as any plugin is configured for them. All consumers of
/// whom that is true of the same share one.
package struct ConsumerScope: Hashable, Sendable {
  /// Index into the consumers; nil: no plugin is the consumer's own.
  package var consumer: Int?
  /// Indices into the consumer groups, in the order of their names.
  package var groups: [Int] = []

  package init(consumer: Int? = nil, groups: [Int] = []) {
    self.consumer = consumer
    self.groups = groups
  }

  /// Whoever no plugin is configured for.
  package static let anyone = ConsumerScope()
}

extension GatewayConfiguration {
  /// The scopes of the consumers, by their indices.
  package var consumerScopes: [ConsumerScope] {
    let own = Set(plugins.lazy.filter(\.isEnabled).compactMap(\.consumer))
    let groups = Set(plugins.lazy.filter(\.isEnabled).compactMap(\.consumerGroup))
    return consumers.enumerated().map { index, consumer in
      ConsumerScope(
        consumer: own.contains(index) ? index : nil,
        groups: consumer.groups.filter(groups.contains))
    }
  }

  /// The plugins that a route's requests run through: for each name the most specific instance, by place in the list.
  ///
  /// - Parameters:
  ///   - isSecure: the requests come over TLS.
  ///   - scope: who sends them, as far as that is known.
  package func instances(
    ofRoute route: Int, isSecure: Bool = false, for scope: ConsumerScope = .anyone
  ) -> [Int] {
    var chosen: [String: (index: Int, rank: Int)] = [:]
    for (index, plugin) in plugins.enumerated()
    where plugin.isEnabled && plugin.runs(isSecure: isSecure) {
      if let wanted = plugin.route, wanted != route { continue }
      if let wanted = plugin.service, wanted != routes[route].service { continue }
      guard let rank = plugin.rank(for: scope) else { continue }
      if let other = chosen[plugin.name], other.rank >= rank { continue }
      chosen[plugin.name] = (index, rank)
    }
    return chosen.values.map(\.index).sorted()
  }
}

extension PluginInstance {
  /// Whether it is for requests that come like this.
  package func runs(isSecure: Bool) -> Bool {
    protocols.isEmpty || protocols.contains(isSecure ? "https" : "http")
  }

  /// Kong's order, the most specific last: everywhere, service, route, group, consumer, and what is of several of them. Of a
  /// consumer's groups the first by name comes before the others. Nil: it is not for them.
  fileprivate func rank(for scope: ConsumerScope) -> Int? {
    let places = (route == nil ? 0 : 2) + (service == nil ? 0 : 1)
    if let consumer {
      guard consumer == scope.consumer else { return nil }
      return [4, 8, 9, 11][places] << 32
    }
    if let consumerGroup {
      guard let position = scope.groups.firstIndex(of: consumerGroup) else { return nil }
      return [3, 6, 7, 10][places] << 32 | (scope.groups.count - position)
    }
    return [0, 1, 2, 5][places] << 32
  }
}
