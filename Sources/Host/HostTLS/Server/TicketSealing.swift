// SPDX-License-Identifier: Apache-2.0

import COpenSSL

extension TicketKeys {
  /// Fetched once: OpenSSL would look for it under a lock each time.
  nonisolated(unsafe) private static let cipher = EVP_CIPHER_fetch(nil, "AES-256-CBC", nil)

  /// Has the tickets of a context's connections sealed and opened with the keys of each connection's context.
  static func seal(ticketsOf context: OpaquePointer) {
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context) { handle, name, vector, cipher, mac, seals in
      guard let handle, let name, let vector, let cipher, let mac,
        let keys = TLSContext.of(handle)?.server?.tickets
      else { return -1 }
      guard seals == 0 else { return keys.seal(name, vector, cipher, mac) }
      let opened = keys.open(name, vector, cipher, mac)
      // Clients of TLS 1.3 use a ticket once, and so need another.
      return opened == 1 && SSL_version(handle) >= TLS1_3_VERSION ? 2 : opened
    }
  }

  /// - Returns: what OpenSSL wants to hear: 1, or negative for an error.
  private func seal(
    _ name: UnsafeMutablePointer<UInt8>, _ vector: UnsafeMutablePointer<UInt8>,
    _ cipher: OpaquePointer, _ mac: OpaquePointer
  ) -> CInt {
    let key = newest
    name.update(from: key.name, count: TicketKey.nameSize)
    guard RAND_bytes(vector, EVP_CIPHER_get_iv_length(Self.cipher)) == 1,
      EVP_EncryptInit_ex(cipher, Self.cipher, nil, key.cipherKey, vector) == 1,
      shim_ticket_mac_init(mac, key.macKey) == 1
    else { return -1 }
    return 1
  }

  /// - Returns: 0: the key is not here any more, which means a full handshake; 2: a new ticket is due.
  private func open(
    _ name: UnsafePointer<UInt8>, _ vector: UnsafePointer<UInt8>, _ cipher: OpaquePointer,
    _ mac: OpaquePointer
  ) -> CInt {
    guard let (key, isNewest) = key(named: name) else { return 0 }
    guard shim_ticket_mac_init(mac, key.macKey) == 1,
      EVP_DecryptInit_ex(cipher, Self.cipher, nil, key.cipherKey, vector) == 1
    else { return -1 }
    return isNewest ? 1 : 2
  }
}
