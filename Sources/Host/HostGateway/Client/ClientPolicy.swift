// SPDX-License-Identifier: Apache-2.0

import HostClients
import HostConfiguration
import HostHTTP
import NIOCore

/// What the operator has set for clients, as the event loops use it.
final class ClientPolicy: Sendable {
  let head: HeadLimits
  let timeouts: ClientTimeouts
  /// Requests of one connection at most.
  let keepaliveRequests: Int
  let trusted: TrustedAddresses
  let realIPHeader: RealIPHeader
  let headers: InjectedHeaders
  let upstreamHeaders: InjectedHeaders
  let errorType: ErrorType
  /// The host's name and version, for `Server` and `Via`.
  let token: String
  /// What a hop of HTTP/1.1 adds to `Via`.
  let via: [UInt8]

  init(_ settings: HostSettings, version: String) {
    let clients = settings.clients
    var head = HeadLimits()
    head.head = settings.requestHead
    head.fields = settings.headerCount
    head.target = clients.requestTarget
    self.head = head
    func nanoseconds(_ milliseconds: Int) -> UInt64 { UInt64(milliseconds) * 1_000_000 }
    var timeouts = ClientTimeouts()
    timeouts.head = nanoseconds(clients.headerTimeout)
    timeouts.body = nanoseconds(clients.bodyTimeout)
    timeouts.idle = nanoseconds(clients.keepaliveTimeout)
    timeouts.send = nanoseconds(clients.sendTimeout)
    self.timeouts = timeouts
    keepaliveRequests = clients.keepaliveTimeout == 0 ? 1 : clients.keepaliveRequests
    trusted = TrustedAddresses(clients.trustedIPs, isRecursive: clients.isRealIPRecursive)
    realIPHeader = clients.realIPHeader
    headers = InjectedHeaders(clients.headers)
    upstreamHeaders = InjectedHeaders(clients.upstreamHeaders)
    errorType = clients.errorDefaultType
    token = "patchbay/\(version)"
    via = Array("1.1 \(token)".utf8)
  }

  /// Bytes that the system keeps unsent for a client at most (TCP_NOTSENT_LOWAT). Without it they are megabytes: they cost
  /// memory that nobody counts, and hide for minutes whether a slow client reads at all.
  static let unsentLimit = (name: NIOBSDSocket.Option(rawValue: 25), bytes: 128 << 10)

  /// How many clients there may be: as many as descriptors allow with one for an upstream for each, where nothing else
  /// is set.
  static func counts(_ settings: ClientSettings) -> ConnectionCounts {
    ConnectionCounts(
      limit: min(settings.connections ?? .max, max(DescriptorLimit.current / 2, 64)),
      limitOfAddress: settings.connectionsOfAddress)
  }
}

/// The headers that are added, to be asked for with each message.
struct InjectedHeaders: Sendable {
  let server: Bool
  let via: Bool
  let upstreamLatency: Bool
  let proxyLatency: Bool
  let responseLatency: Bool
  let upstreamStatus: Bool
  let kongRequestID: Bool

  init(_ headers: Set<InjectedHeader>) {
    server = headers.contains(.server)
    via = headers.contains(.via)
    upstreamLatency = headers.contains(.upstreamLatency)
    proxyLatency = headers.contains(.proxyLatency)
    responseLatency = headers.contains(.responseLatency)
    upstreamStatus = headers.contains(.upstreamStatus)
    kongRequestID = headers.contains(.kongRequestID)
  }
}
