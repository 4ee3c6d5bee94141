// SPDX-License-Identifier: Apache-2.0

import HostTLS
import NIOCore

/// What a worker's listeners speak TLS with. Immutable: another one takes its place for new connections, and those that
/// are there go on with theirs.
final class ServerTLS: Sendable {
  /// Grows with each: of two the worker keeps the newer, in whatever order they come.
  let number: UInt64
  let certificates: ServerCertificates
  let tickets: TicketKeys
  private let http1: TLSContext
  private let http2: TLSContext

  /// Protocols that listeners offer by ALPN. `h2` is among them where it is spoken: see
  /// ``Worker/serve(_:_:)``.
  private static let protocols = ["http/1.1"]
  private static let protocolsWithHTTP2 = ["http/1.1"]

  init(
    number: UInt64, _ certificates: ServerCertificates, _ tickets: TicketKeys
  ) throws(TLSConfigurationError) {
    self.number = number
    self.certificates = certificates
    self.tickets = tickets
    http1 = try TLSContext(
      server: certificates.identities, tickets: tickets, applicationProtocols: Self.protocols)
    http2 = try TLSContext(
      server: certificates.identities, tickets: tickets,
      applicationProtocols: Self.protocolsWithHTTP2)
  }

  func context(offeringHTTP2: Bool) -> TLSContext { offeringHTTP2 ? http2 : http1 }

  var handshakeTimeout: TimeAmount { .milliseconds(Int64(certificates.handshakeTimeout)) }
}
