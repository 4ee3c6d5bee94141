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
    let method = methods.index(of: request.method).map { UInt32($0) }
    let keys = selectors.keys(of: request, headers)
    var best = Int32.max
    var match: Match?
    func consider(_ posting: RouteLeaf.Posting) {
      guard posting.rank < best else { return }
      let candidate = candidates[Int(posting.rank)]
      guard candidate.admits(method: method) else { return }
      switch posting.isConditional
        ? candidate.match(request, headers)
        : .match(length: candidate.prefix.count, captures: [])
      {
      case .noMatch: return
      case .exhausted: match = nil
      case .match(let length, let captures):
        match = Match(index: candidate.index, matchedLength: length, captures: captures)
      }
      best = posting.rank
    }
    let index = request.isSecure ? secure : cleartext
    index.forEachLeaf(of: request) { leaf in
      leaf.forEach(of: keys, consider)
      for posting in leaf.open {
        guard posting.rank < best else { break }
        consider(posting)
      }
      return best
    }
    return match
  }
}
