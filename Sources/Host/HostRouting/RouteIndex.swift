// SPDX-License-Identifier: Apache-2.0

/// Finds the first candidate that a request matches without trying them all: by host, then by prefix of the path, then by
/// SNI or header. What is left is tried in order.
///
/// There is one for encrypted connections and one for others, on which SNIs do not count.
struct RouteIndex: Sendable {
  private let hosts: HostIndex
  /// By the numbers that the host index gives.
  private let groups: [PathIndex]
  /// The candidates that ask for no host.
  private let anyHost: PathIndex

  /// - Parameter candidates: in the order in which they are tried.
  init(_ candidates: [RouteCandidate], _ selectors: RouteSelectors, isSecure: Bool) {
    typealias Postings = [[UInt8]: [(key: Int32?, posting: RouteLeaf.Posting)]]
    var anyHost: Postings = [:]
    var byHost: [RouteHost: Postings] = [:]
    for (rank, candidate) in candidates.enumerated() {
      let keys = selectors.keys(of: candidate, isSecure: isSecure)
      let posting = RouteLeaf.Posting(
        rank: Int32(rank),
        isConditional: !selectors.settle(candidate, isSecure: isSecure))
      let entries = keys.isEmpty ? [(nil, posting)] : keys.map { ($0, posting) }
      let prefix = candidate.prefix
      if candidate.hosts.isEmpty { anyHost[prefix, default: []] += entries }
      for host in Set(candidate.hosts) {
        byHost[host, default: [:]][prefix, default: []] += entries
      }
    }
    func index(_ postings: Postings) -> PathIndex {
      PathIndex(postings.mapValues { RouteLeaf($0) { candidates[Int($0)].methods } })
    }
    let names = Array(byHost.keys)
    hosts = HostIndex(Dictionary(uniqueKeysWithValues: zip(names, names.indices)))
    groups = names.map { index(byHost[$0] ?? [:]) }
    self.anyHost = index(anyHost)
  }

  /// Looks wherever a candidate that matches can be.
  func run(_ search: inout RouteSearch<some RouteHeaders>) {
    let request = search.request
    hosts.forEachGroup(of: request.authority, isSecure: request.isSecure) {
      groups[$0].run(&search)
    }
    anyHost.run(&search)
  }
}
