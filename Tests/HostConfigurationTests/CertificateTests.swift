// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostConfiguration

/// Kong's entities of TLS, and the block of our own. What certificates hold is not looked at here.
struct CertificateTests {
  private static let id = "9e2e1f46-3d6a-4a2e-8e8f-0d6a6a3a1b01"
  private static let other = "9e2e1f46-3d6a-4a2e-8e8f-0d6a6a3a1b02"

  @Test func `certificates have names below them, beside them, or none`() throws {
    let configuration = try GatewayConfiguration.read(
      """
      certificates:
        - {id: \(Self.id), cert: C1, key: K1, tags: [a], snis: [{name: a.example}, {name: "*.a.example", tags: [b]}]}
        - {id: \(Self.other), cert: C2, key: K2, cert_alt: C3, key_alt: K3, snis: ["b.*"]}
        - {cert: C4, key: K4}
      snis:
        - {name: c.example, certificate: \(Self.id)}
        - {name: "*", certificate: {id: \(Self.other)}}
      """)
    let certificates = configuration.certificates
    #expect(certificates.map(\.pair.certificate.revealed) == ["C1", "C2", "C4"])
    #expect(certificates.map(\.pair.key.revealed) == ["K1", "K2", "K4"])
    #expect(certificates[1].alternative?.certificate.revealed == "C3")
    #expect(certificates[1].alternative?.key.revealed == "K3")
    #expect(
      certificates.map(\.snis) == [["a.example", "*.a.example", "c.example"], ["b.*", "*"], []])
    #expect(certificates.map(\.id.isEmpty) == [false, false, false])
  }

  @Test func `a key comes from a vault, and is shown nowhere`() throws {
    let configuration = try GatewayConfiguration.read(
      "certificates: [{cert: '{vault://env/cert}', key: '{vault://env/key}'}]",
      environment: ["CERT": "C", "KEY": "very secret"])
    let certificate = configuration.certificates[0]
    #expect(certificate.pair.key.revealed == "very secret")
    var shown = ""
    dump(certificate, to: &shown)
    #expect(!"\(certificate) \(shown)".contains("very secret"))
  }

  @Test func `a service says how its upstream is known`() throws {
    let configuration = try GatewayConfiguration.read(
      """
      services:
        - url: https://a.example
          tls_verify: true
          tls_verify_depth: 3
          ca_certificates: [\(Self.other)]
          client_certificate: {id: \(Self.id)}
        - url: https://b.example
          tls_verify: false
          client_certificate: \(Self.id)
        - url: http://c.example
      ca_certificates: [{id: \(Self.other), cert: A, cert_digest: x}]
      certificates: [{id: \(Self.id), cert: C, key: K}]
      """)
    let tls = configuration.services.map(\.tls)
    #expect(tls.map(\.verifies) == [true, false, true])
    #expect(tls.map(\.verifyDepth) == [3, nil, nil])
    #expect(tls.map(\.authorities) == [[0], [], []])
    #expect(tls.map(\.clientCertificate) == [0, 0, nil])
    #expect(tls[2] == ServiceTLS())
    #expect(configuration.authorities.map(\.certificate.revealed) == ["A"])
  }

  @Test(arguments: [
    ("certificates: [{key: K}]", "certificates[0].cert: required field missing"),
    ("certificates: [{cert: C}]", "certificates[0].key: required field missing"),
    ("certificates: [{cert: C, key: 7}]", "certificates[0].key: expected a string"),
    ("certificates: [{cert: '', key: K}]", "certificates[0].cert: length must be at least 1"),
    (
      "certificates: [{cert: C, key: K, cert_alt: D}]",
      "certificates[0].key_alt: all or none of these fields must be set: 'cert_alt', 'key_alt'"
    ),
    (
      "certificates: [{cert: C, key: K, passphrase: x}]",
      "certificates[0].passphrase: is not supported yet"
    ),
    (
      "certificates: [{cert: C, key: K, snis: [{}]}]",
      "certificates[0].snis[0].name: required field missing"
    ),
    (
      "certificates: [{cert: C, key: K, snis: [a.*.b]}]",
      "certificates[0].snis[0]: invalid wildcard: must be placed at leftmost or rightmost label"
    ),
    (
      "certificates: [{cert: C, key: K, snis: [{name: 'a:443'}]}]",
      "certificates[0].snis[0].name: must not have a port"
    ),
    (
      "certificates: [{cert: C, key: K, snis: [a, {name: A}]}]",
      "certificates[0].snis[1].name: 'A' is taken by another one"
    ),
    ("snis: [{name: a}]", "snis[0].certificate: required field missing"),
    ("snis: [{name: a, certificate: x}]", "snis[0].certificate: there is no certificate 'x'"),
    (
      "snis: [{name: a, certificate: [x]}]",
      "snis[0].certificate: expected the id of a certificate"
    ),
    ("ca_certificates: [{}]", "ca_certificates[0].cert: required field missing"),
    ("patchbay: {tls: {certificate: a}}", "patchbay.tls.key: required field missing"),
    ("patchbay: {tls: {key: a}}", "patchbay.tls.certificate: required field missing"),
    (
      "patchbay: {tls: {certificates: [{certificate: a, key: b}]}}",
      "patchbay.tls.certificates[0].snis: required field missing"
    ),
    (
      "patchbay: {tls: {client_verify: required}}",
      "patchbay.tls.client_ca: required field missing, as clients are verified"
    ),
    (
      "patchbay: {tls: {client_verify: maybe}}",
      "patchbay.tls.client_verify: expected one of: off, optional, required"
    ),
    (
      "patchbay: {tls: {cipher_suite: old}}",
      "patchbay.tls.cipher_suite: expected one of: modern, intermediate"
    ),
    (
      "patchbay: {tls: {handshake_timeout: 0}}",
      "patchbay.tls.handshake_timeout: value should be between 1 and 3600000"
    ),
    (
      "patchbay: {tls: {certificat: a}}",
      "patchbay.tls.certificat: unknown field; did you mean 'certificate'?"
    ),
  ])
  func `what is wrong is said with its place`(_ yaml: String, _ error: String) {
    #expect(GatewayConfiguration.errors(yaml) == ["\(error) (line 2)"])
  }
}
