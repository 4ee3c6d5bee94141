// SPDX-License-Identifier: Apache-2.0

/// The candidates of one host, by the prefixes of paths under which they are kept.
///
/// All prefixes of a path lie on one chain: from the last prefix that does not stand behind the path, by the longest
/// prefix that each of them begins with. One search finds its start. A class, so that a lookup holds it by one reference.
final class PathIndex: Sendable {
  private let prefixes: SortedBytes
  /// The longest other prefix that a prefix begins with; -1: none.
  private let parents: [Int32]
  private let leaves: [RouteLeaf]
  /// The least rank of a prefix and of all on its chain.
  private let bests: [Int32]
  /// The least rank of all.
  private let best: Int32

  init(_ leaves: [[UInt8]: RouteLeaf]) {
    let prefixes = SortedBytes(leaves.keys)
    let keys = (0..<prefixes.count).map { Array(prefixes[$0]) }
    self.prefixes = prefixes
    self.leaves = keys.compactMap { leaves[$0] }
    var parents: [Int32] = []
    var bests: [Int32] = []
    var chain: [Int] = []
    for (index, key) in keys.enumerated() {
      while let last = chain.last, !key.starts(with: keys[last]) { chain.removeLast() }
      let parent = chain.last
      parents.append(Int32(parent ?? -1))
      let own = leaves[key]?.best ?? .max
      bests.append(min(own, parent.map { bests[$0] } ?? .max))
      chain.append(index)
    }
    self.parents = parents
    self.bests = bests
    best = bests.min() ?? .max
  }

  /// Looks at the leaves of all prefixes of the path, the longest first, as long as a candidate that goes before the best
  /// may be among them.
  func run(_ search: inout RouteSearch<some RouteHeaders>) {
    guard best < search.best, let start = prefixes.lastNotAfter(search.request.path) else { return }
    var index = start.index
    while index >= 0, bests[index] < search.best {
      if prefixes.length(index) <= start.common { leaves[index].run(&search) }
      index = Int(parents[index])
    }
  }
}
