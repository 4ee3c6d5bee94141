// SPDX-License-Identifier: Apache-2.0

extension GatewayConfiguration {
  /// Instances in the order in which requests run through them: by priority, changed by `ordering`. What must come before
  /// another one comes right before it, whatever its priority.
  ///
  /// - Parameters:
  ///   - instances: of a route, for each plugin at most one.
  ///   - priority: of a plugin; larger is earlier.
  /// - Throws: when the orderings contradict each other.
  package func ordered(
    _ instances: [Int], priority: (String) -> Int32
  ) throws(ConfigurationError) -> [Int] {
    let names = instances.map { plugins[$0].name }
    let sorted = instances.sorted { first, second in
      let (one, other) = (plugins[first].name, plugins[second].name)
      let (high, low) = (priority(one), priority(other))
      return high == low ? one < other : high > low
    }
    guard instances.contains(where: { !plugins[$0].ordering.isEmpty }) else { return sorted }
    var earlier: [String: [String]] = [:]
    for index in sorted {
      let plugin = plugins[index]
      for name in plugin.ordering.after where names.contains(name) {
        earlier[plugin.name, default: []].append(name)
      }
      for name in plugin.ordering.before where names.contains(name) {
        earlier[name, default: []].append(plugin.name)
      }
    }
    var walk = OrderWalk(earlier: earlier)
    for index in sorted {
      guard walk.take(plugins[index].name) else { throw contradiction(walk.way, instances) }
    }
    return walk.order.compactMap { name in sorted.first { plugins[$0].name == name } }
  }

  private func contradiction(_ way: [String], _ instances: [Int]) -> ConfigurationError {
    let place = instances.first { way.contains(plugins[$0].name) && !plugins[$0].ordering.isEmpty }
    let plugin = place.map { plugins[$0] }
    return ConfigurationError(
      plugin?.place["ordering"] ?? Place(),
      "the orderings contradict each other: \(way.joined(separator: ", "))",
      line: plugin?.line ?? 0)
  }
}

/// Takes each name when all are taken that must come before it.
private struct OrderWalk {
  let earlier: [String: [String]]
  private(set) var order: [String] = []
  /// The names that wait for each other; a cycle when one is met again.
  private(set) var way: [String] = []

  init(earlier: [String: [String]]) { self.earlier = earlier }

  /// False: the name waits for itself.
  mutating func take(_ name: String) -> Bool {
    if order.contains(name) { return true }
    if let start = way.firstIndex(of: name) {
      way = way[start...] + [name]
      return false
    }
    way.append(name)
    for other in earlier[name] ?? [] {
      guard take(other) else { return false }
    }
    way.removeLast()
    order.append(name)
    return true
  }
}
