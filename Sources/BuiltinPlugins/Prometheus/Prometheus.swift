// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Kong's `prometheus`: counts exchanges in Kong's metrics, which the host shows at `/metrics` of its admin API.
///
/// Measurements are part of the call's reply: an exchange counts once, however often its call was run.
@main
struct Prometheus: Plugin, CompletePhase {
  struct Config: Decodable, Sendable {
    var perConsumer: Bool
    var statusCodeMetrics: Bool
    var aiMetrics: Bool
    var latencyMetrics: Bool
    var bandwidthMetrics: Bool

    enum CodingKeys: String, CodingKey {
      case perConsumer = "per_consumer"
      case statusCodeMetrics = "status_code_metrics"
      case aiMetrics = "ai_metrics"
      case latencyMetrics = "latency_metrics"
      case bandwidthMetrics = "bandwidth_metrics"
    }
  }

  static let manifest = Manifest(
    name: "prometheus", version: "0.1.0", priority: 13, onFailure: .open)

  static let schema = ConfigSchema([
    "per_consumer": .boolean.default(false).describe(
      "whether the label `consumer` is filled in, where the client is known"),
    "status_code_metrics": .boolean.default(false).describe("`kong_http_requests_total`"),
    "ai_metrics": .boolean.default(false).describe(
      "`kong_ai_llm_…`, of AI plugins with `log_statistics`"),
    "latency_metrics": .boolean.default(false).describe(
      "`kong_kong_latency_ms`, `kong_upstream_latency_ms`, `kong_request_latency_ms`"),
    "bandwidth_metrics": .boolean.default(false).describe("`kong_bandwidth_bytes`"),
    "upstream_health_metrics": .boolean.default(false).describe(
      "accepted; there are no health checks whose outcome could be shown"),
    "wasm_metrics": .boolean.default(false).describe("accepted; there are no Wasm filters"),
  ])

  static let metrics = KongMetrics.declarations + AIMetrics.declarations

  private let config: Config

  init(config: Config, host: Host) { self.config = config }

  var completeInterest: CompleteInterest? {
    guard
      config.statusCodeMetrics || config.aiMetrics || config.latencyMetrics
        || config.bandwidthMetrics
    else { return nil }
    return CompleteInterest(variables: config.perConsumer ? [Exchange.consumer] : [])
  }

  mutating func complete(_ completed: inout CompletedExchange) {
    let exchange = Exchange(completed, perConsumer: config.perConsumer)
    // Kong counts nothing where no route has matched.
    guard !exchange.route.isEmpty else { return }
    let metrics = KongMetrics(exchange)
    if config.statusCodeMetrics { metrics.countStatus(in: &completed.metrics) }
    if config.bandwidthMetrics { metrics.countBytes(in: &completed.metrics) }
    if config.latencyMetrics { metrics.observeLatencies(in: &completed.metrics) }
    if config.aiMetrics {
      for call in AICall.all(of: completed.summary) {
        AIMetrics(call, consumer: exchange.consumer).count(in: &completed.metrics)
      }
    }
  }
}
