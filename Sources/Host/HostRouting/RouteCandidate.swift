// SPDX-License-Identifier: Apache-2.0

/// One path of one rule, as it is tried: a rule with several paths is tried once for each.
struct RouteCandidate: Sendable {
  /// Of the rule.
  let index: Int
  let path: RouteRule.Path?
  /// Numbers of the table's methods; empty for all.
  let methods: [UInt32]
  let hosts: [RouteHost]
  let headers: [RouteHeader]
  let snis: [[UInt8]]

  /// The prefix under which it is kept: what every path that it matches begins with.
  var prefix: [UInt8] {
    switch path {
    case .prefix(let prefix): prefix
    case .pattern(let pattern): pattern.literalPrefix
    case nil: []
    }
  }

  func admits(method: UInt32?) -> Bool {
    methods.isEmpty || method.map { methods.contains($0) } == true
  }

  /// What is not settled by the place at which the candidate is kept.
  ///
  /// What costs little comes first. Of expressions, the path's is the first.
  func match(_ request: RouteRequest, _ headers: some RouteHeaders) -> OnMatch {
    if !snis.isEmpty, request.isSecure {
      guard let sni = request.sni, snis.contains(where: { sni.equalsLowercased($0) }) else {
        return .noMatch
      }
    }
    for header in self.headers where header.pattern == nil {
      guard case .match = header.match(headers) else { return .noMatch }
    }
    let found: OnMatch
    switch path {
    case nil: found = .match(length: 0, captures: [])
    case .prefix(let prefix): found = .match(length: prefix.count, captures: [])
    case .pattern(let pattern):
      switch pattern.match(request.path) {
      case .match(let length, let captures): found = .match(length: length, captures: captures)
      case .noMatch: return .noMatch
      case .exhausted: return .exhausted
      }
    }
    for header in self.headers where header.pattern != nil {
      switch header.match(headers) {
      case .match: continue
      case .noMatch: return .noMatch
      case .exhausted: return .exhausted
      }
    }
    return found
  }

  /// How a request fares with a candidate.
  enum OnMatch {
    case match(length: Int, captures: [(name: [UInt8], value: [UInt8])])
    case noMatch
    /// An expression was given up at its limit: whether it matches is not known.
    case exhausted
  }
}
