// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import HostPools
import HostTLS
import NIOCore
import NIOHPACK
import NIOHTTP2

/// A connection of HTTP/2 to an upstream: NIO's handler in front of it reads and writes frames and keeps the rules of
/// streams; here requests become streams.
///
/// It always reads: what an upstream may have on the way is bounded by the windows of its streams.
final class UpstreamHTTP2Connection: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame

  /// Requests at a time where the upstream has no limit.
  private static let mostStreams = 1024
  /// Bytes of responses that may be on their way to all streams.
  private static let connectionWindow = 1 << 20

  let id: UpstreamPool.ConnectionID
  let origin: Origin
  let worker: Worker
  private var context: ChannelHandlerContext?
  private var streams: [HTTP2StreamID: UpstreamHTTP2Stream] = [:]
  private var nextStream: Int32 = 1
  private var window = InboundWindow(first: connectionWindow, largest: connectionWindow)
  /// Streams that take more of their request's body, when NIO's handler is through.
  private var due: [UpstreamHTTP2Stream] = []
  private var isDraining = false
  private let output: HTTP2Output
  private(set) var isReady = false
  /// The upstream takes no more requests.
  private var isLeaving = false
  /// When anything came.
  private(set) var lastReceived: UInt64 = 0

  init(id: UpstreamPool.ConnectionID, origin: Origin, worker: Worker) {
    self.id = id
    self.origin = origin
    self.worker = worker
    output = HTTP2Output(worker.flushes)
  }

  /// Puts it into a channel, behind the handlers that are there. The pool hears of it when the upstream has said how many
  /// requests it takes.
  func install(on channel: any Channel) throws {
    let codec = NIOHTTP2Handler(
      mode: .client, frameDelegate: self,
      connectionConfiguration: UpstreamHTTP2Limits.connection(worker.policy.head),
      streamConfiguration: UpstreamHTTP2Limits.stream)
    try channel.pipeline.syncOperations.addHandlers([codec, self])
    channel.read()
  }

  var isActive: Bool { context?.channel.isActive ?? false }
  var isWritable: Bool { context?.channel.isWritable ?? false }

  /// The upstream's IP address.
  var remoteAddress: String? { context?.remoteAddress?.ipAddress }

  /// Bytes that the system has not taken.
  var unsentBytes: Int {
    guard let options = context?.channel.syncOptions else { return 0 }
    return (try? options.getOption(.bufferedWritableBytes)) ?? 0
  }

  /// Another request's.
  func makeStream() -> UpstreamHTTP2Stream { UpstreamHTTP2Stream(connection: self) }

  func close() {
    guard let context else { return }
    write(.rootStream, .goAway(lastStreamID: .rootStream, errorCode: .noError, opaqueData: nil))
    flush()
    context.close(promise: nil)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if context.channel.isActive { widen() }
  }

  func channelActive(context: ChannelHandlerContext) {
    widen()
    context.fireChannelActive()
  }

  private func widen() {
    let more = Self.connectionWindow - HTTP2Limits.firstStreamWindow
    write(.rootStream, .windowUpdate(windowSizeIncrement: more))
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    worker.flushes.eventBegan()
    let frame = unwrapInboundIn(data)
    lastReceived = worker.now()
    switch frame.payload {
    case .headers(let content):
      streams[frame.streamID]?.received(content.headers, isLast: content.endStream)
    case .data(let content):
      guard case .byteBuffer(let bytes) = content.data else { return }
      streams[frame.streamID]?.received(bytes, isLast: content.endStream)
    case .settings(.settings(let settings)): settingsCame(settings)
    case .goAway(let last, _, _): leave(last)
    default: return  // NIO's handler has done what is to be done
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    drain()
    worker.flushes.eventEnded()
    context.read()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { due += streams.values }
    drain()
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    self.context = nil
    let lost = streams.values
    streams.removeAll()
    // Nothing is made on it any more by those who hear of its end.
    worker.upstreams.closed(id)
    for stream in lost { stream.connectionLost(.upstreamInvalid, cause: nil) }
    worker.flushes.eventEnded()
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case let event as NIOHTTP2WindowUpdatedEvent: windowChanged(event)
    case let event as StreamClosedEvent: streamClosed(event)
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let isOfChannel = error is ChannelError || error is IOError || error is TLSError
    // That a stream was reset is told by an event of its own.
    if !isOfChannel, output.takesForStreamError(context) { return }
    worker.upstreams.retire(id)
    let lost = streams.values
    streams.removeAll()
    for stream in lost {
      stream.connectionLost(error is TLSError ? .upstreamTLS : .upstreamInvalid, cause: error)
    }
    context.close(promise: nil)
  }
}

