// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import Foundation
import NIOCore
import NIOEmbedded
import Testing

@testable import HostTLS

/// Clients that show a certificate, or must.
struct ClientVerificationTests {
  private let certificates: Certificates
  private let server: Certificates.Identity

  init() throws {
    certificates = try Certificates.shared.get()
    server = try certificates.issue("DNS:a.example", "DNS:b.example")
  }

  private var authority: PEMSource { .file(certificates.authority.certificate) }

  private func client(
    _ identity: Certificates.Identity?, version: CInt = TLS1_3_VERSION
  ) throws -> TLSContext {
    let context = try TLSContext(
      client: .file(certificates.authority.certificate), identity: identity?.pair)
    context.limit(to: version)
    return context
  }

  @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
  func `who shows a good certificate is known by it`(_ version: CInt) throws {
    let identity = try certificates.issue("DNS:client.example", usage: "clientAuth")
    for clients in [.required([authority]), .optional([authority])]
      as [TLSServerIdentity.ClientVerification]
    {
      let wire = try shakeHands(
        try client(identity, version: version), "a.example",
        try .server(TLSServerIdentity(pairs: [server.pair], clients: clients)))
      #expect(wire.server.recorder.received.array == [1])
      let known = try #require(wire.server.recorder.agreed.first?.clientCertificate)
      let name = URL(filePath: identity.certificate).deletingPathExtension().lastPathComponent
      #expect(known.subject == "CN=\(name)")
      #expect(known.issuer == "CN=authority")
      #expect(known.serial.wholeMatch(of: /[0-9a-f]{2,}/) != nil)
      #expect(known.fingerprint.wholeMatch(of: /[0-9a-f]{64}/) != nil)
    }
  }

  @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
  func `who shows none comes in only where it is optional`(_ version: CInt) throws {
    let client = try client(nil, version: version)
    let optional = try shakeHands(
      client, "a.example",
      try .server(TLSServerIdentity(pairs: [server.pair], clients: .optional([authority]))))
    #expect(optional.server.recorder.received.array == [1])
    #expect(optional.server.recorder.agreed.map(\.clientCertificate) == [nil])
    let required = try shakeHands(
      client, "a.example",
      try .server(TLSServerIdentity(pairs: [server.pair], clients: .required([authority]))))
    #expect(required.server.recorder.agreed.isEmpty)
    #expect(required.server.recorder.received.readableBytes == 0)
    #expect(!required.server.channel.isActive && !required.client.channel.isActive)
  }

  @Test(arguments: [true, false])
  func `who shows a bad one does not come in`(_ isOptional: Bool) throws {
    let stranger = try certificates.selfSigned("DNS:client.example")
    let clients: TLSServerIdentity.ClientVerification =
      isOptional ? .optional([authority]) : .required([authority])
    let context = try TLSContext.server(TLSServerIdentity(pairs: [server.pair], clients: clients))
    for (identity, code) in [
      (stranger, .selfSigned),
      (
        try certificates.issue("DNS:c.example", days: -3..<(-1), usage: "clientAuth"),
        .certificateExpired
      ),
      (try certificates.issue("DNS:c.example", usage: "serverAuth"), .badCertificate),
    ] as [(Certificates.Identity, TLSError.Code)] {
      let wire = try shakeHands(try client(identity), "a.example", context)
      #expect(wire.server.recorder.codes == [code])
      #expect(wire.server.recorder.received.readableBytes == 0)
      #expect(wire.client.recorder.codes == [.peerRejectedCertificate])
    }
  }

  @Test func `each name asks for what it needs, and a session is no way around it`() throws {
    let open = TLSServerIdentity(pairs: [server.pair], names: ["a.example"])
    let closed = TLSServerIdentity(
      pairs: [server.pair], names: ["b.example"], clients: .required([authority]))
    let context = try TLSContext.server(open, closed)
    for version in [TLS1_2_VERSION, TLS1_3_VERSION] {
      let client = try client(nil, version: version)
      let sessions = TLSClientSessions()
      let first = try shakeHands(client, "a.example", context, sessions: sessions)
      #expect(first.server.recorder.received.array == [1])
      // The session of one name is taken to another.
      sessions.copy(from: "a.example:443", to: "b.example:443")
      let second = try shakeHands(client, "b.example", context, sessions: sessions)
      #expect(second.server.recorder.agreed.isEmpty)
      #expect(second.server.recorder.received.readableBytes == 0)
    }
    let identities = try #require(context.server?.identities)
    #expect(!identities.isUniform)
    #expect(identities.letsIn(serverName: "a.example", asClientOf: "A.example"))
    #expect(!identities.letsIn(serverName: "a.example", asClientOf: "b.example"))
    #expect(!identities.letsIn(serverName: nil, asClientOf: "a.example"))
    #expect(identities.letsIn(serverName: nil, asClientOf: "other.example"))
  }

  @Test func `a session that was verified is resumed, and its client still known`() throws {
    let identity = try certificates.issue("DNS:client.example", usage: "clientAuth")
    let context = try TLSContext.server(
      TLSServerIdentity(pairs: [server.pair], clients: .required([authority])))
    for version in [TLS1_2_VERSION, TLS1_3_VERSION] {
      let client = try client(identity, version: version)
      let sessions = TLSClientSessions()
      let known = try (0..<2).map { _ in
        let wire = try shakeHands(client, "a.example", context, sessions: sessions)
        return try #require(wire.server.recorder.agreed.first)
      }
      #expect(known.map(\.isResumed) == [false, true])
      #expect(known[0].clientCertificate != nil)
      #expect(known[0].clientCertificate == known[1].clientCertificate)
    }
  }

  @Test func `other authorities end the sessions of the former ones`() throws {
    let identity = try certificates.issue("DNS:client.example", usage: "clientAuth")
    let other = try certificates.selfSigned("DNS:other.example")
    let tickets = try TicketKeys()
    let client = try client(identity)
    let sessions = TLSClientSessions()
    let former = try TLSContext.server(
      TLSServerIdentity(pairs: [server.pair], clients: .required([authority])), tickets: tickets)
    let latter = try TLSContext.server(
      TLSServerIdentity(pairs: [server.pair], clients: .required([.file(other.certificate)])),
      tickets: tickets)
    #expect(
      try shakeHands(client, "a.example", former, sessions: sessions).server.recorder.codes == [])
    let wire = try shakeHands(client, "a.example", latter, sessions: sessions)
    #expect(wire.server.recorder.codes == [.selfSigned])
  }
}

extension TLSClientSessions {
  /// As a client does that wants to get in by a session of another name.
  fileprivate func copy(from name: String, to other: String) {
    set(session(of: name), of: other)
  }
}
