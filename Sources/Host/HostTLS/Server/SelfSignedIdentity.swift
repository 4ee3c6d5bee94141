// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// A certificate that only signs itself, with a key that never leaves memory: for a server that was given none.
package enum SelfSignedIdentity {
  private static let days = 3650

  /// ECDSA P-256, for `localhost` and the addresses of the loopback, valid for ten years.
  package static func make() throws(TLSConfigurationError) -> TLSKeyPair {
    ERR_clear_error()
    guard let key = shim_EVP_EC_gen("P-256"), let certificate = X509_new() else {
      throw .drained(.libraryFailure)
    }
    let owners = (PrivateKey(owned: key), Certificate(owned: certificate))
    defer { withExtendedLifetime(owners) {} }
    let name = X509_get_subject_name(certificate)
    guard X509_set_version(certificate, 2) == 1, giveSerial(certificate),
      X509_time_adj_ex(X509_getm_notBefore(certificate), -1, 0, nil) != nil,
      X509_time_adj_ex(X509_getm_notAfter(certificate), CInt(days), 0, nil) != nil,
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, "localhost", -1, -1, 0) == 1,
      X509_set_issuer_name(certificate, name) == 1, X509_set_pubkey(certificate, key) == 1,
      add(NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1", to: certificate),
      add(NID_basic_constraints, "critical,CA:FALSE", to: certificate),
      add(NID_ext_key_usage, "serverAuth", to: certificate),
      X509_sign(certificate, key, EVP_sha256()) > 0
    else { throw .drained(.libraryFailure) }
    return TLSKeyPair(
      certificates: .text(
        try text { PEM_write_bio_X509($0, certificate) }, name: "the generated certificate"),
      key: .text(
        try text { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) },
        name: "the generated key"))
  }

  /// Random, as certificates of one name with one number would be taken for one another.
  private static func giveSerial(_ certificate: OpaquePointer) -> Bool {
    guard let number = BN_new() else { return false }
    defer { BN_free(number) }
    return BN_rand(number, 127, 0, 0) == 1
      && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil
  }

  private static func add(_ kind: CInt, _ value: String, to certificate: OpaquePointer) -> Bool {
    guard let field = X509V3_EXT_conf_nid(nil, nil, kind, value) else { return false }
    defer { X509_EXTENSION_free(field) }
    return X509_add_ext(certificate, field, -1) == 1
  }

  private static func text(
    _ write: (OpaquePointer) -> CInt
  ) throws(TLSConfigurationError) -> String {
    guard let bio = BIO_new(BIO_s_mem()) else { throw .drained(.libraryFailure) }
    defer { BIO_free(bio) }
    guard write(bio) == 1 else { throw .drained(.libraryFailure) }
    var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(bio))
    guard BIO_read(bio, &bytes, CInt(bytes.count)) == CInt(bytes.count) else {
      throw .drained(.libraryFailure)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
