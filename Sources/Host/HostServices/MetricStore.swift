// SPDX-License-Identifier: Apache-2.0

/// What plugins have measured, on one event loop: a number for each series, which is a name with its labels.
package struct MetricStore: Sendable {
  /// Series at most: a label that takes any value must not eat the memory.
  package static let limit = 10_000
  /// Bytes of a series's name with its labels.
  package static let nameLimit = 1024

  package enum Kind: Sendable {
    /// Adds up.
    case counter
    /// The newest counts.
    case gauge
    /// How many values there were, and their sum: two counters, `…_count` and `…_sum`.
    case histogram
  }

  private struct Series: Sendable {
    var value: Double
    var isGauge: Bool
    /// When it was measured last, by the clock of all event loops.
    var time: UInt64
  }

  private var series: [String: Series] = [:]
  /// Measurements that are no number, or found no room for their series.
  package private(set) var dropped = 0

  package init() {}

  /// - Parameter time: nanoseconds.
  package mutating func record(
    _ name: String, labels: [(name: String, value: String)], _ kind: Kind, _ value: Double,
    time: UInt64
  ) {
    // What is no number cannot be added up or shown.
    guard value.isFinite else {
      dropped += 1
      return
    }
    let labels = Self.text(labels)
    switch kind {
    case .counter: update(name + labels, value, isGauge: false, time)
    case .gauge: update(name + labels, value, isGauge: true, time)
    case .histogram:
      update("\(name)_count\(labels)", 1, isGauge: false, time)
      update("\(name)_sum\(labels)", value, isGauge: false, time)
    }
  }

  /// Takes in what another event loop has.
  package mutating func merge(_ other: MetricStore) {
    for (name, theirs) in other.series {
      update(name, theirs.value, isGauge: theirs.isGauge, theirs.time)
    }
    dropped += other.dropped
  }

  /// By series, `name{label="value"}`.
  package var values: [String: Double] { series.mapValues(\.value) }

  private mutating func update(_ name: String, _ value: Double, isGauge: Bool, _ time: UInt64) {
    guard let known = series[name] else {
      guard series.count < Self.limit, name.utf8.count <= Self.nameLimit else {
        dropped += 1
        return
      }
      series[name] = Series(value: value, isGauge: isGauge, time: time)
      return
    }
    if !isGauge {
      let sum = known.value + value
      guard sum.isFinite else {
        dropped += 1
        return
      }
      series[name] = Series(value: sum, isGauge: false, time: time)
    } else if time >= known.time {
      series[name] = Series(value: value, isGauge: true, time: time)
    }
  }

  /// In the order of their names, so that a series has one text.
  private static func text(_ labels: [(name: String, value: String)]) -> String {
    guard !labels.isEmpty else { return "" }
    let pairs = labels.sorted { $0.name < $1.name }.map { label in
      let value = label.value.reduce(into: "") { text, character in
        switch character {
        case "\\": text += "\\\\"
        case "\"": text += "\\\""
        case "\n": text += "\\n"
        default: text.append(character)
        }
      }
      return "\(label.name)=\"\(value)\""
    }
    return "{\(pairs.joined(separator: ","))}"
  }
}
