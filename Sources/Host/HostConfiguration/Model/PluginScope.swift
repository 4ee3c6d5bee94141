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
}

extension PluginInstance {
  /// Whether it is for requests that come like this.
  package func runs(isSecure: Bool) -> Bool {
    protocols.isEmpty || protocols.contains(isSecure ? "https" : "http")
  }

  /// Kong's order, the most specific last: everywhere, service, route, group, consumer, and what is of several of them. Of a
  /// consumer's groups the first by name comes before the others. Nil: it is not for them.
  func rank(for scope: ConsumerScope) -> Int? {
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
