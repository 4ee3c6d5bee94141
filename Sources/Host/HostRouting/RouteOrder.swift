// SPDX-License-Identifier: Apache-2.0

/// When a route is tried: Kong's order of precedence, for one path of one route. The least goes first.
///
/// 1. More kinds of attributes. Of as many: hosts, then headers, paths, methods, SNIs.
/// 2. No wildcard among the hosts; then a wildcard with a port.
/// 3. More headers.
/// 4. A regular expression, by `regex_priority`; then prefixes, by their length.
/// 5. The one that was created first, then the one that stands first in the file.
struct RouteOrder: Comparable {
  /// Larger goes first.
  private let weights: [Int]
  /// Smaller goes first.
  private let age: [Int]

  /// - Parameter place: of the rule among all, and of the path in it.
  init(of rule: RouteRule, path: RouteRule.Path?, place: (rule: Int, path: Int)) {
    let kinds = [
      rule.hosts.isEmpty ? 0 : 16, rule.headers.isEmpty ? 0 : 8, path == nil ? 0 : 4,
      rule.methods.isEmpty ? 0 : 2, rule.snis.isEmpty ? 0 : 1,
    ]
    let common = [
      kinds.count { $0 > 0 }, kinds.reduce(0, +), Self.weight(of: rule.hosts), rule.headers.count,
    ]
    switch path {
    case .pattern: weights = common + [1, rule.regexPriority, 0]
    case .prefix(let prefix): weights = common + [0, 0, prefix.count]
    case nil: weights = common + [0, 0, 0]
    }
    age = [rule.createdAt ?? .max, place.rule, place.path]
  }

  private static func weight(of hosts: [RouteHost]) -> Int {
    let wildcards = hosts.filter { $0.kind != .exact }
    if wildcards.isEmpty { return 2 }
    return wildcards.contains { $0.port != nil } ? 1 : 0
  }

  static func < (one: RouteOrder, other: RouteOrder) -> Bool {
    if one.weights != other.weights { return other.weights.lexicographicallyPrecedes(one.weights) }
    return one.age.lexicographicallyPrecedes(other.age)
  }
}
