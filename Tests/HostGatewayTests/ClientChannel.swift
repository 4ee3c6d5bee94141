// SPDX-License-Identifier: Apache-2.0

import HostClients
import HostConfiguration
import HostHTTP
import Logging
import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@testable import HostGateway

/// A client's channel without a socket. No route is known, so that every request is answered with 404.
struct ClientChannel {
  private static let threads = NIOThreadPool(numberOfThreads: 1)
  /// Once for all: to read the system's certificates takes long.
  private static let upstreams = Result { try UpstreamOptions(HostSettings()) }
  private let channel: EmbeddedChannel
  let worker: Worker

  init(
    _ negotiated: String?, limits: HeadLimits = HeadLimits(), keepaliveRequests: Int = 100
  ) throws {
    channel = EmbeddedChannel()
    var settings = HostSettings()
    settings.requestHead = limits.head
    settings.headerCount = limits.fields
    settings.clients.requestTarget = limits.target
    settings.clients.keepaliveRequests = keepaliveRequests
    worker = Worker(
      index: 0, loop: channel.eventLoop, snapshot: .empty,
      shared: SharedServices(loop: channel.eventLoop, threads: Self.threads, workers: 1),
      upstreams: try Self.upstreams.get(), policy: ClientPolicy(settings, version: "0"),
      gate: ConnectionGate(ConnectionCounts(limit: 10, limitOfAddress: nil)),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let peer = try worker.admit(channel, isSecure: false)
    try ClientPipeline.install(
      negotiated, on: channel, worker: worker, facts: ConnectionFacts(), peer: #require(peer))
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
  }

  /// Its connection of HTTP/2.
  var http2: HTTP2Connection {
    get throws { try channel.pipeline.syncOperations.handler(type: HTTP2Connection.self) }
  }

  /// The client sends these bytes; what it does wrong shows in the answer.
  func receive(_ bytes: [UInt8]) throws {
    guard channel.isActive else { return }
    try channel.writeInbound(ByteBuffer(bytes: bytes))
  }

  /// What was sent to the client since the last time.
  func answer() throws -> [UInt8] {
    channel.embeddedEventLoop.run()
    var bytes: [UInt8] = []
    while let piece = try channel.readOutbound(as: ByteBuffer.self) {
      bytes += piece.readableBytesView
    }
    return bytes
  }

  var isActive: Bool { channel.isActive }

  /// The client leaves.
  func leave() { channel.pipeline.fireChannelInactive() }

  /// Lets the time go by that a client which still sends is read after the end.
  func linger() { channel.embeddedEventLoop.advanceTime(by: .seconds(3)) }
}

/// Frames of HTTP/2 as bytes.
enum Frames {
  static let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
  /// Empty.
  static let settings = frame(4, stream: 0)
  /// GET, http, "/", and a literal `:authority` of `a`, on stream 1; all of the request.
  static let headers = frame(1, flags: 5, stream: 1, [0x82, 0x86, 0x84, 0x41, 1, 0x61])
  /// The same with POST on stream 1; a body follows.
  static let post = frame(1, flags: 4, stream: 1, [0x83, 0x86, 0x84, 0x41, 1, 0x61])

  static func frame(
    _ type: UInt8, flags: UInt8 = 0, stream: UInt8, _ payload: [UInt8] = []
  ) -> [UInt8] {
    let length = [UInt8(payload.count >> 16), UInt8(payload.count >> 8 & 255)]
    return length + [UInt8(payload.count & 255), type, flags, 0, 0, 0, stream] + payload
  }

  /// The types of the frames that bytes are made of, and the stream that each is of.
  static func kinds(_ bytes: [UInt8]) -> [[Int]] {
    var kinds: [[Int]] = []
    var rest = bytes[...]
    while rest.count >= 9 {
      let head = rest.prefix(9).map(Int.init)
      kinds.append([head[3], head[8]])
      rest = rest.dropFirst(9 + head[0] << 16 + head[1] << 8 + head[2])
    }
    return kinds
  }
}
