// SPDX-License-Identifier: Apache-2.0

/// All routes of a configuration, in the order in which they are tried (``RouteOrder``), and an index of them. Immutable.
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

  private let candidates: [RouteCandidate]
  private let methods: SortedBytes
  private let selectors: RouteSelectors
  private let cleartext: RouteIndex
  private let secure: RouteIndex

  package init(_ rules: [RouteRule]) {
    let methods = SortedBytes(rules.flatMap(\.methods))
    func numbers(_ names: [[UInt8]]) -> [UInt32] {
      names.compactMap { $0.withUnsafeBytes(methods.index(of:)).map { UInt32($0) } }
    }
    var candidates: [(order: RouteOrder, candidate: RouteCandidate)] = []
    for (index, rule) in rules.enumerated() {
      let methods = numbers(rule.methods)
      let paths: [RouteRule.Path?] = rule.paths.isEmpty ? [nil] : rule.paths
      for (number, path) in paths.enumerated() {
        candidates.append(
          (
            RouteOrder(of: rule, path: path, place: (index, number)),
            RouteCandidate(
              index: index, path: path, methods: methods, hosts: rule.hosts,
              headers: rule.headers, snis: rule.snis)
          ))
      }
    }
    candidates.sort { $0.order < $1.order }
    self.candidates = candidates.map(\.candidate)
    self.methods = methods
    selectors = RouteSelectors(self.candidates)
    cleartext = RouteIndex(self.candidates, selectors, isSecure: false)
    let hasSNIs = rules.contains { !$0.snis.isEmpty }
    secure = hasSNIs ? RouteIndex(self.candidates, selectors, isSecure: true) : cleartext
  }

  /// Expressions that were given up at their limit.
  package var exhaustedLookups: Int {
    candidates.reduce(0) { sum, candidate in
      let headers = candidate.headers.reduce(0) { $0 + ($1.pattern?.exhausted ?? 0) }
      guard case .pattern(let pattern) = candidate.path else { return sum + headers }
      return sum + headers + pattern.exhausted
    }
  }

  /// The route of a request.
  ///
  /// Where an expression reaches its limit there is none: to go on with the next route would be a way around the plugins
  /// of the one that may have been meant.
  package func match(_ request: RouteRequest, headers: some RouteHeaders) -> Match? {
    var search = RouteSearch(
      request: request, headers: headers, candidates: candidates,
      method: methods.index(of: request.method).map { UInt32($0) },
      keys: selectors.keys(of: request, headers))
    let index = request.isSecure ? secure : cleartext
    index.run(&search)
    return search.match
  }
}
