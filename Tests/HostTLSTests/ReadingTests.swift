// SPDX-License-Identifier: Apache-2.0

import HostTLS
import NIOCore
import NIOEmbedded
import Testing

/// Back-pressure: the handlers behind ask before they get, and who has asked gets.
struct ReadingTests {
  @Test func `the handshake reads by itself when nobody behind asks`() throws {
    let wire = try Contexts.wire(readsOn: false)
    try wire.connect()
    #expect(wire.client.recorder.agreed.count == 1)
    #expect(wire.server.recorder.agreed.count == 1)
  }

  @Test func `after the handshake nothing is read that was not asked for`() throws {
    let wire = try Contexts.wire(readsOn: false)
    try wire.connect()
    let reads = wire.client.gate.reads
    wire.server.send(noise(1000))
    try wire.run()
    #expect(wire.client.gate.reads == reads)
    #expect(wire.client.recorder.received.readableBytes == 0)
    wire.client.channel.read()
    try wire.run()
    #expect(wire.client.recorder.received.array == noise(1000))
    #expect(wire.client.recorder.readCompletes == 1)
    // One read is one answer.
    wire.server.send([1])
    try wire.run()
    #expect(wire.client.recorder.received.readableBytes == 1000)
    wire.client.channel.read()
    try wire.run()
    #expect(wire.client.recorder.received.readableBytes == 1001)
  }

  @Test(arguments: [[Int.max], [1], [100]])
  func `a read that was asked for before, at or after the end of the handshake is answered`(
    _ pieces: [Int]
  ) throws {
    for moment in ["active", "agreed", "later"] {
      let wire = try Contexts.wire(pieces: pieces, readsOn: false)
      wire.client.recorder.onEvent = { name, context in if name == moment { context.read() } }
      // Speaks first, so that its bytes come in one piece with the end of its handshake.
      wire.server.recorder.onEvent = { name, context in
        guard name == "agreed" else { return }
        context.writeAndFlush(NIOAny(ByteBuffer(bytes: [1, 2, 3])), promise: nil)
      }
      try wire.connect()
      if moment == "later" {
        #expect(wire.client.recorder.received.readableBytes == 0)
        wire.client.channel.read()
        try wire.run()
      }
      #expect(wire.client.recorder.received.array == [1, 2, 3], "\(moment), pieces of \(pieces)")
    }
  }

  @Test func `a handler that joins when the handshake is over gets what it asks for`() throws {
    // As the gateway's upstream connections do: connect with autoRead off, await the handshake, add
    // the handler, read, send the request; the answer must come.
    let contexts = try Contexts.shared.get()
    let client = EmbeddedChannel()
    let gate = Gate()
    let joiner = Joiner()
    try client.pipeline.syncOperations.addHandlers([
      gate, try TLSHandler(context: contexts.client, role: .client(serverName: "gateway.example")),
      joiner,
    ])
    let server = try End(contexts.server, .server)
    try client.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    try server.connect()
    server.recorder.onEvent = { name, context in
      guard name == "read" else { return }
      context.writeAndFlush(NIOAny(ByteBuffer(string: "answer")), promise: nil)
    }
    var moved = true
    while moved {
      moved = false
      while let bytes = try client.readOutbound(as: ByteBuffer.self) {
        try server.receive(bytes.array)
        moved = true
      }
      try server.collect()
      if gate.isOpen, let bytes = server.outgoing.readBytes(length: server.outgoing.readableBytes),
        !bytes.isEmpty
      {
        gate.passed()
        try client.writeInbound(ByteBuffer(bytes: bytes))
        moved = true
      }
    }
    #expect(server.recorder.received.array == Array("question".utf8))
    #expect(joiner.recorder.received.array == Array("answer".utf8))
  }

  @Test func `a read is not lost when bytes come that are no plaintext`() throws {
    // A session ticket, then half a record, then its rest: one read of the handler behind.
    let wire = try Contexts.wire(pieces: [3], readsOn: false)
    try wire.connect()
    wire.client.channel.read()
    wire.server.send(noise(20))
    try wire.run()
    #expect(wire.client.recorder.received.array == noise(20))
    #expect(wire.client.recorder.readCompletes == 1)
  }

  @Test func `a reader that stops is not sent more than it asked for`() throws {
    let wire = try Contexts.wire(pieces: [16_384], readsOn: false)
    try wire.connect()
    wire.server.send(noise(200_000))
    var turns = 0
    while wire.client.recorder.received.readableBytes < 200_000 {
      let before = wire.client.recorder.received.readableBytes
      wire.client.channel.read()
      try wire.run()
      let got = wire.client.recorder.received.readableBytes - before
      #expect(got > 0 && got <= 2 * 16_384)
      turns += 1
      if turns > 100 { break }
    }
    #expect(wire.client.recorder.received.array == noise(200_000))
  }
}

/// Adds the handler that matters when the handshake is over, and goes.
private final class Joiner: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  let recorder = Recorder(readsOn: true)

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard event is TLSHandshakeCompleted else { return }
    let pipeline = context.pipeline.syncOperations
    pipeline.removeHandler(self, promise: nil)
    do {
      try pipeline.addHandler(recorder)
      context.channel.read()
      context.channel.writeAndFlush(ByteBuffer(string: "question"), promise: nil)
    } catch {
      context.fireErrorCaught(error)
    }
  }
}
