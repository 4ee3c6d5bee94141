// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import NIOCore
import NIOEmbedded
import Testing

@testable import HostTLS

/// Nothing of a connection outlives it.
struct LifetimeTests {
  /// Counts how often OpenSSL frees the context that it marks.
  private final class Mark: Sendable {
    nonisolated(unsafe) var freed = 0

    static let index: CInt = CRYPTO_get_ex_new_index(
      CRYPTO_EX_INDEX_SSL_CTX, 0, nil, nil, nil,
      { _, pointer, _, _, _, _ in
        guard let pointer else { return }
        Unmanaged<Mark>.fromOpaque(pointer).takeUnretainedValue().freed += 1
      })
  }

  @Test func `a context is freed when the last of its connections is, however they ended`() throws {
    let certificates = try Certificates.shared.get()
    let identity = try certificates.issue("DNS:gateway.example")
    let marks = [Mark(), Mark()]
    try withExtendedLifetime(marks) {
      weak var handler: TLSHandler?
      try makeConnections(identity, certificates.authority, marks, &handler)
      #expect(handler == nil)
      // An SSL that leaks holds its context, which is then not freed.
      #expect(marks.map(\.freed) == [1, 1])
    }
  }

  private func makeConnections(
    _ identity: Certificates.Identity, _ authority: Certificates.Identity, _ marks: [Mark],
    _ handler: inout TLSHandler?
  ) throws {
    let server = try TLSContext(serverCertificates: identity.certificate, key: identity.key)
    let client = try TLSContext(client: .file(authority.certificate))
    for (context, mark) in zip([server, client], marks) {
      SSL_CTX_set_ex_data(
        context.pointer, Mark.index, Unmanaged.passUnretained(mark).toOpaque())
    }
    for round in 0..<100 {
      let name = round % 5 == 0 ? "other.example" : "gateway.example"
      let wire = Wire(
        try End(client, .client(serverName: name)), try End(server, .server),
        pieces: [1 + round * 13])
      switch round % 4 {
      case 0: try wire.connect()
      case 1:  // half of a handshake
        try wire.client.connect()
        try wire.client.collect()
      case 2:
        try wire.connect()
        wire.client.send(noise(100_000))
        try wire.run()
        wire.server.channel.close(promise: nil)
        try wire.run()
      default:  // never connected
        wire.client.send([1])
      }
      if round == 99 {
        handler = try wire.client.channel.pipeline.syncOperations.handler(type: TLSHandler.self)
      }
      wire.client.gate.closeSocket()
      wire.server.gate.closeSocket()
      wire.client.channel.embeddedEventLoop.run()
      wire.server.channel.embeddedEventLoop.run()
    }
  }
}
