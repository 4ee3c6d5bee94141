// SPDX-License-Identifier: Apache-2.0

package import HostConfiguration
import HostTLS

/// Who the gateway is to clients, by the names that they ask for: what a configuration says of it, read and checked.
package struct ServerCertificates: Sendable {
  let identities: TLSIdentities
  /// Milliseconds that a client may take for its handshake.
  let handshakeTimeout: Int
  /// Clients whose name no certificate has get one that the gateway has signed itself.
  let isStandardGenerated: Bool

  /// One for the life of the process: who has accepted it once need not do so again.
  private static let generated = Result { () throws(TLSConfigurationError) in
    try SelfSignedIdentity.make()
  }

  /// Reads the certificates and keys of a configuration, files included.
  ///
  /// - Throws: all that is wrong with them, each with its place; never what is in them.
  package init(_ configuration: GatewayConfiguration) throws(GatewayConfiguration.Invalid) {
    let tls = configuration.settings.tls
    var reader = CertificateReader(
      suite: TLSCipherSuite(rawValue: tls.cipherSuite) ?? .intermediate)
    for identity in tls.certificates { reader.read(identity) }
    for certificate in configuration.certificates { reader.read(certificate, tls.clients) }
    if let standard = tls.standard {
      reader.read(standard)
    } else {
      do {
        reader.read(generated: try Self.generated.get(), tls.clients)
      } catch {
        reader.errors.append(ConfigurationError(Place()["patchbay"]["tls"], "\(error)"))
      }
    }
    guard reader.errors.isEmpty else {
      throw GatewayConfiguration.Invalid(errors: reader.errors)
    }
    identities = TLSIdentities(
      reader.identities, fallback: reader.identities.count - 1, suite: reader.suite)
    handshakeTimeout = tls.handshakeTimeout
    isStandardGenerated = tls.standard == nil
  }
}
