// SPDX-License-Identifier: Apache-2.0

import HostTLS
import NIOCore
import NIOEmbedded
import Testing

/// Who is believed to be who: the chain, the time, the name.
struct VerificationTests {
  private let certificates: Certificates

  init() throws { certificates = try Certificates.shared.get() }

  /// How a handshake ends; nil: well.
  private func outcome(
    _ identity: Certificates.Identity, expected name: String, trust: TLSContext.Trust? = nil
  ) throws -> TLSError.Code? {
    let server = try TLSContext(serverCertificates: identity.certificate, key: identity.key)
    let trust = trust ?? .file(certificates.authority.certificate)
    let client = try TLSContext(client: trust)
    let wire = Wire(
      try End(client, .client(serverName: name)), try End(server, .server))
    wire.client.send([1])
    try wire.connect()
    guard let code = wire.client.recorder.codes.first else {
      #expect(wire.client.recorder.agreed.count == 1)
      #expect(wire.server.recorder.received.array == [1])
      return nil
    }
    #expect(wire.client.recorder.codes.count == 1)
    #expect(wire.client.recorder.agreed.isEmpty)
    #expect(!wire.client.channel.isActive)
    // Who is not believed gets nothing, and is told why.
    #expect(wire.server.recorder.received.readableBytes == 0)
    #expect(wire.server.recorder.codes == [wire.server.recorder.codes.first])
    return code
  }

  @Test(arguments: Certificates.Kind.allCases)
  func `a certificate of a trusted authority is believed`(_ kind: Certificates.Kind) throws {
    let identity = try certificates.issue("DNS:a.example", kind: kind)
    #expect(try outcome(identity, expected: "a.example") == nil)
    #expect(
      try outcome(
        identity, expected: "a.example", trust: .systemAnd(file: certificates.authority.certificate)
      ) == nil)
    #expect(try outcome(identity, expected: "a.example", trust: .system) == .unknownIssuer)
  }

  @Test func `it must be the time of the certificate`() throws {
    let expired = try certificates.issue("DNS:a.example", days: -3..<(-1))
    #expect(try outcome(expired, expected: "a.example") == .certificateExpired)
    let early = try certificates.issue("DNS:a.example", days: 1..<2)
    #expect(try outcome(early, expected: "a.example") == .certificateNotYetValid)
  }

  @Test func `somebody trusted must vouch for it`() throws {
    let alone = try certificates.selfSigned("DNS:a.example")
    #expect(try outcome(alone, expected: "a.example") == .selfSigned)
    #expect(try outcome(alone, expected: "a.example", trust: .file(alone.certificate)) == nil)
    let stranger = try certificates.selfSigned("DNS:stranger.example")
    let strange = try certificates.issue("DNS:a.example", by: stranger)
    #expect(try outcome(strange, expected: "a.example") == .unknownIssuer)
    let client = try certificates.issue("DNS:a.example", usage: "clientAuth")
    #expect(try outcome(client, expected: "a.example") == .badCertificate)
  }

  @Test(arguments: [
    ("DNS:a.example", "a.example", true), ("DNS:a.example", "A.EXAMPLE", true),
    ("DNS:a.example", "a.example.", true), ("DNS:a.example", "b.example", false),
    ("DNS:a.example", "x.a.example", false), ("DNS:a.example", "example", false),
    ("DNS:*.a.example", "x.a.example", true), ("DNS:*.a.example", "a.example", false),
    ("DNS:*.a.example", "x.y.a.example", false), ("DNS:w*.a.example", "ww.a.example", false),
    ("DNS:*", "a.example", false), ("DNS:x.*.example", "x.a.example", false),
    ("IP:127.0.0.1", "127.0.0.1", true), ("IP:127.0.0.1", "127.0.0.2", false),
    ("IP:::1", "::1", true), ("IP:::1", "[::1]", true), ("IP:::1", "127.0.0.1", false),
    // An address is no name, nor a name an address.
    ("DNS:127.0.0.1", "127.0.0.1", false), ("IP:127.0.0.1", "localhost", false),
    ("DNS:*.0.0.1", "127.0.0.1", false),
  ])
  func `a certificate is for its names and addresses only`(
    _ names: String, _ expected: String, _ isRight: Bool
  ) throws {
    let identity = try certificates.issue(names)
    #expect(try outcome(identity, expected: expected) == (isRight ? nil : .hostMismatch))
    #expect(try outcome(identity, expected: expected, trust: .everybody) == nil)
  }

  @Test func `a name in the subject alone does not count`() throws {
    // The subject's common name is the name of the files.
    let identity = try certificates.issue("IP:10.0.0.1")
    let name = identity.certificate.split(separator: "/").last?.dropLast(4) ?? ""
    #expect(try outcome(identity, expected: String(name)) == .hostMismatch)
  }
}
