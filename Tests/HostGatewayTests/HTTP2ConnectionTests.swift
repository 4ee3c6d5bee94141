// SPDX-License-Identifier: Apache-2.0

import HTTP2Fuzzer
import HostClients
import Testing

@testable import HostGateway

/// Clients that are waited for too long.
struct HTTP2ConnectionTests {
  private static let limit: UInt64 = 75_000_000_000
  private static let beginning = Array(Frames.preface.utf8) + Frames.settings

  private func later(_ channel: ClientChannel) -> UInt64 { channel.worker.now() + Self.limit + 1 }

  @Test func `a connection without streams is told of its end when it was idle for too long`()
    throws
  {
    let channel = try ClientChannel("h2")
    try channel.receive(Self.beginning + Frames.headers)
    _ = try channel.answer()
    try channel.http2.expire(now: channel.worker.now() + Self.limit / 2, ClientTimeouts())
    #expect(try channel.answer().isEmpty)
    try channel.http2.expire(now: later(channel), ClientTimeouts())
    #expect(Frames.kinds(try channel.answer()) == [[7, 0]])
    channel.linger()
    #expect(!channel.isActive)
  }

  @Test func `a connection has so many requests, and then its end`() throws {
    let channel = try ClientChannel("h2", keepaliveRequests: 1)
    try channel.receive(Self.beginning + Frames.headers)
    let kinds = Frames.kinds(try channel.answer())
    #expect(kinds.filter { $0[0] == 7 } == [[7, 0]])
    #expect(kinds.contains([1, 1]), "the last request is answered")
    channel.linger()
    #expect(!channel.isActive)
  }

  @Test func `a response that its client gives no window for is broken off`() throws {
    let channel = try ClientChannel("h2")
    // A window of nothing.
    let settings = Frames.frame(4, stream: 0, [0, 4, 0, 0, 0, 0])
    try channel.receive(Array(Frames.preface.utf8) + settings + Frames.headers)
    #expect(Frames.kinds(try channel.answer()).last == [1, 1])
    try channel.http2.expire(now: channel.worker.now() + Self.limit / 2, ClientTimeouts())
    #expect(try channel.answer().isEmpty)
    try channel.http2.expire(now: later(channel), ClientTimeouts())
    #expect(Frames.kinds(try channel.answer()) == [[3, 1]])
    #expect(channel.isActive)
  }

  @Test func `a request whose body nobody needed ends with its answer`() throws {
    let channel = try ClientChannel("h2")
    try channel.receive(Self.beginning + Frames.post)
    let kinds = Frames.kinds(try channel.answer())
    #expect(kinds.suffix(3) == [[1, 1], [0, 1], [3, 1]])
    // What was on its way is no error.
    try channel.receive(Frames.frame(0, flags: 1, stream: 1, [1, 2, 3]))
    #expect(try channel.answer().isEmpty)
    #expect(channel.isActive)
  }

  @Test func `an idle connection that is to finish ends at once`() throws {
    let channel = try ClientChannel("h2")
    try channel.receive(Self.beginning)
    _ = try channel.answer()
    let connection = try channel.http2
    connection.finish()
    #expect(Frames.kinds(try channel.answer()) == [[7, 0]])
    #expect(!connection.hasUnsent)
  }

  @Test func `what is sent behind the end is not heard`() throws {
    let channel = try ClientChannel("h2")
    try channel.receive(Self.beginning)
    _ = try channel.answer()
    // A PING of six bytes is an error of the connection.
    let kinds = try answer(channel, to: Frames.frame(6, stream: 0, [0, 0, 0, 0, 0, 0]))
    #expect(kinds == [[7, 0]])
    #expect(try answer(channel, to: Frames.headers).isEmpty)
    #expect(try answer(channel, to: Frames.frame(6, stream: 0, [1])).isEmpty)
    channel.linger()
    #expect(!channel.isActive)
  }

  private func answer(_ channel: ClientChannel, to bytes: [UInt8]) throws -> [[Int]] {
    try channel.receive(bytes)
    return Frames.kinds(try channel.answer())
  }
}
