// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Kong's metrics of a call of a model, with the labels of 3.12.
struct AIMetrics {
  private static let requests = "kong_ai_llm_requests_total"
  private static let cost = "kong_ai_llm_cost_total"
  private static let latency = "kong_ai_llm_provider_latency_ms"
  private static let tokens = "kong_ai_llm_tokens_total"

  static let declarations: [MetricDeclaration] = [
    .counter(requests, "AI requests total per ai_provider in Kong"),
    .counter(cost, "AI requests cost per ai_provider/cache in Kong"),
    .counter(tokens, "AI tokens total per ai_provider/cache in Kong"),
    .histogram(
      latency, "AI latencies per ai_provider in Kong",
      buckets: [
        250, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500, 5000, 10_000, 30_000, 60_000,
      ]),
  ]

  private let call: AICall
  private let consumer: String

  init(_ call: AICall, consumer: String) {
    self.call = call
    self.consumer = consumer
  }

  func count(in metrics: inout MetricList) {
    let labels = labels
    metrics.count(Self.requests, labels)
    if let cost = call.number("usage.cost"), cost.double > 0 {
      metrics.count(Self.cost, exactly: cost, labels)
    }
    if let latency = call.number("meta.llm_latency"), latency.double > 0 {
      metrics.observe(Self.latency, latency.double, labels)
    }
    for type in ["prompt_tokens", "completion_tokens", "total_tokens"] {
      guard let count = call.number("usage.\(type)"), count.double > 0 else { continue }
      metrics.count(Self.tokens, by: count.double, tokenLabels(type))
    }
  }

  private var labels: KeyValuePairs<String, String> {
    [
      "ai_provider": call.text("meta.provider_name"), "ai_model": call.text("meta.request_model"),
      "cache_status": call.text("cache.cache_status"), "vector_db": call.text("cache.vector_db"),
      "embeddings_provider": call.text("cache.embeddings_provider"),
      "embeddings_model": call.text("cache.embeddings_model"),
      "request_mode": call.text("meta.request_mode"), "workspace": KongMetrics.workspace,
      "consumer": consumer,
    ]
  }

  /// The one metric without the mode.
  private func tokenLabels(_ type: String) -> KeyValuePairs<String, String> {
    [
      "ai_provider": call.text("meta.provider_name"), "ai_model": call.text("meta.request_model"),
      "cache_status": call.text("cache.cache_status"), "vector_db": call.text("cache.vector_db"),
      "embeddings_provider": call.text("cache.embeddings_provider"),
      "embeddings_model": call.text("cache.embeddings_model"), "token_type": type,
      "workspace": KongMetrics.workspace, "consumer": consumer,
    ]
  }
}
