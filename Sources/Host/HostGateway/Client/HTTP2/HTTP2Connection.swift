// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import Logging
import NIOCore
import NIOHPACK
import NIOHTTP2

/// A client's connection of HTTP/2: NIO's handler in front of it reads and writes frames and keeps the rules of streams;
/// here streams become requests of exchanges.
///
/// It always reads: what a client may have on the way is bounded by the windows of its streams.
final class HTTP2Connection: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame
  typealias OutboundOut = HTTP2Frame

  /// How long a client that still sends is read after the last frame.
  private static let lingerTime = TimeAmount.seconds(2)

  let worker: Worker
  let isSecure: Bool
  private(set) var address = ""
  private let gate: InboundGate
  private var context: ChannelHandlerContext?
  private var streams: [HTTP2StreamID: HTTP2Stream] = [:]
  private var lastStream = HTTP2StreamID.rootStream
  private var window = InboundWindow(
    first: HTTP2Limits.connectionWindow, largest: HTTP2Limits.connectionWindow)
  /// Streams whose request's head is here, and whose exchange begins when all that came with it is.
  private var beginning: [HTTP2Stream] = []
  /// Streams that have something to do when NIO's handler is through.
  private var due: [HTTP2Stream] = []
  private var isDraining = false
  private var needsFlush = false
  private var lastActivity: UInt64 = 0
  private var lastWrote: UInt64 = 0
  /// The client was told that there will be no more streams.
  private var isFinishing = false
  /// Nothing is written any more.
  private var hasEnded = false
  private var isSendingEnd = false
  /// NIO's handler has told the client of an error: of the connection, of a stream.
  private var isBroken = false
  private var hasReset = false
  private var isWriting = false

  init(worker: Worker, isSecure: Bool, gate: InboundGate) {
    self.worker = worker
    self.isSecure = isSecure
    self.gate = gate
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if context.channel.isActive { activate(context) }
  }

  func channelActive(context: ChannelHandlerContext) {
    activate(context)
    context.fireChannelActive()
  }

  private func activate(_ context: ChannelHandlerContext) {
    guard address.isEmpty else { return }
    address = context.remoteAddress?.ipAddress ?? "unknown"
    lastActivity = worker.now()
    worker.opened(self)
    let more = HTTP2Limits.connectionWindow - HTTP2Limits.firstStreamWindow
    write(.rootStream, .windowUpdate(windowSizeIncrement: more))
    context.read()
  }

  func channelInactive(context: ChannelHandlerContext) {
    self.context = nil
    worker.closed(self)
    abandonStreams()
    worker.flushes.eventEnded()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    worker.flushes.eventBegan()
    guard !hasEnded else { return }
    let frame = unwrapInboundIn(data)
    lastActivity = worker.now()
    switch frame.payload {
    case .headers(let content): received(frame.streamID, content)
    case .data(let content):
      guard case .byteBuffer(let bytes) = content.data else { return }
      streams[frame.streamID]?.received(bytes, isLast: content.endStream)
    default: return  // NIO's handler has done what is to be done
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    startStreams()
    drain()
    worker.flushes.eventEnded()
    if !hasEnded { context.read() }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    drain()
    context.fireChannelWritabilityChanged()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case let event as NIOHTTP2WindowUpdatedEvent: windowChanged(event)
    case let event as StreamClosedEvent: streamClosed(event.streamID)
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let isOfChannel = error is ChannelError || error is IOError
    // An error of a stream has reset it, or will as soon as the client reads; the connection goes on.
    if !isOfChannel, !isBroken, hasReset || !context.channel.isWritable {
      hasReset = false
      return
    }
    if isOfChannel { return close() }
    worker.logger.debug(
      "HTTP/2 connection refused", metadata: ["client": "\(address)", "reason": "\(error)"])
    abandonStreams()
    end()
  }
}

// MARK: - Streams

extension HTTP2Connection {
  private func received(_ id: HTTP2StreamID, _ content: HTTP2Frame.FramePayload.Headers) {
    if let stream = streams[id] {
      return stream.received(trailers: content.headers)
    }
    lastStream = id
    let stream = HTTP2Stream(id: id, connection: self, isWhole: content.endStream)
    streams[id] = stream
    do throws(HTTP2Request.Refusal) {
      let head = try HTTP2Request.head(
        content.headers, isWhole: content.endStream, limits: worker.headLimits)
      stream.begin(head)
      if content.endStream { stream.start() } else { beginning.append(stream) }
    } catch {
      stream.refuse(error)
    }
  }

