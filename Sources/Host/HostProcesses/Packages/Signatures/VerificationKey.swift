// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// The public half of an Ed25519 key.
package struct VerificationKey: Sendable, Equatable {
  /// 32 bytes.
  let raw: [UInt8]
  /// The SHA-256 of the 32 bytes in hexadecimal digits.
  package let id: String

  static let size = 32
  static let signatureSize = 64

  /// The first digits of a key's id, for people.
  package static func short(_ id: String) -> String { String(id.prefix(16)) }

  /// Reads what `openssl pkey -pubout` writes.
  package init(pem: [UInt8], from what: String) throws(InstalledPackage.Unusable) {
    defer { shim_ERR_clear_error() }
    // The callback: nobody is asked for the passphrase of a public key.
    let key = pem.withBIO { PEM_read_bio_PUBKEY($0, nil, { _, _, _, _ in 0 }, nil) }
    guard let key else {
      throw InstalledPackage.Unusable(
        description: "\(what) is no public key in PEM: expected 'BEGIN PUBLIC KEY'")
    }
    defer { EVP_PKEY_free(key) }
    try self.init(key, from: what)
  }

  init(_ key: OpaquePointer, from what: String) throws(InstalledPackage.Unusable) {
    var raw = [UInt8](repeating: 0, count: Self.size)
    var count = raw.count
    guard EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519,
      EVP_PKEY_get_raw_public_key(key, &raw, &count) == 1, count == Self.size
    else { throw InstalledPackage.Unusable(description: "\(what) is not an Ed25519 key") }
    guard let id = FileDigest.sha256(of: raw) else {
      throw InstalledPackage.Unusable(description: "\(what): OpenSSL has no SHA-256")
    }
    self.raw = raw
    self.id = id
  }

  /// Whether the private half made this signature of the message.
  package func isSignature(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    defer { shim_ERR_clear_error() }
    guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, raw, raw.count),
      let context = EVP_MD_CTX_new()
    else { return false }
    defer {
      EVP_MD_CTX_free(context)
      EVP_PKEY_free(key)
    }
    return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
      && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }

  /// The key in PEM.
  package var pem: [UInt8] {
    guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, raw, raw.count) else {
      return []
    }
    defer { EVP_PKEY_free(key) }
    return [UInt8].written { PEM_write_bio_PUBKEY($0, key) }
  }
}
