// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import NIOCore
import Testing

@testable import HostTLS

/// Sessions that go on over other connections.
struct ResumptionTests {
  private let certificates: Certificates
  private let identity: TLSServerIdentity

  init() throws {
    certificates = try Certificates.shared.get()
    identity = TLSServerIdentity(
      pairs: [try certificates.issue("DNS:a.example", "DNS:b.example").pair])
  }

  private func client(_ version: CInt) throws -> TLSContext {
    let context = try TLSContext(client: .file(certificates.authority.certificate))
    context.limit(to: version)
    return context
  }

  private func isResumed(
    _ client: TLSContext, _ server: TLSContext, _ sessions: TLSClientSessions,
    name: String = "a.example"
  ) throws -> Bool {
    let wire = try shakeHands(client, name, server, sessions: sessions)
    let agreed = [
      try #require(wire.client.recorder.agreed.first),
      try #require(wire.server.recorder.agreed.first),
    ]
    #expect(agreed[0] == agreed[1])
    #expect(agreed[0].serverName == name)
    #expect(wire.server.recorder.received.array == [1])
    #expect(wire.client.recorder.received.array == [2])
    return agreed[0].isResumed
  }

  @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
  func `a session goes on, also with another context that has its keys`(_ version: CInt) throws {
    let tickets = try TicketKeys()
    let client = try client(version)
    let sessions = TLSClientSessions()
    #expect(try !isResumed(client, try .server(identity, tickets: tickets), sessions))
    for _ in 0..<3 {
      #expect(try isResumed(client, try .server(identity, tickets: tickets), sessions))
    }
    // Another server, or another name, has nothing to go on with.
    #expect(try !isResumed(client, try .server(identity), sessions))
    #expect(
      try !isResumed(client, try .server(identity, tickets: tickets), sessions, name: "b.example"))
  }

  @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
  func `older keys open their tickets until they are forgotten`(_ version: CInt) throws {
    let first = try TicketKeys()
    let client = try client(version)
    for rotations in 0..<5 {
      let sessions = TLSClientSessions()
      #expect(try !isResumed(client, try .server(identity, tickets: first), sessions))
      let tickets = try (0..<rotations).reduce(first) { keys, _ in try keys.rotated() }
      let later = try TLSContext.server(identity, tickets: tickets)
      #expect(try isResumed(client, later, sessions) == (rotations < 4), "\(rotations)")
      // What came of it is sealed with the newest key.
      let newest = try TLSContext.server(identity, tickets: try tickets.rotated().rotated())
      #expect(try isResumed(client, newest, sessions))
    }
  }

  @Test func `a session of another version is no obstacle`() throws {
    let tickets = try TicketKeys()
    let sessions = TLSClientSessions()
    let server = try TLSContext.server(identity, tickets: tickets)
    #expect(try !isResumed(try client(TLS1_2_VERSION), server, sessions))
    #expect(try !isResumed(try client(TLS1_3_VERSION), server, sessions))
    #expect(try !isResumed(try client(TLS1_2_VERSION), server, sessions))
  }

  @Test func `ports are different servers`() throws {
    let server = try TLSContext.server(identity)
    let client = try client(TLS1_3_VERSION)
    let sessions = TLSClientSessions()
    for (port, isResumed) in [(1, false), (1, true), (2, false), (1, true), (2, true)] {
      let wire = Wire(
        try End(client, .client(serverName: "a.example", port: port), sessions: sessions),
        try End(server, .server))
      try wire.connect()
      wire.client.send([1])
      wire.server.send([1])
      try wire.run()
      #expect(wire.client.recorder.agreed.map(\.isResumed) == [isResumed])
    }
  }

  @Test func `there is an end to the servers that are remembered`() throws {
    let server = try TLSContext.server(identity)
    let client = try client(TLS1_3_VERSION)
    let sessions = TLSClientSessions()
    #expect(try !isResumed(client, server, sessions))
    let session = try #require(sessions.session(of: "a.example:443"))
    for number in 0..<5000 { sessions.set(session, of: "\(number).example:443") }
    #expect(sessions.count == 1024)
    #expect(sessions.session(of: "4999.example:443") != nil)
  }
}
