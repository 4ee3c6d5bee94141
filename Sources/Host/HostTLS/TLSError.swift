// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Why a TLS connection, or the material for one, is not what it must be. Never holds key material.
package enum TLSError: Error, Equatable, Sendable {
  /// A file of certificates or a key cannot be used.
  case unusableFile(path: String, reason: String)
  case certificateExpired
  case certificateNotYetValid
  case selfSigned
  case unknownIssuer
  /// The certificate is for another host.
  case hostMismatch
  /// The certificate is not acceptable for another reason.
  case badCertificate(reason: String)
  /// The handshake failed: no common version or cipher, or the peer's alert.
  case handshakeFailed(reason: String)
  /// The peer does not speak TLS.
  case notTLS
  /// The connection ended without TLS saying so: what was received may be cut.
  case truncated
  case failed(reason: String)
}

extension TLSError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unusableFile(let path, let reason): "cannot use \(path): \(reason)"
    case .certificateExpired: "the peer's certificate has expired"
    case .certificateNotYetValid: "the peer's certificate is not valid yet"
    case .selfSigned: "the peer's certificate, or one of its chain, is self-signed and not trusted"
    case .unknownIssuer: "the issuer of the peer's certificate is not known"
    case .hostMismatch: "the peer's certificate is for another host"
    case .badCertificate(let reason): "the peer's certificate is not acceptable: \(reason)"
    case .handshakeFailed(let reason): "the TLS handshake failed: \(reason)"
    case .notTLS: "the peer does not speak TLS"
    case .truncated: "the connection ended without TLS's own end"
    case .failed(let reason): "TLS failed: \(reason)"
    }
  }

  /// What a verification result means.
  init?(verification result: Int) {
    switch CInt(truncatingIfNeeded: result) {
    case X509_V_OK: return nil
    case X509_V_ERR_CERT_HAS_EXPIRED: self = .certificateExpired
    case X509_V_ERR_CERT_NOT_YET_VALID: self = .certificateNotYetValid
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      self = .selfSigned
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      self = .unknownIssuer
    case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: self = .hostMismatch
    default:
      self = .badCertificate(reason: String(cString: X509_verify_cert_error_string(result)))
    }
  }

  /// The newest entry of the thread's error queue, which is emptied.
  static func fromQueue() -> (reason: CInt, text: String) {
    var code: UInt = 0
    while true {
      let next = ERR_get_error()
      if next == 0 { break }
      code = next
    }
    guard code != 0 else { return (0, "unknown reason") }
    let text = ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
    return (patchbay_ERR_reason(code), text)
  }
}
