// SPDX-License-Identifier: Apache-2.0

import HostServices
import NIOCore
import NIOPosix
import PluginProtocol
import Testing

@testable import HostConfiguration
@testable import HostGateway

/// Connections that carry lines, to somebody who counts them.
@Suite(.timeLimit(.minutes(1)))
struct LineDeliveryTests {
  private enum Event: Equatable {
    case connected
    case received(String)
    case closed
  }

  private final class Recorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let events: AsyncStream<Event>.Continuation

    init(_ events: AsyncStream<Event>.Continuation) { self.events = events }

    func channelActive(context: ChannelHandlerContext) { events.yield(.connected) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      events.yield(.received(String(buffer: unwrapInboundIn(data))))
    }

    func channelInactive(context: ChannelHandlerContext) { events.yield(.closed) }
  }

  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  /// Runs with a worker, the port of a server that only listens, and what happens there.
  private func withServer(
    _ body: (NIOLoopBound<DrivenWorker>, Int, inout AsyncStream<Event>.Iterator) async throws ->
      Void
  ) async throws {
    let (events, recorder) = AsyncStream.makeStream(of: Event.self)
    let server = try await ServerBootstrap(group: group)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Recorder(recorder))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let loop = group.next()
    let gateway = try DrivenGateway(try .parse("_format_version: \"3.0\"") { _ in nil })
    let worker = try await loop.submit {
      NIOLoopBound(gateway.worker(on: loop), eventLoop: loop)
    }.get()
    var iterator = events.makeAsyncIterator()
    try await body(worker, try #require(server.localAddress?.port), &iterator)
    try await group.shutdownGracefully()
  }

  private func target(
    port: Int, generation: UInt64 = 1, _ change: (inout QueueMessage.TCP) -> Void = { _ in }
  ) throws -> DeliveryTarget {
    var plugin = PluginInstance()
    plugin.config = ConfigurationValue(
      .object([.init(name: "host", value: ConfigurationValue(.string("127.0.0.1")))]))
    var message = QueueMessage.TCP()
    message.host = "127.0.0.1"
    message.port = UInt32(port)
    message.keepalive = 60_000
    change(&message)
    var queue = QueueMessage()
    queue.destination = .tcp(message)
    return try DeliveryTarget(
      queue, of: plugin, secrets: SecretTable(), generation: generation)
  }

  @Test func `a connection without a handshake is closed when its time is over`() async throws {
    try await withServer { worker, port, events in
      let target = try target(port: port) {
        $0.usesTLS = true
        $0.timeout = 100
      }
      guard case .tcp(let destination) = target.destination else {
        Issue.record("no destination for lines")
        return
      }
      let dialled = group.next().makePromise(of: (any Channel).self)
      try await group.next().submit {
        LineDialler(worker: worker.value.worker).dial(destination) { dialled.completeWith($0) }
      }.get()
      await #expect(throws: UpstreamTimeout.self) { try await dialled.futureResult.get() }
      #expect(await events.next() == .connected)
      guard case .received = await events.next() else {
        Issue.record("nobody wanted to shake hands")
        return
      }
      #expect(await events.next() == .closed)
    }
  }

  @Test func `the connection stays as long as the destination is the same`() async throws {
    try await withServer { worker, port, events in
      let loop = group.next()
      let (stable, canary) = (try target(port: port), try target(port: port))
      let other = try target(port: port, generation: 2) { $0.timeout = 5_000 }
      let driver = try await loop.submit {
        NIOLoopBound(
          DeliveryDriver(stable, worker: worker.value.worker) { _ in }, eventLoop: loop)
      }.get()
      func send(_ line: String, _ target: DeliveryTarget) async throws {
        try await loop.submit {
          driver.value.take(DeliveryEntry(ByteBuffer(string: line)), target)
        }.get()
      }
      try await send("1", stable)
      #expect(await events.next() == .connected)
      #expect(await events.next() == .received("1\n"))
      for (line, target) in [("2", canary), ("3", stable), ("4", canary)] {
        try await send(line, target)
        #expect(await events.next() == .received("\(line)\n"))
      }
      try await send("5", other)
      var changes: [Event] = []
      while changes.count < 3, let event = await events.next() { changes.append(event) }
      #expect(changes.contains(.closed), "it was the former one's")
      #expect(changes.filter { $0 != .closed } == [.connected, .received("5\n")])
    }
  }
}
