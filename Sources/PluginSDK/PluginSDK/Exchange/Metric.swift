// SPDX-License-Identifier: Apache-2.0

/// What a call measured. It counts when the call's reply does.
public struct MetricList: Sendable {
  var metrics: [Metric] = []

  /// Adds to a counter.
  public mutating func count(
    _ name: String, by amount: Double = 1, _ labels: KeyValuePairs<String, String> = [:]
  ) {
    metrics.append(Metric(name: name, kind: .counter, value: amount, labels: Array(labels)))
  }

  /// Sets a gauge.
  public mutating func gauge(
    _ name: String, _ value: Double, _ labels: KeyValuePairs<String, String> = [:]
  ) {
    metrics.append(Metric(name: name, kind: .gauge, value: value, labels: Array(labels)))
  }

  /// Adds a value to a histogram.
  public mutating func observe(
    _ name: String, _ value: Double, _ labels: KeyValuePairs<String, String> = [:]
  ) {
    metrics.append(Metric(name: name, kind: .histogram, value: value, labels: Array(labels)))
  }
}

/// One measurement.
package struct Metric: Sendable {
  package enum Kind: Sendable { case counter, gauge, histogram }

  package let name: String
  package let kind: Kind
  package let value: Double
  package let labels: [(key: String, value: String)]
}
