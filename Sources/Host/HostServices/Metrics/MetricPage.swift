// SPDX-License-Identifier: Apache-2.0

/// Metrics as Prometheus reads them: text format 0.0.4, or OpenMetrics 1.0.
package struct MetricPage: Sendable {
  package enum Format: Sendable {
    case text, openMetrics

    package var contentType: String {
      switch self {
      case .text: "text/plain; version=0.0.4; charset=utf-8"
      case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
      }
    }
  }

  package enum Value: Sendable {
    /// Spelled already: it may have more digits than floating point.
    case counter(String)
    case gauge(Double)
    /// Counts by bucket, and of what is beyond the last one.
    case histogram(bounds: [Double], counts: [UInt64], sum: String)

    fileprivate var type: String {
      switch self {
      case .counter: "counter"
      case .gauge: "gauge"
      case .histogram: "histogram"
      }
    }
  }

  private struct Family: Sendable {
    var help: String
    var samples: [(labels: String, value: Value)] = []
  }

  private var families: [String: Family] = [:]

  package init() {}

  /// Adds a sample.
  ///
  /// - Parameter labels: `a="1",b="2"`.
  package mutating func add(_ name: String, _ help: String, labels: String = "", _ value: Value) {
    families[name, default: Family(help: help)].samples.append((labels, value))
  }

  /// Adds a sample with these labels.
  package mutating func add(
    _ name: String, _ help: String, _ labels: KeyValuePairs<String, String>, _ value: Value
  ) {
    add(name, help, labels: MetricLabels.spelled(labels.map { ($0.key, $0.value) }), value)
  }

  /// Adds a counter.
  package mutating func count(
    _ name: String, _ help: String, _ labels: KeyValuePairs<String, String>, _ value: Int
  ) {
    add(name, help, labels, .counter("\(value)"))
  }

  /// Adds a counter without labels.
  package mutating func count(_ name: String, _ help: String, _ value: Int) {
    count(name, help, [:], value)
  }

  /// Adds a gauge.
  package mutating func gauge(
    _ name: String, _ help: String, _ labels: KeyValuePairs<String, String>, _ value: Int
  ) {
    add(name, help, labels, .gauge(Double(value)))
  }

  /// Adds a gauge without labels.
  package mutating func gauge(_ name: String, _ help: String, _ value: Int) {
    gauge(name, help, [:], value)
  }

  /// All of it, in the order of the names.
  package func text(_ format: Format) -> String {
    var text = ""
    for (name, family) in families.sorted(by: { $0.key < $1.key }) {
      guard let type = family.samples.first?.value.type else { continue }
      let isOpen = format == .openMetrics
      // OpenMetrics wants counters to end with _total, and names the family without it.
      let isTotal = type == "counter" && name.hasSuffix("_total")
      let title = isOpen && isTotal ? String(name.dropLast(6)) : name
      if !family.help.isEmpty { text += "# HELP \(title) \(Self.escaped(family.help, format))\n" }
      text += "# TYPE \(title) \(isOpen && type == "counter" && !isTotal ? "unknown" : type)\n"
      for sample in family.samples.sorted(by: { $0.labels < $1.labels }) {
        Self.write(name, sample.labels, sample.value, to: &text)
      }
    }
    return format == .openMetrics ? text + "# EOF\n" : text
  }

  private static func write(
    _ name: String, _ labels: String, _ value: Value, to text: inout String
  ) {
    let suffix = labels.isEmpty ? "" : "{\(labels)}"
    switch value {
    case .counter(let number): text += "\(name)\(suffix) \(number)\n"
    case .gauge(let number): text += "\(name)\(suffix) \(spelled(number))\n"
    case .histogram(let bounds, let counts, let sum):
      let front = labels.isEmpty ? "" : "\(labels),"
      var below: UInt64 = 0
      for (bound, count) in zip(bounds, counts) {
        below += count
        text += "\(name)_bucket{\(front)le=\"\(spelled(bound))\"} \(below)\n"
      }
      let all = counts.reduce(0, +)
      text += "\(name)_bucket{\(front)le=\"+Inf\"} \(all)\n"
      text += "\(name)_sum\(suffix) \(sum)\n\(name)_count\(suffix) \(all)\n"
    }
  }

  private static func escaped(_ help: String, _ format: Format) -> String {
    var text = help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    if format == .openMetrics { text = text.replacing("\"", with: "\\\"") }
    return text
  }

  /// Whole numbers without a fraction.
  static func spelled(_ value: Double) -> String {
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
  }
}
