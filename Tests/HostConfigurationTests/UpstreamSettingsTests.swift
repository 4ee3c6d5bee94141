// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostConfiguration

struct UpstreamSettingsTests {
  @Test func `every field is read`() throws {
    let upstream = try GatewayConfiguration.read(
      """
      patchbay:
        upstream:
          keepalive_pool_size: 2
          keepalive_max_requests: 3
          keepalive_idle_timeout: 0
          max_connections: 5
          max_waiting: 6
          http2: false
          websocket: false
          http2_prior_knowledge: ["a:1", "[::1]:2"]
          dns_resolver: [127.0.0.53, "127.0.0.1:5353", "[::1]"]
          dns_stale_ttl: 7
          dns_not_found_ttl: 8
          dns_error_ttl: 9
          dns_valid_ttl: 10
      """
    ).settings.upstream
    #expect(upstream.keepalivePoolSize == 2)
    #expect(upstream.keepaliveMaxRequests == 3)
    #expect(upstream.keepaliveIdleTimeout == 0)
    #expect(upstream.maxConnections == 5)
    #expect(upstream.maxWaiting == 6)
    #expect(!upstream.http2)
    #expect(!upstream.webSocket)
    #expect(upstream.http2PriorKnowledge.map(\.description) == ["a:1", "[::1]:2"])
    #expect(
      upstream.dnsResolver.map(\.description) == ["127.0.0.53:53", "127.0.0.1:5353", "[::1]:53"])
    #expect(upstream.dnsStaleTTL == 7)
    #expect(upstream.dnsNotFoundTTL == 8)
    #expect(upstream.dnsErrorTTL == 9)
    #expect(upstream.dnsValidTTL == 10)
  }

  @Test(arguments: [
    (
      "keepalive_max_requests: 0",
      "keepalive_max_requests: value should be between 1 and 1000000000"
    ),
    ("max_connections: 0", "max_connections: value should be between 1 and 100000"),
    (
      "dns_resolver: [localhost]",
      "dns_resolver[0]: expected an address such as 127.0.0.53, 127.0.0.1:5353 or [::1]:53"
    ),
    ("max_conections: 1", "max_conections: unknown field; did you mean 'max_connections'?"),
  ])
  func `what is wrong is named with its place`(_ field: String, _ error: String) {
    #expect(
      GatewayConfiguration.errors("patchbay: {upstream: {\(field)}}")
        == ["patchbay.upstream.\(error) (line 2)"])
  }

  @Test func `the documentation has the defaults of the code`() throws {
    let upstream = HostSettings.Upstream()
    let defaults = [
      "keepalive_pool_size": "\(upstream.keepalivePoolSize)",
      "keepalive_max_requests": "\(upstream.keepaliveMaxRequests)",
      "keepalive_idle_timeout": "\(upstream.keepaliveIdleTimeout)",
      "max_connections": upstream.maxConnections.map { "\($0)" } ?? "none",
      "max_waiting": "\(upstream.maxWaiting)",
      "http2": "\(upstream.http2)",
      "websocket": "\(upstream.webSocket)",
      "http2_prior_knowledge": upstream.http2PriorKnowledge.isEmpty ? "none" : "",
      "dns_resolver": upstream.dnsResolver.isEmpty ? "none" : "",
      "dns_stale_ttl": "\(upstream.dnsStaleTTL)",
      "dns_not_found_ttl": "\(upstream.dnsNotFoundTTL)",
      "dns_error_ttl": "\(upstream.dnsErrorTTL)",
      "dns_valid_ttl": upstream.dnsValidTTL.map { "\($0)" } ?? "none",
    ]
    var documented: [String: String] = [:]
    for row in try SettingsTests.documented() where row.field.hasPrefix("upstream.") {
      documented[String(row.field.dropFirst("upstream.".count))] = row.standard
    }
    #expect(documented == defaults)
  }
}
