// SPDX-License-Identifier: Apache-2.0

/// Who a server is for some names, and which clients it lets in there.
package struct TLSServerIdentity: Sendable {
  /// Whether clients must show a certificate.
  package enum ClientVerification: Sendable, Hashable {
    case off
    /// One that is shown must be signed by one of these; who shows none may come in.
    case optional([PEMSource])
    /// All must show one that is signed by one of these.
    case required([PEMSource])

    var authorities: [PEMSource] {
      switch self {
      case .off: []
      case .optional(let sources), .required(let sources): sources
      }
    }
  }

  /// At least one; a second with a key of another kind, for clients that verify only that.
  package let pairs: [TLSKeyPair]
  /// DNS names; a star may stand for the first or the last label, or for all.
  package let names: [String]
  package let clients: ClientVerification

  package init(
    pairs: [TLSKeyPair], names: [String] = [], clients: ClientVerification = .off
  ) {
    self.pairs = pairs
    self.names = names
    self.clients = clients
  }
}

/// Which versions and ciphers a server takes: Mozilla's recommendations, under Kong's names for them.
package enum TLSCipherSuite: String, Sendable, CaseIterable {
  /// TLS 1.3 only.
  case modern
  /// TLS 1.2 too, with ciphers that authenticate what they encrypt and keep the past secret.
  case intermediate

  /// OpenSSL's names; those of TLS 1.3 are all good and stay.
  static let list = [
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
  ].joined(separator: ":")
}