  private func startStreams() {
    guard !beginning.isEmpty else { return }
    let streams = beginning
    beginning.removeAll(keepingCapacity: true)
    for stream in streams { stream.start() }
  }

  private func windowChanged(_ event: NIOHTTP2WindowUpdatedEvent) {
    guard let size = event.inboundWindowSize, !hasEnded else { return }
    if event.streamID == .rootStream {
      if let increment = window.changed(to: size, held: 0) {
        write(.rootStream, .windowUpdate(windowSizeIncrement: increment))
      }
    } else {
      streams[event.streamID]?.windowChanged(to: size)
    }
  }

  private func streamClosed(_ id: HTTP2StreamID) {
    guard let stream = streams.removeValue(forKey: id) else { return }
    lastActivity = worker.now()
    stream.closed()
  }

  private func abandonStreams() {
    let abandoned = streams.values
    streams.removeAll()
    beginning.removeAll()
    due.removeAll()
    for stream in abandoned { stream.closed() }
  }
}

// MARK: - Writing

extension HTTP2Connection: Flushable, NIOHTTP2FrameDelegate {
  var isWritable: Bool { context?.channel.isWritable ?? false }

  /// Leaves with the event that is being handled; see ``FlushQueue``.
  func write(_ id: HTTP2StreamID, _ payload: HTTP2Frame.FramePayload) {
    guard let context, !hasEnded else { return }
    if !needsFlush {
      needsFlush = true
      worker.flushes.flushAfterEvent(self)
    }
    isWriting = true
    context.write(wrapOutboundOut(HTTP2Frame(streamID: id, payload: payload)), promise: nil)
    isWriting = false
  }

  func flush() {
    guard needsFlush, let context else { return }
    needsFlush = false
    context.flush()
    drain()
  }

  /// NIO's handler writes a frame: of what it was given, or its own. It is in the midst of it, so that nothing may be
  /// written in answer.
  func wroteFrame(_ frame: HTTP2Frame) {
    lastWrote = worker.now()
    switch frame.payload {
    case .data(let content):
      streams[frame.streamID]?.wrote(content.data.readableBytes, isLast: content.endStream)
    case .headers(let content):
      if content.endStream { streams[frame.streamID]?.wrote(0, isLast: true) }
    case .rstStream: if !isWriting { hasReset = true }
    case .goAway(_, let code, _): if code != .noError { isBroken = true }
    default: return
    }
  }

  /// The stream has something to do that cannot be done while frames are written.
  func schedule(_ stream: HTTP2Stream) { due.append(stream) }

  private func drain() {
    guard !isDraining else { return }
    isDraining = true
    while let stream = due.popLast() { stream.written(now: lastWrote) }
    isDraining = false
    if isFinishing, streams.isEmpty { end() }
  }
}

// MARK: - The end

extension HTTP2Connection: ClientConnection {
  var hasUnsent: Bool { isSendingEnd || !hasEnded && !streams.isEmpty }

  /// No stream begins any more; those that are open end as they would have.
  func finish() {
    guard !isFinishing, !hasEnded else { return }
    isFinishing = true
    write(.rootStream, .goAway(lastStreamID: lastStream, errorCode: .noError, opaqueData: nil))
    flush()
    drain()
  }

  func expire(now: UInt64, limit: UInt64) {
    // A client that reads nothing at all holds everything that waits for it.
    if !isWritable, now &- lastWrote > limit { return close() }
    for stream in streams.values where stream.isWaiting(since: limit, now: now) {
      stream.reset(.cancel)
    }
    if streams.isEmpty, now &- lastActivity > limit { finish() }
  }

  func close() { context?.close(promise: nil) }

  /// Ends this side, and reads what the client still sends until it ends its own.
  private func end() {
    guard !hasEnded, let context else { return }
    needsFlush = true
    flush()
    hasEnded = true
    isSendingEnd = true
    gate.shut()
    let written = context.eventLoop.makePromise(of: Void.self)
    context.close(mode: .output, promise: written)
    written.futureResult.assumeIsolated().whenComplete { [self] _ in
      isSendingEnd = false
      worker.sentAll()
      worker.loop.assumeIsolated().scheduleTask(in: Self.lingerTime) { [self] in close() }
    }
  }
}
