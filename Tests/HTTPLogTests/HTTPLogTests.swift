// SPDX-License-Identifier: Apache-2.0

import PluginProtocol
import PluginSDK
import PluginTesting
import Testing

@testable import http_log

struct HTTPLogTests {
  private func queue(_ config: String) async throws -> QueueMessage {
    let harness = try await PluginHarness(HTTPLog.self, configJSON: config)
    #expect(harness.queues.count == 1)
    return try #require(harness.queues.first)
  }

  private func http(_ queue: QueueMessage) throws -> QueueMessage.HTTP {
    guard case .http(let http) = queue.destination else {
      throw OtherDestination()
    }
    return http
  }

  @Test func `an entry goes to the queue, with what other plugins have logged`() async throws {
    let harness = try await PluginHarness(
      HTTPLog.self, configJSON: #"{"http_endpoint":"secret-1"}"#)
    let exchange = try await harness.exchange(.get("/a?b=c", headers: ["Authorization": "x"]))
    await exchange.respond(TestResponse(text: "hello"))
    var summary = TestSummary()
    summary.logFields = [("ai.proxy.usage.total_tokens", "12")]
    let result = try await exchange.complete(summary)
    let delivery = try #require(result.deliveries.first)
    #expect(result.deliveries.count == 1 && delivery.queue == "http")
    let entry = try JSONValue(parsing: delivery.entry)
    #expect(entry.at("/request/uri") == "/a?b=c")
    #expect(entry.at("/request/headers/authorization") == "REDACTED")
    #expect(entry.at("/ai/proxy/usage/total_tokens") == 12)
    #expect(result.lines.isEmpty)
  }

  @Test func `without more than an endpoint the queue is Kong's`() async throws {
    let queue = try await queue(#"{"http_endpoint":"secret-1"}"#)
    var expected = QueueMessage()
    expected.name = "http"
    expected.batchSize = 1
    expected.coalescingDelay = 1_000_000
    expected.maxEntries = 10_000
    expected.initialRetryDelay = 10_000
    expected.maxRetryDelay = 60_000_000
    expected.maxRetryTime = 60_000_000
    expected.concurrency = 1
    var http = QueueMessage.HTTP()
    http.method = "POST"
    http.url = "secret-1"
    http.contentType = "application/json"
    http.timeout = 10_000
    http.keepalive = 60_000
    expected.destination = .http(http)
    #expect(queue == expected)
  }

  @Test func `every field reaches the host`() async throws {
    let queue = try await queue(
      #"""
      {"http_endpoint":"secret-1","method":"PUT","content_type":"application/json; charset=utf-8",
       "timeout":250.5,"keepalive":0,"headers":{"X-B":"secret-b","X-A":"secret-a"},"ssl_verify":false,
       "queue":{"max_batch_size":7,"max_coalescing_delay":0.5,"max_entries":9,"max_bytes":1000,
       "max_retry_time":-1,"initial_retry_delay":0.001,"max_retry_delay":2,"concurrency_limit":-1}}
      """#)
    #expect(queue.batchSize == 7 && queue.coalescingDelay == 500_000 && queue.maxEntries == 9)
    #expect(queue.maxBytes == 1000 && !queue.retries && queue.initialRetryDelay == 1000)
    #expect(queue.maxRetryDelay == 2_000_000 && queue.concurrency == 64)
    let http = try http(queue)
    #expect(http.method == "PUT" && http.contentType == "application/json; charset=utf-8")
    #expect(http.timeout == 251 && http.keepalive == 0 && http.isInsecure && http.isArray)
    #expect(
      http.headers == [
        .init(name: "X-A", source: .secret("secret-a")),
        .init(name: "X-B", source: .secret("secret-b")),
      ])
  }

  @Test func `deprecated fields still count, unless they have their old defaults`() async throws {
    let old = try await queue(
      #"{"http_endpoint":"s","retry_count":3,"queue_size":20,"flush_timeout":0.25}"#)
    #expect(old.batchSize == 20 && old.coalescingDelay == 250_000)
    let same = try await queue(
      #"""
      {"http_endpoint":"s","queue_size":1,"flush_timeout":2,
       "queue":{"max_batch_size":5,"max_coalescing_delay":3}}
      """#)
    #expect(same.batchSize == 5 && same.coalescingDelay == 3_000_000)
    let (_, diagnostics) = HTTPLog.schema.validate(
      ["http_endpoint": "s", "retry_count": 3, "queue_size": 20, "flush_timeout": 1])
    #expect(
      diagnostics.map(\.message) == [
        "deprecated: http-log: config.retry_count no longer works, please use config.queue.max_retry_time instead",
        "deprecated: http-log: config.queue_size is deprecated, please use config.queue.max_batch_size instead",
        "deprecated: http-log: config.flush_timeout is deprecated, please use config.queue.max_coalescing_delay instead",
      ])
    #expect(diagnostics.count { !$0.isWarning } == 0)
  }

  static let refusals: [(String, String, String)] = [
    ("{}", "/http_endpoint", "required field missing"),
    (#"{"http_endpoint":"s","method":"GET"}"#, "/method", "expected one of: POST, PUT, PATCH"),
    (
      #"{"http_endpoint":"s","content_type":"text/plain"}"#, "/content_type",
      "expected one of: application/json, application/json; charset=utf-8"
    ),
    (#"{"http_endpoint":"s","timeout":-1}"#, "/timeout", "value must be 0 or greater"),
    (
      #"{"http_endpoint":"s","headers":{"hOst":"a"}}"#, "/headers", "cannot contain 'Host' header"
    ),
    (
      #"{"http_endpoint":"s","headers":{"content-length":"1"}}"#, "/headers",
      "cannot contain 'Content-Length' header"
    ),
    (
      #"{"http_endpoint":"s","headers":{"Content-Type":"a"}}"#, "/headers",
      "cannot contain 'Content-Type' header"
    ),
    (
      #"{"http_endpoint":"s","headers":{"a b":"a"}}"#, "/headers",
      "bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', and '-'"
    ),
    (
      #"{"http_endpoint":"s","queue":{"max_batch_size":0}}"#, "/queue/max_batch_size",
      "value should be between 1 and 1000000"
    ),
    (
      #"{"http_endpoint":"s","queue":{"concurrency_limit":2}}"#, "/queue/concurrency_limit",
      "expected one of: -1, 1"
    ),
    (
      #"{"http_endpoint":"s","custom_fields_by_lua":{"a":"return 1"}}"#, "/custom_fields_by_lua",
      "Lua is not supported; let a plugin set log fields instead"
    ),
  ]

  @Test(arguments: refusals)
  func `a wrong config is refused with its place`(
    config: String, pointer: String, message: String
  ) async throws {
    let found = try await PluginHarness.diagnostics(HTTPLog.self, configJSON: config)
    #expect(found == [ConfigDiagnostic(pointer, message)])
  }

  @Test func `a log that cannot be written stops nobody`() {
    #expect(HTTPLog.manifest.onFailure == .open && HTTPLog.manifest.priority == 12)
    #expect(HTTPLog.manifest.services == [.deliver])
  }
}

private struct OtherDestination: Error {}
