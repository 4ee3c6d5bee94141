// SPDX-License-Identifier: Apache-2.0

/// The `patchbay.tls:` block: who the gateway is to clients that speak TLS.
package struct TLSSettings: Sendable {
  /// Which clients are let in.
  package enum ClientVerification: String, Sendable, CaseIterable {
    case off, optional, required
  }

  /// A certificate and its key, each a PEM file.
  package struct Identity: Sendable {
    package var certificate: String
    package var key: String
    /// Empty: for every name that no other certificate has.
    package var snis: [String] = []
    package var clients = Clients()
    package var place = Place()
    package var line = 0
  }

  /// Who must show a certificate, and signed by whom.
  package struct Clients: Sendable {
    package var verification = ClientVerification.off
    /// A PEM file of authorities; there is one where clients are verified.
    package var authorities: String?
    package var place = Place()
    package var line = 0
  }

  /// For names that no other certificate has.
  package var standard: Identity?
  /// For some names.
  package var certificates: [Identity] = []
  /// Where an identity says nothing of its own.
  package var clients = Clients()
  /// Kong's `ssl_cipher_suite`.
  package var cipherSuite = "intermediate"
  /// Milliseconds.
  package var handshakeTimeout = 10_000

  package init() {}
}
