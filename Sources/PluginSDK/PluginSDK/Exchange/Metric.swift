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

  /// Adds to a counter a decimal number without rounding it, as it stands in JSON. What is no number, or has more than 18
  /// digits, is added as nearly as floating point has it.
  public mutating func count(
    _ name: String, exactly amount: JSONNumber, _ labels: KeyValuePairs<String, String> = [:]
  ) {
    metrics.append(
      Metric(
        name: name, kind: .counter, value: amount.double, labels: Array(labels),
        exact: WireDecimal(amount.text)))
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
  package let name: String
  package let kind: MetricDeclaration.Kind
  package let value: Double
  package let labels: [(key: String, value: String)]
  /// Counts instead of the value.
  package var exact: WireDecimal?
}
