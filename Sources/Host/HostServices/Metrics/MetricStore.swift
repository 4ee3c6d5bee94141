// SPDX-License-Identifier: Apache-2.0

/// What plugins have measured, on one event loop: a value for each series, which is a name with its labels.
package struct MetricStore: Sendable {
  /// Series at most: a label that takes any value must not eat the memory.
  package static let limit = 10_000
  /// Bytes of a series's name with its labels.
  package static let nameLimit = 1024
  /// Buckets of a histogram.
  package static let bucketLimit = 64
  /// What names of the host's own metrics begin with.
  package static let ownPrefix = "patchbay_"

  package enum Kind: Sendable {
    /// Adds up.
    case counter
    /// The newest counts.
    case gauge
    /// How many values there were, and their sum; with declared buckets, how many of each size.
    case histogram
  }

  /// What is known of a name before anything was measured.
  package struct Declaration: Sendable {
    package var kind: Kind
    package var help: String
    /// Upper bounds, ascending.
    package var buckets: [Double]

    package init(kind: Kind, help: String, buckets: [Double] = []) {
      self.kind = kind
      self.help = help
      self.buckets = buckets
    }
  }

  private struct Family: Sendable {
    var declaration: Declaration
    var series: [String: MetricSeries] = [:]
  }

  private var families: [String: Family] = [:]
  private var count = 0
  /// Measurements that are no number, have no name that can be shown, do not fit what the name stands for, or found no room
  /// for their series.
  package private(set) var dropped = 0

  package init() {}

  /// - Parameters:
  ///   - exact: counts instead of the value, for a counter: `coefficient` × 10^`exponent`.
  ///   - declaration: what its plugin says of the name; of two the first one counts.
  ///   - time: nanoseconds.
  package mutating func record(
    _ name: String, labels: [(name: String, value: String)], _ kind: Kind, _ value: Double,
    exact: (coefficient: Int64, exponent: Int)? = nil, declared declaration: Declaration? = nil,
    time: UInt64
  ) {
    guard value.isFinite, let labels = MetricLabels.text(labels),
      exact.map({ (-64...64).contains($0.exponent) }) ?? true,
      makeSeries(name, labels, kind, declaration), kind == families[name]?.declaration.kind
    else {
      dropped += 1
      return
    }
    let bounds = families[name]?.declaration.buckets ?? []
    let isNumber = families[name]?.series[labels]?
      .record(kind, value, exact: exact, bounds: bounds, time: time)
    if isNumber == false { dropped += 1 }
  }

  /// Takes in what another event loop has.
  package mutating func merge(_ other: MetricStore) {
    dropped += other.dropped
    for (name, theirs) in other.families {
      for (labels, their) in theirs.series {
        guard makeSeries(name, labels, theirs.declaration.kind, theirs.declaration),
          let own = families[name]?.declaration, own.kind == theirs.declaration.kind,
          own.buckets == theirs.declaration.buckets
        else {
          dropped += 1
          continue
        }
        if families[name]?.series[labels]?.merge(their) == false { dropped += 1 }
      }
    }
  }

  /// By series, `name{label="value"}`; of a histogram `name_count…` and `name_sum…`.
  package var values: [String: Double] {
    var values: [String: Double] = [:]
    for (name, family) in families {
      for (labels, series) in family.series {
        let suffix = labels.isEmpty ? "" : "{\(labels)}"
        switch family.declaration.kind {
        case .counter: values[name + suffix] = series.sum.double
        case .gauge: values[name + suffix] = series.gauge
        case .histogram:
          values["\(name)_count\(suffix)"] = Double(series.counts.reduce(0, +))
          values["\(name)_sum\(suffix)"] = series.sum.double
        }
      }
    }
    return values
  }

  /// Puts everything on a page.
  package func show(on page: inout MetricPage) {
    for (name, family) in families {
      let declaration = family.declaration
      for (labels, series) in family.series {
        let value: MetricPage.Value =
          switch declaration.kind {
          case .counter: .counter(series.sum.text)
          case .gauge: .gauge(series.gauge)
          case .histogram:
            .histogram(bounds: declaration.buckets, counts: series.counts, sum: series.sum.text)
          }
        page.add(name, declaration.help, labels: labels, value)
      }
    }
  }

  /// Whether there is a series, or room for it.
  private mutating func makeSeries(
    _ name: String, _ labels: String, _ kind: Kind, _ declaration: Declaration?
  ) -> Bool {
    if families[name]?.series[labels] != nil { return true }
    guard count < Self.limit, name.utf8.count + labels.utf8.count <= Self.nameLimit,
      MetricLabels.isMetricName(name), !name.hasPrefix(Self.ownPrefix)
    else { return false }
    if families[name] == nil {
      var wanted = declaration ?? Declaration(kind: kind, help: "")
      guard wanted.kind == kind else { return false }
      wanted.buckets = kind == .histogram ? Self.usable(wanted.buckets) : []
      families[name] = Family(declaration: wanted)
    }
    // The kind is the family's, whatever comes.
    let known = families[name]?.declaration
    let counts = known.map { $0.kind == .histogram ? $0.buckets.count + 1 : 0 } ?? 0
    families[name]?.series[labels] = MetricSeries(counts: counts)
    count += 1
    return true
  }

  /// Bounds that ascend; the others mean nothing.
  private static func usable(_ buckets: [Double]) -> [Double] {
    buckets.prefix(bucketLimit).reduce(into: []) { usable, bound in
      if bound.isFinite, usable.last.map({ $0 < bound }) ?? true { usable.append(bound) }
    }
  }
}
