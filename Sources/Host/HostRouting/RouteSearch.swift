// SPDX-License-Identifier: Apache-2.0

/// The search for one request's route: what is known of the request, and the best candidate so far.
struct RouteSearch<Headers: RouteHeaders> {
  let request: RouteRequest
  let headers: Headers
  let candidates: [RouteCandidate]
  /// The number of the request's method; nil: no route asks for it.
  let method: UInt32?
  /// Those of ``RouteSelectors`` that the request has.
  let keys: [Int32]

  /// The rank of the best candidate so far; only those before it are of interest.
  private(set) var best = Int32.max
  /// Nil where there is none yet, or the best one's expression was given up.
  private(set) var match: RouteTable.Match?

  init(
    request: RouteRequest, headers: Headers, candidates: [RouteCandidate], method: UInt32?,
    keys: [Int32]
  ) {
    self.request = request
    self.headers = headers
    self.candidates = candidates
    self.method = method
    self.keys = keys
  }

  /// Takes a candidate whose host and prefix are those of the request, if it matches and goes before the best.
  mutating func consider(_ posting: RouteLeaf.Posting) {
    guard posting.rank < best else { return }
    let candidate = candidates[Int(posting.rank)]
    guard candidate.admits(method: method) else { return }
    let found: RouteCandidate.OnMatch =
      posting.isConditional
      ? candidate.match(request, headers)
      : .match(length: candidate.prefix.count, captures: [])
    switch found {
    case .noMatch: return
    case .exhausted: match = nil
    case .match(let length, let captures):
      match = RouteTable.Match(
        index: candidate.index, matchedLength: length, captures: captures)
    }
    best = posting.rank
  }
}
