// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import prometheus

struct PrometheusTests {
  private static let everything = #"""
    {"per_consumer":true,"status_code_metrics":true,"ai_metrics":true,"latency_metrics":true,
     "bandwidth_metrics":true,"upstream_health_metrics":true,"wasm_metrics":true}
    """#

  private func measured(
    _ config: String = everything, variables: [String: Variable] = [:],
    _ change: (inout TestSummary) -> Void = { _ in }
  ) async throws -> [CallResult.Measurement] {
    let harness = try await PluginHarness(Prometheus.self, configJSON: config)
    let exchange = try await harness.exchange(.get("/"))
    for (name, value) in variables { await exchange.set(name, value) }
    var summary = TestSummary()
    summary.serviceJSON = #"{"name":"s","host":"h"}"#
    summary.routeJSON = #"{"name":"r","id":"1"}"#
    summary.requestHeadBytes = 100
    summary.requestBytes = 20
    summary.responseHeadBytes = 50
    summary.responseBytes = 5
    summary.upstream = .milliseconds(30)
    summary.firstByte = .microseconds(32_500)
    summary.total = .milliseconds(50)
    change(&summary)
    return try await exchange.complete(summary).metrics
  }

  @Test func `an exchange is counted in Kong's names and labels`() async throws {
    let place = ["service": "s", "route": "r", "workspace": "default"]
    let known = place.merging(["consumer": ""]) { $1 }
    #expect(
      try await measured() == [
        .init(
          name: "kong_http_requests_total", value: 1,
          labels: known.merging(["code": "200", "source": "service"]) { $1 }),
        .init(
          name: "kong_bandwidth_bytes", value: 120,
          labels: known.merging(["direction": "ingress"]) { $1 }),
        .init(
          name: "kong_bandwidth_bytes", value: 55,
          labels: known.merging(["direction": "egress"]) { $1 }),
        .init(name: "kong_request_latency_ms", value: 50, labels: place),
        .init(name: "kong_upstream_latency_ms", value: 30, labels: place),
        .init(name: "kong_kong_latency_ms", value: 2.5, labels: place),
      ])
  }

  @Test func `each kind of metrics is asked for`() async throws {
    let nothing = #"{"per_consumer":true,"upstream_health_metrics":true,"wasm_metrics":true}"#
    for config in ["{}", nothing] {
      // It takes part in no exchange: nobody is asked for nothing.
      await #expect(throws: HarnessError.self) { try await measured(config) }
    }
    let names = try await measured(#"{"latency_metrics":true}"#).map(\.name)
    #expect(
      names == ["kong_request_latency_ms", "kong_upstream_latency_ms", "kong_kong_latency_ms"])
  }

  @Test func `the gateway's own response has no upstream`() async throws {
    let metrics = try await measured {
      $0.source = .plugin
      $0.status = 403
      $0.tries = 0
      $0.serviceJSON = #"{"host":"h"}"#
      $0.routeJSON = #"{"id":"1"}"#
    }
    let status = try #require(metrics.first)
    #expect(status.labels["source"] == "kong" && status.labels["code"] == "403")
    #expect(status.labels["service"] == "h" && status.labels["route"] == "1")
    #expect(metrics.map(\.name).contains("kong_upstream_latency_ms") == false)
    #expect(
      metrics.last
        == .init(
          name: "kong_kong_latency_ms", value: 32.5,
          labels: ["service": "h", "route": "1", "workspace": "default"]))
  }

  @Test func `nothing is counted where no route has matched`() async throws {
    #expect(try await measured { $0.routeJSON = "" } == [])
  }

  @Test func `a consumer is named where that is wanted`() async throws {
    let variables: [String: Variable] = ["consumer.username": .text("ann")]
    let named = try await measured(variables: variables)
    #expect(named.first?.labels["consumer"] == "ann")
    let config = #"{"status_code_metrics":true}"#
    #expect(try await measured(config, variables: variables).first?.labels["consumer"] == "")
  }

  @Test(arguments: [
    [
      ("ai.proxy.meta.provider_name", #""openai""#), ("ai.proxy.meta.request_model", #""gpt-4o""#),
      ("ai.proxy.meta.request_mode", #""stream""#), ("ai.proxy.meta.llm_latency", "812"),
      ("ai.proxy.usage.prompt_tokens", "9"), ("ai.proxy.usage.completion_tokens", "123"),
      ("ai.proxy.usage.total_tokens", "132"), ("ai.proxy.usage.cost", "0.00007515"),
    ],
    [
      (
        "ai.proxy.meta",
        #"{"provider_name":"openai","request_model":"gpt-4o","request_mode":"stream","llm_latency":812}"#
      ),
      (
        "ai.proxy.usage",
        #"{"prompt_tokens":9,"completion_tokens":123,"total_tokens":132,"cost":0.00007515}"#
      ),
    ],
  ])
  func `every AI plugin's call counts, its cost to the digit`(
    proxy: [(String, String)]
  ) async throws {
    let metrics = try await measured(#"{"ai_metrics":true}"#) {
      $0.logFields =
        proxy + [
          ("ai.ai-request-transformer.meta.provider_name", #""mistral""#),
          ("ai.ai-request-transformer.usage.total_tokens", "7"),
          ("ai.ai-request-transformer.usage.cost", "0"),
          ("ai.other.meta.plugin_id", #""no provider, no call""#), ("correlation_id", #""x""#),
        ]
    }
    func labels(_ provider: String, _ model: String, _ more: [String: String]) -> [String: String] {
      [
        "ai_provider": provider, "ai_model": model, "cache_status": "", "vector_db": "",
        "embeddings_provider": "", "embeddings_model": "", "workspace": "default", "consumer": "",
      ].merging(more) { $1 }
    }
    let whole = labels("openai", "gpt-4o", ["request_mode": "stream"])
    let other = labels("mistral", "", ["request_mode": ""])
    func tokens(_ type: String, _ count: Double) -> CallResult.Measurement {
      .init(
        name: "kong_ai_llm_tokens_total", value: count,
        labels: labels("openai", "gpt-4o", ["token_type": type]))
    }
    #expect(
      metrics == [
        .init(name: "kong_ai_llm_requests_total", value: 1, labels: whole),
        .init(
          name: "kong_ai_llm_cost_total", value: 0.00007515, labels: whole, exact: "7515e-8"),
        .init(name: "kong_ai_llm_provider_latency_ms", value: 812, labels: whole),
        tokens("prompt_tokens", 9), tokens("completion_tokens", 123), tokens("total_tokens", 132),
        .init(name: "kong_ai_llm_requests_total", value: 1, labels: other),
        .init(
          name: "kong_ai_llm_tokens_total", value: 7,
          labels: labels("mistral", "", ["token_type": "total_tokens"])),
      ])
  }

  @Test func `all that is measured is declared`() {
    let names = Prometheus.metrics.map(\.name)
    #expect(Set(names).count == names.count && names.allSatisfy { $0.hasPrefix("kong_") })
    for metric in Prometheus.metrics {
      #expect(!metric.help.isEmpty)
      #expect((metric.kind == .histogram) == !metric.buckets.isEmpty)
      #expect(metric.buckets == metric.buckets.sorted())
    }
  }

  @Test func `what measures stops nobody`() {
    #expect(Prometheus.manifest.onFailure == .open && Prometheus.manifest.priority == 13)
  }

  @Test func `a wrong config is refused with its place`() async throws {
    let found = try await PluginHarness.diagnostics(
      Prometheus.self, configJSON: #"{"ai_metrics":"yes"}"#)
    #expect(found == [ConfigDiagnostic("/ai_metrics", "expected a boolean")])
  }
}
