// SPDX-License-Identifier: Apache-2.0

import COpenSSL

extension TLSError {
  /// OpenSSL's reason for an alert that was received is this plus the alert's number.
  private static let alertBase = SSL_AD_REASON_OFFSET

  /// What the oldest entry of the error queue means; the queue is empty afterwards.
  ///
  /// - Parameters:
  ///   - verification: of `SSL_get_verify_result`.
  ///   - serverName: whom the certificate was to be for.
  ///   - duringHandshake: whether no record was protected yet.
  static func drained(verification: Int, serverName: String?, duringHandshake: Bool) -> TLSError {
    let queued = QueuedError.drain()
    guard let queued else {
      return TLSError(code: .protocolViolation, reason: "the connection failed without a reason")
    }
    guard queued.library == ERR_LIB_SSL else {
      return TLSError(
        code: duringHandshake ? .handshakeFailure : .protocolViolation, reason: queued.text)
    }
    if queued.reason == SSL_R_CERTIFICATE_VERIFY_FAILED, verification != Int(X509_V_OK) {
      return TLSError(verification: verification, serverName: serverName)
    }
    if (alertBase..<alertBase + 256).contains(queued.reason) {
      return TLSError(
        code: code(ofAlert: queued.reason - alertBase), reason: "the peer sent: \(queued.text)")
    }
    if duringHandshake, let error = TLSError(handshakeReason: queued.reason, text: queued.text) {
      return error
    }
    return TLSError(
      code: duringHandshake ? .handshakeFailure : .protocolViolation, reason: queued.text)
  }

  private init(verification result: Int, serverName: String?) {
    let code = Self.code(ofVerification: CInt(truncatingIfNeeded: result))
    if code == .hostMismatch, let serverName {
      self.init(code: code, reason: "the peer's certificate is not for \(serverName)")
    } else {
      let text = X509_verify_cert_error_string(result).map { String(cString: $0) }
      self.init(code: code, reason: "the peer's certificate was refused: \(text ?? "unknown")")
    }
  }

  private init?(handshakeReason reason: CInt, text: String) {
    switch reason {
    case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST, SSL_R_WRONG_VERSION_NUMBER,
      SSL_R_PACKET_LENGTH_TOO_LONG, SSL_R_RECORD_LENGTH_MISMATCH:
      self.init(code: .notTLS, reason: "the peer does not speak TLS (\(text))")
    case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_VERSION_TOO_HIGH,
      SSL_R_UNKNOWN_PROTOCOL, SSL_R_WRONG_SSL_VERSION:
      self.init(code: .protocolVersion, reason: "no common version of TLS (\(text))")
    case SSL_R_NO_APPLICATION_PROTOCOL:
      self.init(code: .applicationProtocol, reason: text)
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      self.init(code: .handshakeInterrupted, reason: text)
    default: return nil
    }
  }

  private static func code(ofVerification result: CInt) -> Code {
    switch result {
    case X509_V_ERR_CERT_HAS_EXPIRED: .certificateExpired
    case X509_V_ERR_CERT_NOT_YET_VALID: .certificateNotYetValid
    case X509_V_ERR_CERT_REVOKED: .certificateRevoked
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: .selfSigned
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      .unknownIssuer
    case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: .hostMismatch
    default: .badCertificate
    }
  }

  /// Alerts are numbered in RFC 8446, section 6.
  private static func code(ofAlert alert: CInt) -> Code {
    switch alert {
    case SSL_AD_HANDSHAKE_FAILURE, SSL_AD_INSUFFICIENT_SECURITY: .handshakeFailure
    case SSL_AD_PROTOCOL_VERSION: .protocolVersion
    case SSL_AD_NO_APPLICATION_PROTOCOL: .applicationProtocol
    case SSL_AD_BAD_CERTIFICATE, SSL_AD_UNSUPPORTED_CERTIFICATE, SSL_AD_CERTIFICATE_REVOKED,
      SSL_AD_CERTIFICATE_EXPIRED, SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_UNKNOWN_CA,
      SSL_AD_ACCESS_DENIED, SSL_AD_CERTIFICATE_REQUIRED:
      .peerRejectedCertificate
    default: .alertReceived
    }
  }
}
