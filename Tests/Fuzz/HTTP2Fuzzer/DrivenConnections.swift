// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostGateway
import NIOCore
import NIOEmbedded

/// A worker, its clients and its upstreams, without sockets.
final class DrivenConnections {
  /// Upstreams that can be reached; further tries find none.
  private static let mostUpstreams = 4
  private let loop = EmbeddedEventLoop()
  private let upstreamList = ChannelList()
  private let worker: DrivenWorker
  private(set) var clients: [EmbeddedChannel] = []

  /// One route, for all requests.
  ///
  /// - Parameter speaksHTTP2: the upstream does.
  static func gateway(speaksHTTP2: Bool) throws -> DrivenGateway {
    let text = """
      _format_version: "3.0"
      services:
        - {name: s, url: "http://127.0.0.1:9", retries: 1, routes: [{name: r, paths: [/]}]}
      patchbay: {upstream: {http2_prior_knowledge: [\(speaksHTTP2 ? "\"127.0.0.1:9\"" : "")]}}
      """
    return try DrivenGateway(try GatewayConfiguration.parse(text) { _ in nil })
  }

  /// Runs the closure with a worker that ends with it.
  ///
  /// - Returns: whether nothing of it is left in memory: all that has to do with a connection holds the worker.
  static func run(
    _ gateway: DrivenGateway, _ body: (DrivenConnections) throws -> Void
  ) throws -> Bool {
    weak var loop: EmbeddedEventLoop?
    func run() throws {
      let connections = DrivenConnections(gateway)
      loop = connections.loop
      try body(connections)
    }
    try run()
    return loop == nil
  }

  private init(_ gateway: DrivenGateway) {
    worker = gateway.worker(on: loop) { [loop, upstreamList] in
      guard upstreamList.channels.count < Self.mostUpstreams, !upstreamList.isOver else {
        return nil
      }
      let channel = EmbeddedChannel(loop: loop)
      try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 9)).wait()
      upstreamList.channels.append(channel)
      return channel
    }
  }

  var upstreams: [EmbeddedChannel] { upstreamList.channels }
  var inFlight: Int { worker.inFlight }

  func connectClient(_ negotiated: String) throws -> EmbeddedChannel {
    let channel = EmbeddedChannel(loop: loop)
    _ = try worker.accept(channel, negotiated: negotiated)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    clients.append(channel)
    return channel
  }

  func run() { loop.run() }

  func stop() { worker.stop() }

  /// The other end of each connection is gone, and no timer is left.
  func end() throws {
    upstreamList.isOver = true
    for channel in upstreams + clients { _ = try channel.finish(acceptAlreadyClosed: true) }
  }
}

private final class ChannelList {
  var channels: [EmbeddedChannel] = []
  /// No more are connected.
  var isOver = false
}

extension EmbeddedChannel {
  /// Bytes arrive, if the connection is still there.
  func receive(_ bytes: some Sequence<UInt8>) throws {
    if isActive { try writeInbound(ByteBuffer(bytes: bytes)) }
  }

  /// What has left since the last time.
  func sent() throws -> ByteBuffer {
    var bytes = ByteBuffer()
    while var piece = try readOutbound(as: ByteBuffer.self) { bytes.writeBuffer(&piece) }
    return bytes
  }
}