// MARK: - Streams

extension UpstreamHTTP2Connection {
  /// Opens a stream; nil: the connection has no numbers left, or is closed.
  func open(_ stream: UpstreamHTTP2Stream) -> HTTP2StreamID? {
    guard context != nil, !isLeaving, nextStream < Int32.max - 2 else { return nil }
    let id = HTTP2StreamID(nextStream)
    nextStream += 2
    streams[id] = stream
    return id
  }

  /// The stream was opened, and nothing of it is written.
  func forget(_ stream: UpstreamHTTP2Stream, _ id: HTTP2StreamID) {
    streams[id] = nil
    worker.upstreams.released(self.id)
  }

  /// The upstream takes so many requests at a time.
  private func settingsCame(_ settings: HTTP2Settings) {
    let limit = settings.last { $0.parameter == .maxConcurrentStreams }?.value
    if !isReady {
      isReady = true
      worker.upstreams.isReady(self, capacity: min(limit ?? Self.mostStreams, Self.mostStreams))
    } else if let limit {
      worker.upstreams.capacityChanged(id, to: min(limit, Self.mostStreams))
    }
  }

  /// The upstream finishes the streams up to this one, and has not looked at later ones.
  private func leave(_ last: HTTP2StreamID) {
    isLeaving = true
    worker.upstreams.retire(id)
    for (id, stream) in streams where id > last {
      streams[id] = nil
      stream.refused()
      worker.upstreams.released(self.id)
    }
  }

  private func windowChanged(_ event: NIOHTTP2WindowUpdatedEvent) {
    guard let size = event.inboundWindowSize else { return }
    if event.streamID == .rootStream {
      if let increment = window.changed(to: size, held: 0) {
        write(.rootStream, .windowUpdate(windowSizeIncrement: increment))
      }
    } else {
      streams[event.streamID]?.windowChanged(to: size)
    }
  }

  private func streamClosed(_ event: StreamClosedEvent) {
    guard let stream = streams.removeValue(forKey: event.streamID) else { return }
    if event.reason == .refusedStream { stream.refused() } else { stream.closed(event.reason) }
    worker.upstreams.released(id)
  }
}

// MARK: - Writing

extension UpstreamHTTP2Connection: Flushable, NIOHTTP2FrameDelegate {
  /// Leaves with the event that is being handled; see ``FlushQueue``.
  func write(_ id: HTTP2StreamID, _ payload: HTTP2Frame.FramePayload) {
    guard let context else { return }
    output.write(id, payload, to: context, of: self)
  }

  func flush() {
    if let context, output.flush(context) { drain() }
  }

  /// NIO's handler writes a frame, and is in the midst of it, so that nothing may be written in answer.
  func wroteFrame(_ frame: HTTP2Frame) {
    switch frame.payload {
    case .data(let content):
      guard let stream = streams[frame.streamID] else { return }
      if stream.wrote(content.data.readableBytes) { due.append(stream) }
    default: output.wrote(frame.payload)
    }
  }

  private func drain() {
    guard !isDraining else { return }
    isDraining = true
    while let stream = due.popLast() { stream.writable() }
    isDraining = false
  }
}

/// What an upstream may do with a connection of HTTP/2; NIO's handler sees to it.
private enum UpstreamHTTP2Limits {
  static func connection(_ limits: HeadLimits) -> NIOHTTP2Handler.ConnectionConfiguration {
    var configuration = NIOHTTP2Handler.ConnectionConfiguration()
    configuration.initialSettings = [
      HTTP2Setting(parameter: .enablePush, value: 0),
      HTTP2Setting(parameter: .maxConcurrentStreams, value: 0),
      HTTP2Setting(parameter: .maxHeaderListSize, value: limits.head),
      HTTP2Setting(parameter: .initialWindowSize, value: HTTP2Limits.firstStreamWindow),
    ]
    configuration.maximumSequentialContinuationFrames = 16
    // A stream of events may be kept alive with these.
    configuration.maximumSequentialEmptyDataFrames = 100
    configuration.maximumBufferedControlFrames = 1000
    configuration.controlFrameRateLimit.maximumCount = 1000
    configuration.controlFrameRateLimit.windowLength = .seconds(1)
    return configuration
  }

  static var stream: NIOHTTP2Handler.StreamConfiguration {
    var configuration = NIOHTTP2Handler.StreamConfiguration()
    // An upstream that is overloaded refuses all that comes: that is an answer, and no attack.
    configuration.streamResetFrameRateLimit.maximumCount = 10_000
    configuration.streamResetFrameRateLimit.windowLength = .seconds(1)
    return configuration
  }
}
