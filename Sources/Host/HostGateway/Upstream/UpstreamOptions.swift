// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostPools
import HostTLS

/// How the workers reach upstreams: shared by all of them, and the same as long as the host runs.
struct UpstreamOptions: Sendable {
  let tls: TLSContext
  let limits: UpstreamPool.Limits
  /// As ``NameLookup`` has them.
  let nameServers: String?
  let nameTimes: NameCache<String>.Times

  /// - Throws: when the trusted certificates cannot be used.
  init(_ settings: HostSettings) throws {
    tls = try TLSContext(
      client: settings.trustedCertificates.map { .systemAnd(file: $0) } ?? .system)
    var limits = UpstreamPool.Limits()
    limits.connections = settings.upstream.maxConnections
    limits.waiting = settings.upstream.maxWaiting
    limits.idle = settings.upstream.keepalivePoolSize
    limits.requests = settings.upstream.keepaliveMaxRequests
    limits.idleTime = UInt64(settings.upstream.keepaliveIdleTimeout) * 1_000_000_000
    self.limits = limits
    let servers = settings.upstream.dnsResolver.map(\.description)
    nameServers = servers.isEmpty ? nil : servers.joined(separator: ",")
    func seconds(_ count: Int) -> UInt64 { UInt64(count) * 1_000_000_000 }
    var times = NameCache<String>.Times()
    times.stale = seconds(settings.upstream.dnsStaleTTL)
    times.notFound = seconds(settings.upstream.dnsNotFoundTTL)
    times.error = seconds(settings.upstream.dnsErrorTTL)
    times.valid = settings.upstream.dnsValidTTL.map(seconds)
    nameTimes = times
  }
}
