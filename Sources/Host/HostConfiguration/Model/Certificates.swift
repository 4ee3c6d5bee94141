// SPDX-License-Identifier: Apache-2.0

/// Kong's certificate: what the gateway shows of itself, to clients that ask for one of its names, or to the upstreams
/// of services that name it.
package struct Certificate: Sendable {
  /// PEM texts.
  package struct Pair: Sendable {
    package var certificate: SecretString
    package var key: SecretString
  }

  package var id = ""
  package var pair = Pair(certificate: SecretString(""), key: SecretString(""))
  /// With a key of another kind, for clients that verify only that.
  package var alternative: Pair?
  /// DNS names, with a star for the first label, the last one, or all.
  package var snis: [String] = []
  package var tags: [String] = []
  package var place = Place()
  package var line = 0
}

/// Kong's CA certificate: an authority that services trust to vouch for their upstreams.
package struct CACertificate: Sendable {
  package var id = ""
  /// A PEM text.
  package var certificate = SecretString("")
  package var tags: [String] = []
  package var place = Place()
  package var line = 0
}

/// How a service's upstream is known, and the gateway to it.
package struct ServiceTLS: Sendable, Hashable {
  /// Whether the upstream's chain and name are verified.
  package var verifies = true
  /// How many certificates may stand between the upstream's and a trusted one; nil: as many as OpenSSL allows.
  package var verifyDepth: Int?
  /// Indices of those who are trusted, in place of the system's; empty: the system's.
  package var authorities: [Int] = []
  /// The index of what the gateway shows of itself, if the upstream asks.
  package var clientCertificate: Int?

  package init() {}
}
