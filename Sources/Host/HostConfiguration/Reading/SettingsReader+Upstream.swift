// SPDX-License-Identifier: Apache-2.0

extension SettingsReader {
  mutating func readUpstream(
    _ value: ConfigurationValue, _ place: Place
  ) -> HostSettings.Upstream {
    var upstream = HostSettings.Upstream()
    var record = RecordReader(value, at: place)
    upstream.keepalivePoolSize =
      record.integer("keepalive_pool_size", in: 0...100_000) ?? upstream.keepalivePoolSize
    upstream.keepaliveMaxRequests =
      record.integer("keepalive_max_requests", in: 1...1_000_000_000)
      ?? upstream.keepaliveMaxRequests
    upstream.keepaliveIdleTimeout =
      record.integer("keepalive_idle_timeout", in: 0...86_400) ?? upstream.keepaliveIdleTimeout
    upstream.maxConnections = record.integer("max_connections", in: 1...100_000)
    upstream.maxWaiting = record.integer("max_waiting", in: 0...1_000_000) ?? upstream.maxWaiting
    upstream.http2 = record.boolean("http2") ?? upstream.http2
    upstream.http2PriorKnowledge = record.strings("http2_prior_knowledge") { text in
      Address(text) == nil ? "expected an address such as localhost:8080 or [::1]:8080" : nil
    }.compactMap(Address.init)
    upstream.webSocket = record.boolean("websocket") ?? upstream.webSocket
    upstream.dnsResolver = record.strings("dns_resolver") { text in
      nameServer(text) == nil
        ? "expected an address such as 127.0.0.53, 127.0.0.1:5353 or [::1]:53" : nil
    }.compactMap(nameServer)
    let seconds = 0...31_536_000
    upstream.dnsStaleTTL = record.integer("dns_stale_ttl", in: seconds) ?? upstream.dnsStaleTTL
    upstream.dnsNotFoundTTL =
      record.integer("dns_not_found_ttl", in: seconds) ?? upstream.dnsNotFoundTTL
    upstream.dnsErrorTTL = record.integer("dns_error_ttl", in: seconds) ?? upstream.dnsErrorTTL
    upstream.dnsValidTTL = record.integer("dns_valid_ttl", in: 1...31_536_000)
    finish(record, "upstream.")
    return upstream
  }

  /// An IP address with or without a port.
  private func nameServer(_ text: String) -> Address? {
    guard text.wholeMatch(of: /[0-9.:]+|\[[0-9A-Fa-f:.]+\](:[0-9]+)?/) != nil else { return nil }
    let hasPort = text.hasPrefix("[") ? !text.hasSuffix("]") : text.contains(":")
    return Address(hasPort ? text : "\(text):53")
  }
}
