// SPDX-License-Identifier: Apache-2.0

import HostTLS
import NIOCore
import NIOEmbedded
import Testing

/// Two ends in one process, and every way in which bytes can be cut between them.
struct HandshakeTests {
  @Test(arguments: [[Int.max], [1], [2, 3, 5], [7], [1400], [16_384]])
  func `both ends are secure, and data go both ways, however the bytes are cut`(
    _ pieces: [Int]
  ) throws {
    let wire = try Contexts.wire(pieces: pieces)
    try wire.connect()
    #expect(wire.client.recorder.agreed.map(\.version) == ["TLSv1.3"])
    #expect(wire.client.recorder.agreed == wire.server.recorder.agreed)
    let question = noise(40_000)
    let answer = noise(50_000, seed: 2)
    wire.client.send(question)
    wire.server.send(answer)
    try wire.run()
    #expect(wire.server.recorder.received.array == question)
    #expect(wire.client.recorder.received.array == answer)
    #expect(wire.client.recorder.errors.isEmpty && wire.server.recorder.errors.isEmpty)
  }

  @Test func `what is written before the handshake leaves with it, in order`() throws {
    let wire = try Contexts.wire()
    var done: [Int] = []
    for index in 0..<5 {
      let future = wire.client.write([UInt8(index)])
      future.assumeIsolated().whenSuccess { done.append(index) }
    }
    wire.client.channel.flush()
    // Not flushed: waits.
    let late = wire.client.write([9])
    late.assumeIsolated().whenSuccess { done.append(9) }
    #expect(done.isEmpty)
    try wire.connect()
    #expect(wire.server.recorder.received.array == [0, 1, 2, 3, 4])
    #expect(done == [0, 1, 2, 3, 4])
    wire.client.channel.flush()
    try wire.run()
    #expect(wire.server.recorder.received.array == [0, 1, 2, 3, 4, 9])
    #expect(done == [0, 1, 2, 3, 4, 9])
  }

  @Test func `a handler that is told of the handshake may write at once`() throws {
    let wire = try Contexts.wire()
    wire.client.write([1]).assumeIsolated().whenSuccess {}
    wire.client.channel.flush()
    wire.client.recorder.onEvent = { name, context in
      guard name == "agreed" else { return }
      context.writeAndFlush(NIOAny(ByteBuffer(bytes: [2])), promise: nil)
    }
    try wire.connect()
    #expect(wire.server.recorder.received.array == [1, 2])
  }

  @Test func `a handler that is told of the handshake may close at once`() throws {
    let wire = try Contexts.wire()
    let written = wire.client.send([1])
    wire.client.recorder.onEvent = { name, context in
      if name == "agreed" { context.close(promise: nil) }
    }
    try wire.connect()
    #expect(throws: ChannelError.ioOnClosedChannel) { try written.wait() }
    #expect(wire.server.recorder.isInactive && wire.client.recorder.isInactive)
    #expect(wire.client.recorder.errors.isEmpty && wire.server.recorder.errors.isEmpty)
  }

  @Test func `a name is sent as SNI, in lower and upper case, with and without its dot`() throws {
    let contexts = try Contexts.shared.get()
    for name in ["gateway.example", "GATEWAY.example", "gateway.example.", "127.0.0.1", "[::1]"] {
      let wire = Wire(
        try End(contexts.client, .client(serverName: name)), try End(contexts.server, .server))
      try wire.client.connect()
      try wire.client.collect()
      let hello = wire.client.outgoing.array
      let sent = hello.split(separator: 0).contains { part in
        String(decoding: part, as: UTF8.self).lowercased().contains("gateway.example")
      }
      #expect(sent == name.lowercased().hasPrefix("gateway"), "\(name)")
      try wire.server.connect()
      try wire.run()
      #expect(wire.client.recorder.agreed.count == 1, "\(name): \(wire.client.recorder.errors)")
    }
  }

  @Test func `a handler that is added to an active channel begins as well`() throws {
    let contexts = try Contexts.shared.get()
    let channel = EmbeddedChannel()
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    let handler = try TLSHandler(
      context: contexts.client, role: .client(serverName: "gateway.example"))
    try channel.pipeline.syncOperations.addHandler(handler)
    let hello = try #require(try channel.readOutbound(as: ByteBuffer.self))
    #expect(hello.getInteger(at: 0, as: UInt8.self) == 22)
    channel.pipeline.fireChannelActive()
    #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
  }

  @Test(arguments: ["", "a b", "a\u{0}b", "caf\u{E9}.example", String(repeating: "a", count: 254)])
  func `a name that cannot be one is refused before anything is sent`(_ name: String) throws {
    let contexts = try Contexts.shared.get()
    do {
      _ = try TLSHandler(context: contexts.client, role: .client(serverName: name))
      Issue.record("\(name.debugDescription) was taken")
    } catch {
      #expect(error.code == .invalidServerName)
    }
  }
}
