// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import HostTLS
import Logging
import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@testable import HostGateway

/// What is put into a client's channel, by the negotiated protocol or by the first bytes. No route is known, so that every
/// request is answered with 404.
struct ClientPipelineTests {
  private static let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
  private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
  /// An empty SETTINGS frame.
  private static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
  /// HEADERS of stream 1 with END_STREAM and END_HEADERS: GET, http, "/", and a literal `:authority` of `a`.
  private static let headers: [UInt8] = [
    0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84, 0x41, 1, 0x61,
  ]

  private func channel(_ negotiated: String?) throws -> EmbeddedChannel {
    let channel = EmbeddedChannel()
    let threads = NIOThreadPool(numberOfThreads: 1)
    let worker = Worker(
      index: 0, loop: channel.eventLoop, snapshot: .empty,
      shared: SharedServices(loop: channel.eventLoop, threads: threads),
      tls: try TLSContext(client: .system), headLimits: HeadLimits(),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try ClientPipeline.install(negotiated, on: channel, worker: worker, isSecure: false)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    return channel
  }

  private func answer(_ channel: EmbeddedChannel) throws -> [UInt8] {
    channel.embeddedEventLoop.run()
    var bytes: [UInt8] = []
    while let piece = try channel.readOutbound(as: ByteBuffer.self) {
      bytes += piece.readableBytesView
    }
    return bytes
  }

  /// The types of the frames that bytes are made of, and the stream that each is of.
  private func frames(_ bytes: [UInt8]) -> [[Int]] {
    var frames: [[Int]] = []
    var rest = bytes[...]
    while rest.count >= 9 {
      let head = rest.prefix(9).map(Int.init)
      frames.append([head[3], head[8]])
      rest = rest.dropFirst(9 + head[0] << 16 + head[1] << 8 + head[2])
    }
    return frames
  }

  @Test func `a negotiated h2 is spoken from the first byte`() throws {
    let channel = try channel("h2")
    #expect(frames(try answer(channel)).first == [4, 0])
    try channel.writeInbound(
      ByteBuffer(bytes: Array(Self.preface.utf8) + Self.settings + Self.headers))
    let frames = frames(try answer(channel))
    #expect(frames.contains([1, 1]))
    #expect(frames.contains([0, 1]))
  }

  @Test(arguments: ["http/1.1", "", nil])
  func `what is not h2 is HTTP/1.1`(_ negotiated: String?) throws {
    let channel = try channel(negotiated)
    try channel.writeInbound(ByteBuffer(string: Self.request))
    #expect(String(decoding: try answer(channel), as: UTF8.self).hasPrefix("HTTP/1.1 404 "))
  }

  @Test func `nothing is said before it is known who is there`() throws {
    let channel = try channel(nil)
    #expect(try answer(channel).isEmpty)
    let bytes = Array(Self.preface.utf8) + Self.settings + Self.headers
    for (index, byte) in bytes.enumerated() {
      try channel.writeInbound(ByteBuffer(bytes: [byte]))
      if index < Self.preface.utf8.count - 1 { #expect(try answer(channel).isEmpty) }
    }
    #expect(frames(try answer(channel)).contains([1, 1]))
  }

  @Test func `a preface is told from every other beginning`() {
    for count in 1..<Self.preface.utf8.count {
      let prefix = Self.preface.utf8.prefix(count)
      #expect(ProtocolDetector.isPreface(ByteBuffer(bytes: prefix)) == nil)
      #expect(ProtocolDetector.isPreface(ByteBuffer(bytes: prefix.dropLast() + [0])) == false)
    }
    #expect(ProtocolDetector.isPreface(ByteBuffer(string: Self.preface)) == true)
    #expect(ProtocolDetector.isPreface(ByteBuffer(string: Self.preface + "more")) == true)
    #expect(ProtocolDetector.isPreface(ByteBuffer(string: Self.request)) == false)
  }
}
