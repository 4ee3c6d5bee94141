// SPDX-License-Identifier: Apache-2.0

/// What both ends agreed on. Fired through the pipeline, as a user inbound event, when the handshake
/// is over and the peer is who it must be.
package struct TLSHandshakeCompleted: Sendable, Hashable {
  /// The protocol's version, as OpenSSL names it: `TLSv1.3`.
  package let version: String
  /// The cipher suite, as OpenSSL names it: `TLS_AES_256_GCM_SHA384`.
  package let cipher: String
  /// The protocol agreed on by ALPN (RFC 7301), if any: `h2`.
  package let applicationProtocol: String?
  /// The name that the client asked for (SNI), in lower case.
  package let serverName: String?
  /// An earlier session goes on: nobody had to sign anything.
  package let isResumed: Bool
  /// What a client showed of itself to a server that asked, verified.
  package let clientCertificate: TLSClientCertificate?
}
