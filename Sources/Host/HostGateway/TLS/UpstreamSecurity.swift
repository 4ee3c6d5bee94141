// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostPools
import HostTLS

/// How a service's upstream is known, and the gateway to it, where the service says so.
final class UpstreamSecurity: OriginSecurity {
  /// Of two services that ask for the same the connections are the same.
  struct Wish: Hashable {
    var trust: TLSContext.Trust
    var identity: TLSKeyPair?
    var verifyDepth: Int?
    /// Whether upstreams may choose HTTP/2.
    var offersHTTP2: Bool
  }

  let wish: Wish
  let context: TLSContext
  /// For connections that will carry another protocol, which is asked for in HTTP/1.1.
  let contextOfHTTP1: TLSContext

  init(_ wish: Wish) throws(TLSConfigurationError) {
    self.wish = wish
    contextOfHTTP1 = try TLSContext(
      client: wish.trust, identity: wish.identity, applicationProtocols: ["http/1.1"],
      verifyDepth: wish.verifyDepth)
    context =
      wish.offersHTTP2
      ? try TLSContext(
        client: wish.trust, identity: wish.identity, applicationProtocols: ["h2", "http/1.1"],
        verifyDepth: wish.verifyDepth) : contextOfHTTP1
  }
}

/// Those of a configuration.
struct UpstreamSecurities: Sendable {
  /// By the index of the service; none for services that ask for nothing of their own.
  private var byService: [Int: UpstreamSecurity] = [:]

  init() {}

  /// - Parameters:
  ///   - trusted: the host's own file of trusted certificates.
  ///   - offersHTTP2: whether upstreams may choose HTTP/2.
  ///   - former: of the configuration before: what has not changed is kept, and with it the connections.
  /// - Throws: all that is wrong with the certificates, each with its place; never what is in them.
  init(
    _ configuration: GatewayConfiguration, trusted: String?, offersHTTP2: Bool,
    former: UpstreamSecurities?
  ) throws(GatewayConfiguration.Invalid) {
    var errors = Self.errors(in: configuration.authorities)
    guard errors.isEmpty else { throw GatewayConfiguration.Invalid(errors: errors) }
    var known: [UpstreamSecurity.Wish: UpstreamSecurity] = [:]
    for security in former?.byService.values.map({ $0 }) ?? [] { known[security.wish] = security }
    for (index, service) in configuration.services.enumerated() where service.tls != ServiceTLS() {
      let wish = UpstreamSecurity.Wish(
        service.tls, in: configuration, trusted: trusted, offersHTTP2: offersHTTP2)
      do throws(TLSConfigurationError) {
        if known[wish] == nil { known[wish] = try UpstreamSecurity(wish) }
        byService[index] = known[wish]
      } catch {
        let field = error.file == nil ? "" : "client_certificate"
        let place = field.isEmpty ? service.place : service.place[field]
        errors.append(ConfigurationError(place, error.reason, line: service.line))
      }
    }
    guard errors.isEmpty else { throw GatewayConfiguration.Invalid(errors: errors) }
  }

  subscript(service: Int?) -> UpstreamSecurity? { service.flatMap { byService[$0] } }

  private static func errors(in authorities: [CACertificate]) -> [ConfigurationError] {
    authorities.compactMap { authority in
      // What is missing was said where it was missed.
      guard !authority.certificate.revealed.isEmpty else { return nil }
      do throws(TLSConfigurationError) {
        try authority.certificate.source("cert").checkCertificates()
        return nil
      } catch {
        return ConfigurationError(authority.place["cert"], error.reason, line: authority.line)
      }
    }
  }
}

extension UpstreamSecurity.Wish {
  init(
    _ tls: ServiceTLS, in configuration: GatewayConfiguration, trusted: String?, offersHTTP2: Bool
  ) {
    self.offersHTTP2 = offersHTTP2
    if !tls.verifies {
      trust = .everybody
    } else if tls.authorities.isEmpty {
      trust = trusted.map { .systemAnd(file: $0) } ?? .system
    } else {
      trust = .certificates(
        tls.authorities.map { configuration.authorities[$0].certificate.source("cert") })
    }
    identity = tls.clientCertificate.map { index in
      let pair = configuration.certificates[index].pair
      return TLSKeyPair(certificates: pair.certificate.source("cert"), key: pair.key.source("key"))
    }
    verifyDepth = tls.verifyDepth
  }
}
