// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// A whole Ed25519 key: what a vendor signs with.
package struct SigningKey: ~Copyable {
  private let key: OpaquePointer
  package let publicKey: VerificationKey

  private init(
    owning key: OpaquePointer, from what: String
  ) throws(InstalledPackage.Unusable) {
    do {
      publicKey = try VerificationKey(key, from: what)
    } catch {
      EVP_PKEY_free(key)
      throw error
    }
    self.key = key
  }

  deinit { EVP_PKEY_free(key) }

  /// Reads what `openssl genpkey -algorithm ed25519` writes. One that is encrypted is asked for on the terminal.
  package init(pem: [UInt8], from what: String) throws(InstalledPackage.Unusable) {
    defer { shim_ERR_clear_error() }
    guard let key = pem.withBIO({ PEM_read_bio_PrivateKey($0, nil, nil, nil) }) else {
      throw InstalledPackage.Unusable(
        description: "\(what) is no private key in PEM, or its passphrase is another: "
          + "expected 'BEGIN PRIVATE KEY'")
    }
    try self.init(owning: key, from: what)
  }

  /// A new key.
  package static func generate() throws(InstalledPackage.Unusable) -> SigningKey {
    defer { shim_ERR_clear_error() }
    var key: OpaquePointer?
    let context = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nil)
    defer { EVP_PKEY_CTX_free(context) }
    guard let context, EVP_PKEY_keygen_init(context) == 1,
      EVP_PKEY_keygen(context, &key) == 1, let key
    else { throw InstalledPackage.Unusable(description: "OpenSSL made no Ed25519 key") }
    return try SigningKey(owning: key, from: "the new key")
  }

  /// The signature of a message, 64 bytes.
  package func signature(of message: [UInt8]) throws(InstalledPackage.Unusable) -> [UInt8] {
    defer { shim_ERR_clear_error() }
    var signature = [UInt8](repeating: 0, count: VerificationKey.signatureSize)
    var count = signature.count
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    guard let context, EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
      EVP_DigestSign(context, &signature, &count, message, message.count) == 1,
      count == signature.count
    else { throw InstalledPackage.Unusable(description: "OpenSSL made no signature") }
    return signature
  }

  /// The private key in PEM, not encrypted.
  package var pem: [UInt8] {
    [UInt8].written { PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) }
  }
}
