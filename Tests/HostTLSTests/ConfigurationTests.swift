// SPDX-License-Identifier: Apache-2.0

import HostTLS
import Testing

/// What cannot be used is refused when it is configured, with the file's name and never its text.
struct ConfigurationTests {
  private let certificates: Certificates

  init() throws { certificates = try Certificates.shared.get() }

  private func code(
    certificate: String, key: String
  ) -> TLSConfigurationError.Code? {
    do {
      _ = try TLSContext(serverCertificates: certificate, key: key)
      return nil
    } catch {
      #expect(error.file == certificate || error.file == key)
      #expect("\(error)".hasPrefix("cannot use /"))
      return error.code
    }
  }

  private func code(trust file: String) -> TLSConfigurationError.Code? {
    do {
      _ = try TLSContext(client: .file(file))
      return nil
    } catch {
      #expect(error.file == file)
      return error.code
    }
  }

  @Test(arguments: Certificates.Kind.allCases)
  func `a certificate with its key is taken`(_ kind: Certificates.Kind) throws {
    let good = try certificates.issue("DNS:a.example", kind: kind)
    #expect(code(certificate: good.certificate, key: good.key) == nil)
    // What the file says that it is.
    #expect(code(certificate: good.key, key: good.key) == .invalidCertificate)
    #expect(code(certificate: good.certificate, key: good.certificate) == .invalidKey)
    #expect(code(certificate: "/nonexistent/a.pem", key: good.key) == .unreadable)
    #expect(code(certificate: good.certificate, key: "/nonexistent/a.key") == .unreadable)
    let garbage = try certificates.file(
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    #expect(code(certificate: garbage, key: good.key) == .invalidCertificate)
    let badKey = try certificates.file(
      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    #expect(code(certificate: good.certificate, key: badKey) == .invalidKey)
    #expect(code(certificate: try certificates.file(""), key: good.key) == .invalidCertificate)
  }

  @Test func `a key of another certificate is refused, of the same kind and of another`() throws {
    let elliptic = try certificates.issue("DNS:a.example")
    let other = try certificates.issue("DNS:a.example")
    let rsa = try certificates.issue("DNS:a.example", kind: .rsa)
    #expect(code(certificate: elliptic.certificate, key: other.key) == .keyMismatch)
    #expect(code(certificate: elliptic.certificate, key: rsa.key) == .keyMismatch)
    #expect(code(certificate: rsa.certificate, key: elliptic.key) == .keyMismatch)
  }

  @Test func `an encrypted key is named so, and nobody is asked for its password`() throws {
    let good = try certificates.issue("DNS:a.example")
    let encrypted = certificates.path("encrypted.key")
    try openssl([
      "pkey", "-in", good.key, "-aes256", "-passout", "pass:secret", "-out", encrypted,
    ])
    #expect(code(certificate: good.certificate, key: encrypted) == .encryptedKey)
  }

  @Test func `a file of trusted certificates must be one`() throws {
    #expect(code(trust: certificates.authority.certificate) == nil)
    #expect(code(trust: "/nonexistent/ca.pem") == .unreadable)
    #expect(code(trust: try certificates.file("not a certificate\n")) == .invalidCertificate)
    #expect(code(trust: certificates.authority.key) == .invalidCertificate)
    #expect(throws: Never.self) { try TLSContext(client: .system) }
    #expect(throws: Never.self) {
      try TLSContext(client: .systemAnd(file: certificates.authority.certificate))
    }
  }

  @Test(arguments: [[""], ["h2", ""], [String(repeating: "a", count: 256)]])
  func `a name of ALPN has from 1 to 255 bytes`(_ names: [String]) {
    do {
      _ = try TLSContext(client: .everybody, applicationProtocols: names)
      Issue.record("\(names) were taken")
    } catch {
      #expect(error.code == .invalidApplicationProtocol)
    }
  }

  @Test func `there is an end to the names of ALPN`() {
    let many = (0..<300).map { _ in String(repeating: "a", count: 255) }
    #expect(throws: TLSConfigurationError.self) {
      try TLSContext(client: .everybody, applicationProtocols: many)
    }
  }
}
