// SPDX-License-Identifier: Apache-2.0

import HostTLS
import NIOCore
import NIOEmbedded
import Testing

/// How connections end, and who is told what.
struct ClosingTests {
  @Test func `a close is announced, and is no error`() throws {
    let wire = try Contexts.wire()
    try wire.connect()
    wire.server.send(noise(10))
    wire.server.channel.close(promise: nil)
    try wire.run()
    #expect(wire.client.recorder.received.array == noise(10))
    #expect(wire.client.recorder.isInactive)
    #expect(wire.client.recorder.errors.isEmpty)
  }

  @Test func `a connection that ends without the announcement is truncated`() throws {
    for halfCloses in [false, true] {
      let wire = try Contexts.wire(halfCloses: halfCloses)
      try wire.connect()
      wire.server.send(noise(10))
      try wire.run()
      try wire.client.receiveEnd()
      #expect(wire.client.recorder.received.array == noise(10))
      #expect(wire.client.recorder.codes == [.truncated])
      #expect(!wire.client.channel.isActive)
    }
  }

  @Test func `plaintext that came with the end is delivered before it`() throws {
    let wire = try Contexts.wire(readsOn: false)
    try wire.connect()
    wire.server.send(noise(10))
    wire.server.channel.close(promise: nil)
    try wire.server.collect()
    try wire.client.receive(wire.server.outgoing.array)
    #expect(wire.client.recorder.received.array == noise(10))
    #expect(!wire.client.channel.isActive)
    #expect(wire.client.recorder.errors.isEmpty)
  }

  @Test func `an end that closes its output still gets the answer`() throws {
    let wire = try Contexts.wire(halfCloses: true)
    try wire.connect()
    let closed = wire.client.channel.eventLoop.makePromise(of: Void.self)
    wire.client.send([1, 2])
    wire.client.channel.close(mode: .output, promise: closed)
    try wire.run()
    #expect(wire.client.gate.isOutputClosed)
    #expect(throws: Never.self) { try closed.futureResult.wait() }
    #expect(wire.server.recorder.received.array == [1, 2])
    #expect(wire.server.recorder.isInputClosed)
    #expect(wire.server.channel.isActive)
    // Both close_notify and the end of the socket have come: this end still speaks.
    let answer = wire.server.send(noise(1000))
    try wire.run()
    #expect(throws: Never.self) { try answer.wait() }
    #expect(wire.client.recorder.received.array == noise(1000))
    wire.server.channel.close(promise: nil)
    try wire.run()
    #expect(!wire.client.channel.isActive)
    #expect(wire.client.recorder.errors.isEmpty && wire.server.recorder.errors.isEmpty)
  }

  @Test func `output that is closed takes no more writes`() throws {
    let wire = try Contexts.wire(halfCloses: true)
    try wire.connect()
    let unflushed = wire.client.write([1])
    wire.client.channel.close(mode: .output, promise: nil)
    #expect(throws: ChannelError.outputClosed) { try unflushed.wait() }
    let late = wire.client.send([2])
    #expect(throws: ChannelError.outputClosed) { try late.wait() }
  }

  @Test func `output that is closed before the handshake is closed behind what was written`() throws
  {
    let wire = try Contexts.wire(halfCloses: true)
    var order: [String] = []
    wire.client.send([1]).assumeIsolated().whenSuccess { order.append("written") }
    for name in ["closed", "closed again"] {
      let closed = wire.client.channel.eventLoop.makePromise(of: Void.self)
      closed.futureResult.assumeIsolated().whenSuccess { order.append(name) }
      wire.client.channel.close(mode: .output, promise: closed)
    }
    #expect(order.isEmpty)
    try wire.connect()
    #expect(order == ["written", "closed", "closed again"])
    #expect(wire.server.recorder.received.array == [1])
    #expect(wire.server.recorder.isInputClosed)
  }

  @Test func `output that is closed before a handshake that fails is told so`() throws {
    let wire = try Contexts.wire()
    try wire.client.connect()
    let promises = (0..<2).map { _ in wire.client.channel.eventLoop.makePromise(of: Void.self) }
    for promise in promises { wire.client.channel.close(mode: .output, promise: promise) }
    try wire.client.receive(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
    #expect(wire.client.recorder.codes == [.notTLS])
    for promise in promises {
      #expect(throws: TLSError.self) { try promise.futureResult.wait() }
    }
  }

  @Test func `a peer without half-closure closes all`() throws {
    let wire = try Contexts.wire()
    try wire.connect()
    wire.client.channel.close(mode: .output, promise: nil)
    try wire.run()
    #expect(!wire.server.channel.isActive)
    #expect(!wire.client.channel.isActive)
    #expect(wire.client.recorder.errors.isEmpty && wire.server.recorder.errors.isEmpty)
  }

  @Test func `a peer that leaves within the handshake has interrupted it`() throws {
    for halfCloses in [false, true] {
      let wire = try Contexts.wire(halfCloses: halfCloses)
      let written = wire.client.send([1])
      try wire.client.connect()
      try wire.client.receiveEnd()
      #expect(wire.client.recorder.codes == [.handshakeInterrupted])
      #expect(!wire.client.channel.isActive)
      #expect(throws: (any Error).self) { try written.wait() }
    }
  }

  @Test func `bytes behind the announced end mean nothing`() throws {
    let wire = try Contexts.wire(halfCloses: true)
    try wire.connect()
    wire.server.channel.close(mode: .output, promise: nil)
    try wire.run()
    try wire.client.receive(noise(100))
    #expect(wire.client.recorder.received.readableBytes == 0)
    #expect(wire.client.recorder.errors.isEmpty)
  }
}
