// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostPools
import HostTLS

/// How the workers reach upstreams: shared by all of them, and the same as long as the host runs.
struct UpstreamOptions: Sendable {
  let tls: TLSContext
  let limits: UpstreamPool.Limits

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
  }
}
