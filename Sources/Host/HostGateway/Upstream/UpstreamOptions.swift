// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostPools
import HostTLS

/// How the workers reach upstreams: shared by all of them, and the same as long as the host runs.
struct UpstreamOptions: Sendable {
  let tls: TLSContext
  /// For connections that will carry another protocol, which is asked for in HTTP/1.1.
  let tlsOfHTTP1: TLSContext
  /// For connections that carry lines of entries.
  let tlsOfLines: LineTLS
  /// For requests of plugins that take whoever answers.
  let unverified: UpstreamSecurity
  /// Whether requests for WebSocket are passed on as such.
  let passesWebSocket: Bool
  /// Whether upstreams with TLS may choose HTTP/2.
  let offersHTTP2: Bool
  /// Origins without TLS that speak it.
  let knownHTTP2: Set<Origin>
  let limits: UpstreamPool.Limits
  /// As ``NameLookup`` has them.
  let nameServers: String?
  let nameTimes: NameCache<String>.Times

  /// - Throws: when the trusted certificates cannot be used.
  init(_ settings: HostSettings) throws {
    let trust: TLSContext.Trust =
      settings.trustedCertificates.map { .systemAnd(file: $0) } ?? .system
    passesWebSocket = settings.upstream.webSocket
    tlsOfLines = LineTLS(trusting: try TLSContext(client: trust))
    tlsOfHTTP1 = try TLSContext(client: trust, applicationProtocols: ["http/1.1"])
    tls = try TLSContext(
      client: trust,
      applicationProtocols: settings.upstream.http2 ? ["h2", "http/1.1"] : ["http/1.1"])
    unverified = try UpstreamSecurity(
      UpstreamSecurity.Wish(trust: .everybody, offersHTTP2: settings.upstream.http2))
    offersHTTP2 = settings.upstream.http2
    knownHTTP2 = Set(
      settings.upstream.http2PriorKnowledge.map {
        Origin(isSecure: false, host: $0.host, port: $0.port)
      })
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
