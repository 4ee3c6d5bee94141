// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import HostTLS

/// What is known of a client's connection before its first request.
struct ConnectionFacts: Sendable {
  /// What the ends of a TLS connection agreed on; nil: it is cleartext.
  var tls: TLSHandshakeCompleted?
  /// Who the server could be, when that decides which clients are let in.
  var identities: TLSIdentities?

  var isSecure: Bool { tls != nil }
  /// The name that the client asked for (SNI), in lower case.
  var serverName: String? { tls?.serverName }
  /// Agreed on by ALPN.
  var applicationProtocol: String? { tls?.applicationProtocol }
  /// Verified.
  var clientCertificate: TLSClientCertificate? { tls?.clientCertificate }

  /// Whether a request is for a host to which this client was not let in: it came in by the name of another, of which
  /// something else is asked (RFC 9110, 7.4).
  func misdirects(_ head: RequestHead) -> Bool {
    guard let identities, !identities.isUniform else { return false }
    return head.withAuthority { authority in
      // An address in brackets is no name that a certificate is chosen by, whatever is left of it.
      let host = authority.prefix { $0 != UInt8(ascii: ":") }
      return !identities.letsIn(
        serverName: serverName, asClientOf: String(decoding: host, as: UTF8.self))
    }
  }
}
