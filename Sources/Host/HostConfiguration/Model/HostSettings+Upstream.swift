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

    package init() {}
  }
}
