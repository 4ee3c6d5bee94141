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
    finish(record, "upstream.")
    return upstream
  }
}
