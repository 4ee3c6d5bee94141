// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// A private RSA key.
package final class RSAKey {
  /// A key that cannot be used. Says nothing of it.
  package struct Unusable: Error {
    package let message: String
  }

  private let key: OpaquePointer

  /// Reads what `openssl genrsa` and Google's service accounts have: PKCS #8 or PKCS #1 in PEM, not encrypted.
  package init(pem: [UInt8]) throws(Unusable) {
    defer { shim_ERR_clear_error() }
    let key = pem.withUnsafeBytes { bytes -> OpaquePointer? in
      guard let file = BIO_new_mem_buf(bytes.baseAddress, CInt(clamping: bytes.count)) else {
        return nil
      }
      defer { BIO_free(file) }
      // Without a passphrase to give, one that is encrypted is refused; nobody is asked at a terminal.
      return PEM_read_bio_PrivateKey(file, nil, { _, _, _, _ in -1 }, nil)
    }
    guard let key else { throw Unusable(message: "the key is no private key in PEM") }
    guard EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else {
      EVP_PKEY_free(key)
      throw Unusable(message: "the key is no RSA key")
    }
    // RFC 7518, 3.3
    guard EVP_PKEY_get_bits(key) >= 2048 else {
      EVP_PKEY_free(key)
      throw Unusable(message: "the RSA key has less than 2048 bits")
    }
    self.key = key
  }

  deinit { EVP_PKEY_free(key) }

  /// RSASSA-PKCS1-v1_5 with SHA-256.
  func signature(of message: [UInt8]) throws(Unusable) -> [UInt8] {
    defer { shim_ERR_clear_error() }
    var signature = [UInt8](repeating: 0, count: Int(EVP_PKEY_get_size(key)))
    var count = signature.count
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    guard let context, EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
      EVP_DigestSign(context, &signature, &count, message, message.count) == 1
    else { throw Unusable(message: "OpenSSL made no signature with the key") }
    return Array(signature.prefix(count))
  }
}
