// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostTLS

/// Prepares the certificates of a configuration, and notes what is wrong with each.
struct CertificateReader {
  let suite: TLSCipherSuite
  private(set) var identities: [PreparedIdentity] = []
  var errors: [ConfigurationError] = []

  init(suite: TLSCipherSuite) { self.suite = suite }

  /// One whose certificate and key are files.
  mutating func read(_ identity: TLSSettings.Identity) {
    let pair = TLSKeyPair(certificates: .file(identity.certificate), key: .file(identity.key))
    prepare([pair], identity.snis, identity.clients) { error in
      let field = error.isAbout(pair.key) ? "key" : "certificate"
      return ConfigurationError(identity.place[field], "\(error)", line: identity.line)
    }
  }

  /// One whose certificate and key stand in the configuration.
  mutating func read(_ certificate: Certificate, _ clients: TLSSettings.Clients) {
    // What is missing was said where it was missed.
    guard !certificate.pair.certificate.revealed.isEmpty else { return }
    let sources = [
      certificate.pair.certificate.source("cert"), certificate.pair.key.source("key"),
      certificate.alternative?.certificate.source("cert_alt"),
      certificate.alternative?.key.source("key_alt"),
    ].compactMap { $0 }
    let pairs = stride(from: 0, to: sources.count, by: 2).map {
      TLSKeyPair(certificates: sources[$0], key: sources[$0 + 1])
    }
    prepare(pairs, certificate.snis, clients) { error in
      ConfigurationError(
        certificate.place[error.file ?? "cert"], error.reason, line: certificate.line)
    }
  }

  mutating func read(generated pair: TLSKeyPair, _ clients: TLSSettings.Clients) {
    prepare([pair], [], clients) { ConfigurationError(Place()["patchbay"]["tls"], "\($0)") }
  }

  private mutating func prepare(
    _ pairs: [TLSKeyPair], _ names: [String], _ clients: TLSSettings.Clients,
    _ describe: (TLSConfigurationError) -> ConfigurationError
  ) {
    let authorities = clients.authorities.map { [PEMSource.file($0)] } ?? []
    let verification: TLSServerIdentity.ClientVerification =
      switch clients.verification {
      case .off: .off
      case .optional: .optional(authorities)
      case .required: .required(authorities)
      }
    do throws(TLSConfigurationError) {
      identities.append(
        try PreparedIdentity(
          TLSServerIdentity(pairs: pairs, names: names, clients: verification), suite: suite))
    } catch {
      guard let authority = authorities.first, error.isAbout(authority) else {
        return errors.append(describe(error))
      }
      // Said once, however many certificates ask for it.
      let wrong = ConfigurationError(clients.place["client_ca"], "\(error)", line: clients.line)
      if !errors.contains(wrong) { errors.append(wrong) }
    }
  }
}

extension SecretString {
  /// - Parameter field: where it stands.
  func source(_ field: String) -> PEMSource { .text(revealed, name: field) }
}

extension TLSConfigurationError {
  fileprivate func isAbout(_ source: PEMSource) -> Bool { file == "\(source)" }
}
