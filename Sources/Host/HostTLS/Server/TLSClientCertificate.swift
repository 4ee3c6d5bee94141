// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// What a client's certificate says, which was verified: facts for logs and for who decides about requests.
package struct TLSClientCertificate: Sendable, Hashable {
  /// Distinguished names as of RFC 2253: `CN=client,O=Example`.
  package let subject: String
  package let issuer: String
  /// In hexadecimal digits.
  package let serial: String
  /// SHA-256 of the whole certificate, in hexadecimal digits.
  package let fingerprint: String

  /// Nil: none was asked for, or none was shown.
  init?(verifiedBy handle: OpaquePointer) {
    guard SSL_get_verify_result(handle) == Int(X509_V_OK),
      SSL_get_verify_mode(handle) & SSL_VERIFY_PEER != 0,
      let certificate = SSL_get0_peer_certificate(handle)
    else { return nil }
    subject = Self.text(of: X509_get_subject_name(certificate))
    issuer = Self.text(of: X509_get_issuer_name(certificate))
    serial = Self.hexadecimal(of: X509_get_serialNumber(certificate))
    var digest = [UInt8](repeating: 0, count: 32)
    guard X509_digest(certificate, EVP_sha256(), &digest, nil) == 1 else { return nil }
    fingerprint = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func text(of name: OpaquePointer?) -> String {
    guard let bio = BIO_new(BIO_s_mem()) else { return "" }
    defer { BIO_free(bio) }
    guard X509_NAME_print_ex(bio, name, 0, shim_XN_FLAG_RFC2253) >= 0 else { return "" }
    var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(bio))
    guard !bytes.isEmpty, BIO_read(bio, &bytes, CInt(bytes.count)) == CInt(bytes.count) else {
      return ""
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func hexadecimal(of number: UnsafePointer<ASN1_INTEGER>?) -> String {
    guard let big = ASN1_INTEGER_to_BN(number, nil) else { return "" }
    defer { BN_free(big) }
    guard let digits = BN_bn2hex(big) else { return "" }
    defer { CRYPTO_free(digits, "", 0) }
    return String(cString: digits).lowercased()
  }
}
