// SPDX-License-Identifier: Apache-2.0

/// The candidates that are kept under one host and one prefix, in the order in which they are tried.
struct RouteLeaf: Sendable {
  /// A candidate by its rank, which is its place in the order of all.
  struct Posting: Sendable {
    let rank: Int32
    /// Whether more than its methods is still to be looked at.
    let isConditional: Bool
  }

  /// Those that ask for nothing by which they could be found more closely.
  private(set) var open: [Posting] = []
  /// Keys of ``RouteSelectors``, in order.
  private var keys: [Int32] = []
  /// Those that ask for a key's header or SNI.
  private var lists: [[Posting]] = []
  /// The least rank of all.
  private(set) var best = Int32.max

  /// - Parameters:
  ///   - postings: in order; a nil key is of those that are open.
  ///   - methods: of a candidate.
  init(_ postings: [(key: Int32?, posting: Posting)], methods: (Int32) -> [UInt32]) {
    best = postings.map(\.posting.rank).min() ?? .max
    open = Self.reachable(postings.lazy.filter { $0.key == nil }.map(\.posting), methods)
    let selected = Dictionary(grouping: postings.filter { $0.key != nil }) { $0.key ?? 0 }
    keys = selected.keys.sorted()
    lists = keys.map { key in
      Self.reachable(selected[key, default: []].map(\.posting), methods)
    }
  }

  /// Considers those that may be the best: what asks for one of the request's keys, and what is open.
  func run(_ search: inout RouteSearch<some RouteHeaders>) {
    guard best < search.best else { return }
    if !keys.isEmpty {
      for key in search.keys { consider(key, &search) }
    }
    for posting in open {
      guard posting.rank < search.best else { break }
      search.consider(posting)
    }
  }

  private func consider(_ key: Int32, _ search: inout RouteSearch<some RouteHeaders>) {
    var (low, high) = (0, keys.count)
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] < key { low = middle + 1 } else { high = middle }
    }
    guard low < keys.count, keys[low] == key else { return }
    for posting in lists[low] { search.consider(posting) }
  }

  /// Without those for which an earlier one always stands in: there are no more left without conditions than there are
  /// methods.
  private static func reachable(
    _ postings: some Sequence<Posting>, _ methods: (Int32) -> [UInt32]
  ) -> [Posting] {
    var result: [Posting] = []
    var taken: Set<UInt32> = []
    for posting in postings {
      let own = methods(posting.rank)
      if !own.isEmpty, taken.isSuperset(of: own) { continue }
      result.append(posting)
      guard !posting.isConditional else { continue }
      if own.isEmpty { break }
      taken.formUnion(own)
    }
    return result
  }
}
