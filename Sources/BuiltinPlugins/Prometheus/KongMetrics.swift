// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Kong's metrics of an exchange, with its names, labels and buckets.
struct KongMetrics {
  /// There are no workspaces here: all is in the default one.
  static let workspace = "default"

  private static let requests = "kong_http_requests_total"
  private static let bandwidth = "kong_bandwidth_bytes"
  private static let kongLatency = "kong_kong_latency_ms"
  private static let upstreamLatency = "kong_upstream_latency_ms"
  private static let requestLatency = "kong_request_latency_ms"

  static let declarations: [MetricDeclaration] = [
    .counter(requests, "HTTP status codes per consumer/service/route in Kong"),
    .counter(bandwidth, "Total bandwidth (ingress/egress) throughput in bytes"),
    .histogram(
      kongLatency, "Latency added by Kong and enabled plugins for each service/route in Kong",
      buckets: [1, 2, 5, 7, 10, 15, 20, 30, 50, 75, 100, 200, 500, 750, 1000, 3000, 6000]),
    .histogram(
      upstreamLatency, "Latency added by upstream response for each service/route in Kong",
      buckets: upstreamBuckets),
    .histogram(
      requestLatency, "Total latency incurred during requests for each service/route in Kong",
      buckets: upstreamBuckets),
  ]

  private static let upstreamBuckets: [Double] = [
    25, 50, 80, 100, 250, 400, 700, 1000, 2000, 5000, 10_000, 30_000, 60_000,
  ]

  private let exchange: Exchange

  init(_ exchange: Exchange) { self.exchange = exchange }

  func countStatus(in metrics: inout MetricList) {
    metrics.count(
      Self.requests,
      [
        "service": exchange.service, "route": exchange.route,
        "code": String(exchange.summary.status),
        "source": exchange.summary.source == .upstream ? "service" : "kong",
        "workspace": Self.workspace, "consumer": exchange.consumer,
      ])
  }

  func countBytes(in metrics: inout MetricList) {
    let summary = exchange.summary
    count(summary.requestHeadBytes + summary.requestBytes, "ingress", in: &metrics)
    count(summary.responseHeadBytes + summary.responseBytes, "egress", in: &metrics)
  }

  private func count(_ bytes: UInt64, _ direction: String, in metrics: inout MetricList) {
    guard bytes > 0 else { return }
    metrics.count(
      Self.bandwidth, by: Double(bytes),
      [
        "service": exchange.service, "route": exchange.route, "direction": direction,
        "workspace": Self.workspace, "consumer": exchange.consumer,
      ])
  }

  /// In milliseconds, as the log has them, but with their fractions.
  func observeLatencies(in metrics: inout MetricList) {
    let summary = exchange.summary
    let total = summary.total.milliseconds
    // Of an exchange whose client left before there was a head, all is ours that was not the upstream's.
    let head = summary.firstByte > .zero ? summary.firstByte.milliseconds : total
    let upstream = summary.tries > 0 ? summary.upstream.milliseconds : nil
    observe(Self.requestLatency, total, in: &metrics)
    if let upstream { observe(Self.upstreamLatency, upstream, in: &metrics) }
    observe(Self.kongLatency, max(0, head - (upstream ?? 0)), in: &metrics)
  }

  private func observe(_ name: String, _ value: Double, in metrics: inout MetricList) {
    metrics.observe(
      name, value,
      ["service": exchange.service, "route": exchange.route, "workspace": Self.workspace])
  }
}

extension Duration {
  fileprivate var milliseconds: Double {
    Double(components.seconds) * 1000 + Double(components.attoseconds / 1_000_000_000) / 1e6
  }
}
