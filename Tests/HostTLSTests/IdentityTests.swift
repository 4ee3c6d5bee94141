// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import Foundation
import NIOCore
import Testing

@testable import HostTLS

/// Who a server is, by the name that it is asked for.
struct IdentityTests {
  private let certificates: Certificates
  private let client: TLSContext

  init() throws {
    certificates = try Certificates.shared.get()
    client = try TLSContext(client: .file(certificates.authority.certificate))
  }

  @Test(
    arguments: [
      ("a.example", nil), ("A.example", nil), ("x.wild.example", nil), ("api.suffix.test", nil),
      ("standard.example", nil),
      // These get the certificate for all others, which is not for them.
      ("x.y.wild.example", .hostMismatch), ("wild.example", .hostMismatch),
      ("127.0.0.1", .hostMismatch),
    ] as [(String, TLSError.Code?)])
  func `the certificate is that of the name`(_ name: String, _ code: TLSError.Code?) throws {
    let server = try TLSContext.server(
      TLSServerIdentity(
        pairs: [try certificates.issue("DNS:a.example").pair], names: ["a.example"]),
      TLSServerIdentity(
        pairs: [try certificates.issue("DNS:*.wild.example").pair], names: ["*.wild.example"]),
      TLSServerIdentity(
        pairs: [try certificates.issue("DNS:api.suffix.test").pair], names: ["api.suffix.*"]),
      TLSServerIdentity(pairs: [try certificates.issue("DNS:standard.example").pair]))
    let wire = try shakeHands(client, name, server)
    #expect(wire.client.recorder.codes.first == code)
    if code == nil {
      #expect(wire.server.recorder.agreed.map(\.serverName) == [name.lowercased()])
    }
  }

  @Test func `a client without a name is one of all others`() throws {
    let server = try TLSContext.server(
      TLSServerIdentity(
        pairs: [try certificates.issue("DNS:a.example").pair], names: ["a.example"]),
      TLSServerIdentity(pairs: [try certificates.issue("IP:127.0.0.1").pair]))
    let wire = try shakeHands(client, "127.0.0.1", server)
    #expect(wire.client.recorder.errors.isEmpty)
    #expect(wire.server.recorder.agreed.map(\.serverName) == [nil])
  }

  @Test(arguments: ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"])
  func `a name can have a certificate of each kind`(_ cipher: String) throws {
    let identity = TLSServerIdentity(
      pairs: [
        try certificates.issue("DNS:a.example").pair,
        try certificates.issue("DNS:a.example", kind: .rsa).pair,
      ])
    let client = try TLSContext(client: .file(certificates.authority.certificate))
    client.limit(to: TLS1_2_VERSION)
    SSL_CTX_set_cipher_list(client.pointer, cipher)
    let wire = try shakeHands(client, "a.example", try .server(identity))
    #expect(wire.client.recorder.agreed.map(\.cipher) == [cipher])
  }

  @Test func `two certificates of one kind are refused`() throws {
    let identity = TLSServerIdentity(
      pairs: [
        try certificates.issue("DNS:a.example").pair, try certificates.issue("DNS:b.example").pair,
      ])
    let error = #expect(throws: TLSConfigurationError.self) { _ = try PreparedIdentity(identity) }
    #expect(error?.code == .sameKeyKind)
  }

  @Test func `a certificate may be a text, which errors never show`() throws {
    let files = try certificates.issue("DNS:a.example")
    func text(_ file: String) throws -> String { try String(contentsOfFile: file, encoding: .utf8) }
    let pair = TLSKeyPair(
      certificates: .text(try text(files.certificate), name: "cert"),
      key: .text(try text(files.key), name: "key"))
    let server = try TLSContext.server(TLSServerIdentity(pairs: [pair]))
    #expect(try shakeHands(client, "a.example", server).client.recorder.errors.isEmpty)
    var shown = "\(pair) \(String(reflecting: pair))"
    dump(pair, to: &shown)
    #expect(!shown.contains("PRIVATE"))
    let swapped = TLSKeyPair(certificates: pair.certificates, key: .text("sk-secret", name: "key"))
    let error = #expect(throws: TLSConfigurationError.self) {
      _ = try PreparedIdentity(TLSServerIdentity(pairs: [swapped]))
    }
    #expect(error?.code == .invalidKey)
    #expect(error?.file == "key")
    #expect(error.map { "\($0)".contains("sk-secret") } == false)
  }

  @Test func `a generated certificate is for this machine only`() throws {
    let pair = try SelfSignedIdentity.make()
    let server = try TLSContext.server(TLSServerIdentity(pairs: [pair]))
    for (trust, code) in [
      (.everybody, nil), (.file(certificates.authority.certificate), .selfSigned),
      (.certificates([pair.certificates]), nil),
    ] as [(TLSContext.Trust, TLSError.Code?)] {
      let client = try TLSContext(client: trust)
      #expect(try shakeHands(client, "localhost", server).client.recorder.codes.first == code)
      #expect(try shakeHands(client, "127.0.0.1", server).client.recorder.codes.first == code)
    }
    let client = try TLSContext(client: .certificates([pair.certificates]))
    #expect(
      try shakeHands(client, "a.example", server).client.recorder.codes.first == .hostMismatch)
  }

  @Test func `modern is TLS 1_3 only`() throws {
    let identity = TLSServerIdentity(pairs: [try certificates.issue("DNS:a.example").pair])
    let client = try TLSContext(client: .file(certificates.authority.certificate))
    client.limit(to: TLS1_2_VERSION)
    let old = try shakeHands(client, "a.example", try .server(identity, suite: .modern))
    #expect(old.client.recorder.codes == [.protocolVersion])
    #expect(try shakeHands(client, "a.example", try .server(identity)).client.recorder.codes == [])
  }

  @Test(arguments: [
    (["h2", "http/1.1"], ["h2", "http/1.1"], "h2"),
    (["http/1.1", "h2"], ["h2", "http/1.1"], "h2"),
    (["h2", "http/1.1"], ["http/1.1"], "http/1.1"), (["http/1.1"], ["h2", "http/1.1"], "http/1.1"),
    ([], ["h2"], nil), (["h2"], [], nil),
  ])
  func `the server chooses of what the client offers`(
    _ offered: [String], _ spoken: [String], _ agreed: String?
  ) throws {
    let identity = TLSServerIdentity(pairs: [try certificates.issue("DNS:a.example").pair])
    let client = try TLSContext(
      client: .file(certificates.authority.certificate), applicationProtocols: offered)
    let wire = try shakeHands(client, "a.example", try .server(identity, protocols: spoken))
    #expect(wire.server.recorder.agreed.map(\.applicationProtocol) == [agreed])
    #expect(wire.client.recorder.agreed.map(\.applicationProtocol) == [agreed])
  }

  @Test func `a client that offers only what is not spoken is refused`() throws {
    let identity = TLSServerIdentity(pairs: [try certificates.issue("DNS:a.example").pair])
    let client = try TLSContext(
      client: .file(certificates.authority.certificate), applicationProtocols: ["h3", "h"])
    let wire = try shakeHands(client, "a.example", try .server(identity, protocols: ["h2"]))
    #expect(wire.client.recorder.codes == [.applicationProtocol])
    #expect(wire.server.recorder.codes == [.applicationProtocol])
  }
}
