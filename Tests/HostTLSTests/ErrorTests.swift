// SPDX-License-Identifier: Apache-2.0

import HostTLS
import NIOCore
import NIOEmbedded
import Testing

/// What peers send that is no TLS, or says why it is over: each has its code.
struct ErrorTests {
  static func alert(_ description: UInt8) -> [UInt8] { [21, 3, 3, 0, 2, 2, description] }

  @Test(
    arguments: [
      (40, .handshakeFailure), (71, .handshakeFailure), (70, .protocolVersion),
      (120, .applicationProtocol), (42, .peerRejectedCertificate), (43, .peerRejectedCertificate),
      (44, .peerRejectedCertificate), (45, .peerRejectedCertificate),
      (46, .peerRejectedCertificate),
      (48, .peerRejectedCertificate), (49, .peerRejectedCertificate), (80, .alertReceived),
      (112, .alertReceived), (50, .alertReceived),
    ] as [(UInt8, TLSError.Code)])
  func `an alert in answer to the first message has its code`(
    _ number: UInt8, _ code: TLSError.Code
  ) throws {
    let wire = try Contexts.wire()
    let written = wire.client.send([1])
    try wire.client.connect()
    try wire.client.receive(Self.alert(number))
    #expect(wire.client.recorder.codes == [code])
    #expect(wire.client.recorder.errors.count == 1)
    #expect(!wire.client.channel.isActive)
    do {
      try written.wait()
      Issue.record("the write was kept")
    } catch {
      #expect((error as? TLSError)?.code == code)
    }
  }

  @Test(arguments: [
    "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2p1\r\n", "220 mail.example ESMTP\r\n",
  ])
  func `a server that does not speak TLS is named`(_ text: String) throws {
    let wire = try Contexts.wire()
    try wire.client.connect()
    try wire.client.receive(Array(text.utf8))
    #expect(wire.client.recorder.codes == [.notTLS], "\(wire.client.recorder.errors)")
  }

  @Test(arguments: ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT a:443 HTTP/1.1\r\n\r\n"])
  func `a client that does not speak TLS is named`(_ text: String) throws {
    let wire = try Contexts.wire()
    try wire.server.connect()
    try wire.server.receive(Array(text.utf8))
    #expect(wire.server.recorder.codes == [.notTLS], "\(wire.server.recorder.errors)")
    #expect(!wire.server.channel.isActive)
  }

  @Test func `a record that was changed on its way ends the connection`() throws {
    let wire = try Contexts.wire()
    try wire.connect()
    wire.server.send(noise(100))
    try wire.server.collect()
    var bytes = wire.server.outgoing.array
    bytes[50] ^= 1
    try wire.client.receive(bytes)
    #expect(wire.client.recorder.codes == [.protocolViolation])
    #expect(wire.client.recorder.received.readableBytes == 0)
    #expect(!wire.client.channel.isActive)
    // The peer is told why: an alert is a record of its own.
    try wire.client.collect()
    #expect(wire.client.outgoing.readableBytes > 0)
    try wire.server.receive(wire.client.outgoing.array)
    #expect(wire.server.recorder.codes == [.alertReceived])
  }

  @Test func `plaintext in front of a changed record is delivered`() throws {
    let wire = try Contexts.wire()
    try wire.connect()
    wire.server.send(noise(100))
    wire.server.send(noise(100))
    try wire.server.collect()
    var bytes = wire.server.outgoing.array
    bytes[bytes.count - 1] ^= 1
    try wire.client.receive(bytes)
    #expect(wire.client.recorder.received.array == noise(100))
    #expect(wire.client.recorder.codes == [.protocolViolation])
  }

  @Test func `an alert after the handshake has its code`() throws {
    // Nothing but OpenSSL can make a protected one: the server's own refusal of garbage.
    let wire = try Contexts.wire()
    try wire.connect()
    try wire.server.receive([23, 3, 3, 0, 32] + noise(32))
    #expect(wire.server.recorder.codes == [.protocolViolation])
    try wire.run()
    #expect(wire.client.recorder.codes == [.alertReceived])
  }

  @Test func `random bytes at any moment end in one error and no trap`() throws {
    for seed in 1...200 as ClosedRange<UInt64> {
      let wire = try Contexts.wire(pieces: [1 + Int(seed) * 7 % 500])
      try wire.server.connect()
      try wire.client.connect()
      if seed % 2 == 0 { try wire.run() }
      let target = seed % 3 == 0 ? wire.server : wire.client
      try target.collect()
      var garbage = noise(300, seed: seed)
      if seed % 5 == 0 { garbage = [22, 3, 3, 0, 200] + garbage }
      if seed % 7 == 0 { garbage = [23, 3, 3, 0, 60] + garbage }
      try target.receive(garbage)
      try target.receive(garbage)
      try target.receiveEnd()
      #expect(target.recorder.errors.count == 1, "seed \(seed): \(target.recorder.errors)")
      #expect(target.recorder.codes.count == 1, "seed \(seed)")
      #expect(!target.channel.isActive)
    }
  }

  @Test func `codes are all different, and no reason shows what the peer sent`() throws {
    #expect(Set(TLSError.Code.allCases.map(\.rawValue)).count == TLSError.Code.allCases.count)
    let wire = try Contexts.wire()
    try wire.client.connect()
    try wire.client.receive(Array("HTTP/1.1 400 secret-words\r\n\r\n".utf8))
    #expect(!"\(wire.client.recorder.errors)".contains("secret-words"))
  }
}
