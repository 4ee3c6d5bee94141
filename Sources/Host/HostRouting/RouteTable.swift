// SPDX-License-Identifier: Apache-2.0

/// All routes of a configuration, in the order in which they are tried. Immutable.
///
/// Kong's order (`traditional`): more kinds of attributes first; of as many, hosts before paths before methods; then exact
/// hosts before wildcards, and of these the ones with a port first; then regular expressions, by `regex_priority`; then
/// longer prefixes; then the order of the file.
package struct RouteTable: Sendable {
  /// The route of a request.
  package struct Match {
    /// Of the rule, in the order in which they were given.
    package var index: Int
    /// Bytes of the request's path that the rule's path covers; 0 when the rule names none.
    package var matchedLength: Int
    /// The named groups of a regular expression.
    package var captures: [(name: [UInt8], value: [UInt8])]
  }

  /// One path of one rule: a rule with several is tried once for each.
  fileprivate struct Candidate: Sendable {
    var index: Int
    var path: RouteRule.Path?
    var methods: [[UInt8]]
    var hosts: [RouteRule.Host]
    var regexPriority: Int
  }

  private let candidates: [Candidate]

  package init(_ rules: [RouteRule]) {
    var candidates: [Candidate] = []
    for (index, rule) in rules.enumerated() {
      let paths: [RouteRule.Path?] = rule.paths.isEmpty ? [nil] : rule.paths
      for path in paths {
        candidates.append(
          Candidate(
            index: index, path: path, methods: rule.methods, hosts: rule.hosts,
            regexPriority: rule.regexPriority))
      }
    }
    // The sort is stable for what is equal by the file's order.
    self.candidates = candidates.enumerated().sorted { first, second in
      let (one, other) = (first.element.rank, second.element.rank)
      return one == other
        ? first.offset < second.offset : other.lexicographicallyPrecedes(one)
    }.map(\.element)
  }

  /// Lookups that ended without a route because an expression was given up at its limit.
  package var exhaustedLookups: Int {
    candidates.reduce(0) { sum, candidate in
      if case .pattern(let pattern) = candidate.path { sum + pattern.exhausted } else { sum }
    }
  }

  /// The route of a request.
  ///
  /// Where an expression reaches its limit there is none: to go on with the next route would be a way around the plugins
  /// of the one that may have been meant.
  ///
  /// - Parameters:
  ///   - path: of the request, without its query, normalised.
  package func match(
    method: UnsafeRawBufferPointer, authority: UnsafeRawBufferPointer,
    path: UnsafeRawBufferPointer
  ) -> Match? {
    let host = authority.withoutPort
    for candidate in candidates {
      if !candidate.methods.isEmpty,
        !candidate.methods.contains(where: { $0.elementsEqual(method) })
      {
        continue
      }
      if !candidate.hosts.isEmpty,
        !candidate.hosts.contains(where: { $0.matches(authority, host: host) })
      {
        continue
      }
      switch candidate.path {
      case nil: return Match(index: candidate.index, matchedLength: 0, captures: [])
      case .prefix(let prefix):
        guard path.starts(with: prefix) else { continue }
        return Match(index: candidate.index, matchedLength: prefix.count, captures: [])
      case .pattern(let pattern):
        switch pattern.match(path) {
        case .noMatch: continue
        case .exhausted: return nil
        case .match(let length, let captures):
          return Match(index: candidate.index, matchedLength: length, captures: captures)
        }
      }
    }
    return nil
  }
}

extension RouteTable.Candidate {
  /// Larger goes first.
  fileprivate var rank: [Int] {
    let attributes = [hosts.isEmpty ? 0 : 4, path == nil ? 0 : 2, methods.isEmpty ? 0 : 1]
    let kinds = [attributes.count { $0 > 0 }, attributes.reduce(0, +), hostRank]
    switch path {
    case .pattern: return kinds + [1, regexPriority, 0]
    case .prefix(let prefix): return kinds + [0, 0, prefix.count]
    case nil: return kinds + [0, 0, 0]
    }
  }

  private var hostRank: Int {
    if hosts.allSatisfy(\.isExact) { return 2 }
    return hosts.contains(where: \.isWildcardWithPort) ? 1 : 0
  }
}
