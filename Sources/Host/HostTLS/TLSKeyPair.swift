// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Who one end of a connection is: its certificate with the chain behind it, and the private key.
package struct TLSKeyPair: Sendable, Hashable {
  /// Its own certificate, then the chain without the root.
  package let certificates: PEMSource
  /// Not encrypted.
  package let key: PEMSource

  package init(certificates: PEMSource, key: PEMSource) {
    self.certificates = certificates
    self.key = key
  }

  /// Makes it the identity of a context. One that has a pair with a key of another kind keeps both, and
  /// each peer gets the one that it can verify.
  ///
  /// - Returns: the kind of the key.
  @discardableResult
  func use(in context: OpaquePointer) throws(TLSConfigurationError) -> CInt {
    let chain = try certificates.certificates()
    guard SSL_CTX_use_certificate(context, chain[0].pointer) == 1 else {
      throw .drained(.invalidCertificate, file: certificates.name)
    }
    for certificate in chain.dropFirst() {
      X509_up_ref(certificate.pointer)
      guard shim_SSL_CTX_add0_chain_cert(context, certificate.pointer) == 1 else {
        X509_free(certificate.pointer)
        throw .drained(.invalidCertificate, file: certificates.name)
      }
    }
    let key = try key.privateKey()
    // OpenSSL's own comparison is silent about a key of another kind than the certificate's.
    guard X509_check_private_key(chain[0].pointer, key.pointer) == 1 else {
      throw .drained(.keyMismatch, file: self.key.name)
    }
    guard SSL_CTX_use_PrivateKey(context, key.pointer) == 1 else {
      throw .drained(.invalidKey, file: self.key.name)
    }
    return key.kind
  }
}
