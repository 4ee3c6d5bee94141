// SPDX-License-Identifier: Apache-2.0

package import HostClients

/// What the `patchbay:` block says about clients: how long and how many they may be, whom they come through, and what they
/// are told. The names are nginx's and Kong's.
package struct ClientSettings: Sendable {
  /// Milliseconds.
  package var headerTimeout = 60_000
  package var bodyTimeout = 60_000
  package var sendTimeout = 60_000
  /// Milliseconds; 0: a connection is for one request.
  package var keepaliveTimeout = 75_000
  /// Requests of one connection.
  package var keepaliveRequests = 10_000
  /// Bytes.
  package var requestTarget = 16 << 10
  /// Connections at a time; nil: half of the descriptors that the system allows, as each may need one for an upstream.
  package var connections: Int?
  /// Connections from one address at a time; nil: all.
  package var connectionsOfAddress: Int?

  package var trustedIPs: [AddressBlock] = []
  package var realIPHeader = RealIPHeader.field("X-Real-IP")
  package var isRealIPRecursive = false

  /// What responses get.
  package var headers: Set<InjectedHeader> = [
    .server, .via, .upstreamLatency, .proxyLatency, .responseLatency, .kongRequestID,
  ]
  /// What requests to upstreams get.
  package var upstreamHeaders: Set<InjectedHeader> = [.kongRequestID]
  /// The type of the host's errors for clients that name none.
  package var errorDefaultType = ErrorType.json

  package init() {}
}

/// Where the client's address stands that a trusted proxy tells.
package enum RealIPHeader: Sendable, Equatable {
  /// A header of the request.
  case field(String)
  /// The PROXY header of the connection.
  case proxyProtocol
}

/// A header that the host adds; the raw value is the name in Kong's `headers` and `headers_upstream`, in lower case.
package enum InjectedHeader: String, Sendable, CaseIterable {
  case server
  case via
  case upstreamLatency = "x-kong-upstream-latency"
  case proxyLatency = "x-kong-proxy-latency"
  case responseLatency = "x-kong-response-latency"
  case upstreamStatus = "x-kong-upstream-status"
  case kongRequestID = "x-kong-request-id"

  /// Kong's words for several at once.
  static let groups: [String: [InjectedHeader]] = [
    "server_tokens": [.server, .via],
    "latency_tokens": [.upstreamLatency, .proxyLatency, .responseLatency],
  ]
}
