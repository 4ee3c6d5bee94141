// SPDX-License-Identifier: Apache-2.0

/// How long a client may take, in nanoseconds. The names in comments are nginx's and those of `patchbay.limits`.
package struct ClientTimeouts: Sendable, Equatable {
  /// `client_header_timeout`: for a whole head, from its first byte; of the first one from the accept on.
  package var head: UInt64 = 60_000_000_000
  /// `client_body_timeout`: between two reads of a body.
  package var body: UInt64 = 60_000_000_000
  /// `keepalive_timeout`: between a response and the next request.
  package var idle: UInt64 = 75_000_000_000
  /// `send_timeout`: in which a client takes nothing of a response.
  package var send: UInt64 = 60_000_000_000

  package init() {}

  /// How often the deadlines are looked at, so that none is missed by more than a quarter of the shortest, nor by more than
  /// a second.
  package var sweep: UInt64 {
    // Without keep-alive no connection is idle.
    let shortest = min(head, body, idle == 0 ? .max : idle, send)
    return min(max(shortest / 4, 10_000_000), 1_000_000_000)
  }
}
