// SPDX-License-Identifier: Apache-2.0

/// Why a TLS connection could not be made, or ended otherwise than TLS ends. Never holds key material
/// or anything that the peer sent.
package struct TLSError: Error, Hashable, Sendable {
  /// What happened: stable, for programs.
  package enum Code: String, Sendable, CaseIterable {
    case certificateExpired = "certificate_expired"
    case certificateNotYetValid = "certificate_not_yet_valid"
    case certificateRevoked = "certificate_revoked"
    /// The chain ends in a certificate that signed itself and is not trusted.
    case selfSigned = "self_signed"
    /// The chain does not lead to a trusted certificate.
    case unknownIssuer = "unknown_issuer"
    /// The certificate is for another name or address.
    case hostMismatch = "host_mismatch"
    /// The certificate fails verification for another reason.
    case badCertificate = "bad_certificate"
    /// The peer does not accept our certificate, or asks for one that we do not have.
    case peerRejectedCertificate = "peer_rejected_certificate"
    /// No version of the protocol that both ends allow.
    case protocolVersion = "protocol_version"
    /// No application protocol (ALPN) that both ends speak.
    case applicationProtocol = "application_protocol"
    /// No common ground otherwise: ciphers, curves, signature algorithms.
    case handshakeFailure = "handshake_failure"
    /// The peer closed the connection before the handshake was over.
    case handshakeInterrupted = "handshake_interrupted"
    /// What the peer sends is not TLS.
    case notTLS = "not_tls"
    /// The connection ended without close_notify: what was received may be cut (RFC 8446, 6.1).
    case truncated
    /// The peer ended the connection by an alert that no other code names.
    case alertReceived = "alert_received"
    /// A record that cannot be authentic, or a message that the protocol does not allow here.
    case protocolViolation = "protocol_violation"
    /// The name to verify is neither a DNS name nor an address.
    case invalidServerName = "invalid_server_name"
    /// OpenSSL could not do its work, usually for want of memory.
    case libraryFailure = "library_failure"
  }

  /// What happened.
  package let code: Code
  /// The same for people, with what OpenSSL knows.
  package let reason: String
}

extension TLSError: CustomStringConvertible {
  package var description: String { "\(code.rawValue): \(reason)" }
}
