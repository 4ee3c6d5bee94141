// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// An X.509 certificate of OpenSSL's, owned.
final class Certificate {
  let pointer: OpaquePointer

  init(owned pointer: OpaquePointer) { self.pointer = pointer }

  deinit { X509_free(pointer) }
}

/// A private key of OpenSSL's, owned; OpenSSL wipes it when it is freed.
final class PrivateKey {
  let pointer: OpaquePointer

  init(owned pointer: OpaquePointer) { self.pointer = pointer }

  deinit { EVP_PKEY_free(pointer) }

  /// `EVP_PKEY_RSA`, `EVP_PKEY_EC` and so on.
  var kind: CInt { EVP_PKEY_get_base_id(pointer) }
}

/// The certificates that a context verifies its peers with.
enum CertificateStore {
  /// - Returns: what was added.
  @discardableResult
  static func add(
    certificatesOf source: PEMSource, to context: OpaquePointer
  ) throws(TLSConfigurationError) -> [Certificate] {
    let certificates = try source.certificates()
    let store = SSL_CTX_get_cert_store(context)
    for certificate in certificates
    where X509_STORE_add_cert(store, certificate.pointer) != 1 {
      throw .drained(.invalidCertificate, file: source.name)
    }
    return certificates
  }
}
