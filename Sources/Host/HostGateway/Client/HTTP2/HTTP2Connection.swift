// SPDX-License-Identifier: Apache-2.0

import HostClients
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

  /// How long a client that still sends is read after the last frame.
  private static let lingerTime = TimeAmount.seconds(2)

  let worker: Worker
  let facts: ConnectionFacts
  let peer: ClientPeer
  private var isActive = false
  private let gate: InboundGate
  private var context: ChannelHandlerContext?
  private var streams: [HTTP2StreamID: HTTP2Stream] = [:]
  private var lastStream = HTTP2StreamID.rootStream
  /// Requests so far.
  private var served = 0
  private var window = InboundWindow(
    first: HTTP2Limits.connectionWindow, largest: HTTP2Limits.connectionWindow)
  /// Streams whose request's head is here, and whose exchange begins when all that came with it is.
  private var beginning: [HTTP2Stream] = []
  /// Streams that have something to do when NIO's handler is through.
  private var due: [HTTP2Stream] = []
  private var isDraining = false
  private let output: HTTP2Output
  private var lastActivity: UInt64 = 0
  private var lastWrote: UInt64 = 0
  /// The client was told that there will be no more streams.
  private var isFinishing = false
  /// Nothing is written any more.
  private var hasEnded = false
  private var isSendingEnd = false

  init(worker: Worker, facts: ConnectionFacts, peer: ClientPeer, gate: InboundGate) {
    self.worker = worker
    self.peer = peer
    self.facts = facts
    self.gate = gate
    output = HTTP2Output(worker.flushes)
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
    guard !isActive else { return }
    isActive = true
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
    if served >= worker.policy.keepaliveRequests { finish() }
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
    if error is ChannelError || error is IOError { return close() }
    if let error = error as? NIOHTTP2Errors.StreamError {
      // What was written is no response that the stream can have.
      streams[error.streamID]?.reset(.internalError)
      return
    }
    // GOAWAY for streams that were promised already cannot be written: that is an error of the connection.
    if !(error is NIOHTTP2Errors.RaisedGoawayLastStreamID), output.takesForStreamError(context) {
      worker.countRefusal(Self.reason(error), client: peer.text)
      return
    }
    worker.logger.info(
      "HTTP/2 connection refused",
      metadata: ["client": "\(peer.text)", "reason": "\(Self.reason(error))"])
    abandonStreams()
    end()
  }

  /// Only the kind of error is told: NIO's errors have fields of the request in them.
  private static func reason(_ error: any Error) -> String { "\(type(of: error))" }
}

// MARK: - Streams

extension HTTP2Connection {
  private func received(_ id: HTTP2StreamID, _ content: HTTP2Frame.FramePayload.Headers) {
    if let stream = streams[id] {
      return stream.received(trailers: content.headers)
    }
    lastStream = id
    served += 1
    let stream = HTTP2Stream(id: id, connection: self, isWhole: content.endStream)
    streams[id] = stream
    do throws(HTTP2Request.Refusal) {
      let head = try HTTP2Request.head(
        content.headers, isWhole: content.endStream, limits: worker.policy.head)
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
    output.write(id, payload, to: context, of: self)
  }

  func flush() {
    if let context, output.flush(context) { drain() }
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
    default: output.wrote(frame.payload)
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
  var activity: ConnectionActivity { streams.isEmpty ? .waiting : .writing }

  var hasUnsent: Bool { isSendingEnd || !hasEnded && !streams.isEmpty }

  /// No stream begins any more; those that are open end as they would have.
  func finish() {
    guard !isFinishing, !hasEnded else { return }
    isFinishing = true
    write(.rootStream, .goAway(lastStreamID: lastStream, errorCode: .noError, opaqueData: nil))
    flush()
    drain()
  }

  func expire(now: UInt64, _ timeouts: ClientTimeouts) {
    // A client that reads nothing at all holds everything that waits for it.
    if !isWritable, now &- lastWrote >= timeouts.send {
      worker.noteRefusal(ClientClock.Delay.send.rawValue, client: peer.text)
      return close()
    }
    for stream in streams.values where stream.isWaiting(since: timeouts.body, now: now) {
      worker.noteRefusal(ClientClock.Delay.body.rawValue, client: peer.text)
      stream.reset(.cancel)
    }
    if streams.isEmpty, now &- lastActivity >= timeouts.idle { finish() }
  }

  func close() { context?.close(promise: nil) }

  /// Ends this side, and reads what the client still sends until it ends its own.
  private func end() {
    guard !hasEnded, let context else { return }
    hasEnded = true
    isSendingEnd = true
    output.flushAll(context)
    drain()
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
