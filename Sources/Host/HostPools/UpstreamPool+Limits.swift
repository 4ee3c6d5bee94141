// SPDX-License-Identifier: Apache-2.0

extension UpstreamPool {
  /// How many connections there may be, and for how long; of one event loop, as Kong's are of one worker process.
  package struct Limits: Sendable, Equatable {
    /// Connections to one origin, in use, idle and being made; nil: as many as are wanted.
    package var connections: Int?
    /// Requests that may wait where all connections to an origin are in use.
    package var waiting = 1024
    /// Idle connections kept for one origin: Kong's `upstream_keepalive_pool_size`.
    package var idle = 512
    /// Nanoseconds that a connection may be idle; 0: as long as its peer likes.
    package var idleTime: UInt64 = 60_000_000_000
    /// Requests that one connection carries in its life; at least 1.
    package var requests = 10_000

    package init() {}
  }
}
