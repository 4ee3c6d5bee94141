// SPDX-License-Identifier: Apache-2.0

extension HostSettings {
  /// How upstreams are reached. Numbers of connections are those of one event loop to one origin, as Kong's are of one
  /// worker process.
  package struct Upstream: Sendable, Equatable {
    /// Idle connections that are kept.
    package var keepalivePoolSize = 512
    /// Requests that one connection carries.
    package var keepaliveMaxRequests = 10_000
    /// Seconds that a connection may be idle; 0: as long as the upstream likes.
    package var keepaliveIdleTimeout = 60
    /// Connections, in use and idle; nil: as many as are wanted.
    package var maxConnections: Int?
    /// Requests that may wait for one of `maxConnections`.
    package var maxWaiting = 1024
    /// Whether upstreams with TLS are offered HTTP/2.
    package var http2 = true
    /// Upstreams without TLS that speak HTTP/2.
    package var http2PriorKnowledge: [Address] = []
    /// Whether requests for WebSocket are passed on as such.
    package var webSocket = true
    /// Name servers; none: those of resolv.conf.
    package var dnsResolver: [Address] = []
    /// Seconds that addresses are used beyond their time, when they cannot be looked up again.
    package var dnsStaleTTL = 3600
    /// Seconds that a name that does not exist is not looked up again.
    package var dnsNotFoundTTL = 30
    /// The same after an error of the name servers.
    package var dnsErrorTTL = 1
    /// Seconds that addresses hold, in place of what the name servers say.
    package var dnsValidTTL: Int?

    package init() {}
  }
}
