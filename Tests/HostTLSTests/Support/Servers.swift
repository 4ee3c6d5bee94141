// SPDX-License-Identifier: Apache-2.0

import COpenSSL

@testable import HostTLS

extension Certificates.Identity {
  var pair: TLSKeyPair { TLSKeyPair(certificates: .file(certificate), key: .file(key)) }
}

extension TLSContext {
  /// A server with these identities; the last one is for all other names.
  static func server(
    _ identities: TLSServerIdentity..., suite: TLSCipherSuite = .intermediate,
    tickets: TicketKeys? = nil, protocols: [String] = []
  ) throws -> TLSContext {
    let prepared = try identities.map { try PreparedIdentity($0, suite: suite) }
    return try TLSContext(
      server: TLSIdentities(prepared, fallback: prepared.count - 1, suite: suite),
      tickets: tickets ?? TicketKeys(), applicationProtocols: protocols)
  }

  /// Only these versions are spoken.
  func limit(to version: CInt) {
    SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(version), nil)
    SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(version), nil)
  }
}

/// A handshake and one byte each way, so that what follows a handshake has come too.
func shakeHands(
  _ client: TLSContext, _ name: String, _ server: TLSContext,
  sessions: TLSClientSessions? = nil
) throws -> Wire {
  let wire = Wire(
    try End(client, .client(serverName: name), sessions: sessions), try End(server, .server))
  wire.client.send([1])
  try wire.connect()
  wire.server.send([2])
  try wire.run()
  return wire
}
