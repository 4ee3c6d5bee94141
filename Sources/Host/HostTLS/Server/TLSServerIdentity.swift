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
