// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import HostPools
import HostTLS
import NIOCore

/// A connection of HTTP/1.1 to an upstream: it carries one request at a time.
final class UpstreamConnection: ChannelInboundHandler, UpstreamStream {
  typealias InboundIn = ByteBuffer

  /// A body up to this size leaves in one write with its head.
  private static let smallBody = 16 << 10

  let id: UInt64
  let origin: Origin
  private let worker: Worker
  private var context: ChannelHandlerContext?
  private var decoder: ResponseDecoder
  private var inbound = ByteBuffer()
  private let output: ConnectionOutput
  /// Let go of with the end of its request, so that neither keeps the other.
  private var client: (any UpstreamClient)?
  private var tryNumber = 0
  private var readIsDue = false
  private(set) var isPaused = false
  /// The channel is closed. Bytes of the response may still be here.
  private var hasEnded = false
  /// Whether it has carried a request before: only then may its peer have closed it unseen.
  private var isReused = false
  private var hasReceived = false
  private var isChunked = false
  /// HTTP is over: bytes go both ways as they come.
  private var isTunnel = false
  /// All of the request was written.
  private var requestEnded = false
  private(set) var lastActivity: UInt64 = 0

  init(id: UInt64, origin: Origin, worker: Worker, limits: HeadLimits) {
    self.id = id
    self.origin = origin
    self.worker = worker
    output = ConnectionOutput(worker.flushes)
    decoder = ResponseDecoder(limits: limits)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    output.opened(context)
  }

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    context.read()
  }

  var isActive: Bool { context?.channel.isActive ?? false }
  var isWritable: Bool { output.isWritable }

  /// The upstream's IP address.
  var remoteAddress: String? { context?.remoteAddress?.ipAddress }

  var unsentBytes: Int {
    guard let options = context?.channel.syncOptions else { return 0 }
    return (try? options.getOption(.bufferedWritableBytes)) ?? 0
  }

  func start(
    _ client: any UpstreamClient, tryNumber: Int, head: ByteBuffer, body: ByteBuffer,
    framing: BodyFraming, isHead: Bool, upgrades: Bool
  ) {
    self.client = client
    self.tryNumber = tryNumber
    hasReceived = false
    requestEnded = false
    isChunked = framing == .chunked
    lastActivity = worker.now()
    decoder.requestSent(isHead: isHead, upgrades: upgrades)
    if body.readableBytes > 0, !isChunked, body.readableBytes <= Self.smallBody {
      var head = head
      head.writeImmutableBuffer(body)  // one small write is cheaper than two
      output.write(head)
    } else {
      output.write(head)
      if body.readableBytes > 0 { sendBody(body) }
    }
  }

  func sendBody(_ bytes: ByteBuffer) {
    if isChunked { output.writeChunk(bytes) } else { output.write(bytes) }
  }

  func endBody(_ trailers: Trailers) {
    requestEnded = true
    guard isChunked else { return }
    var buffer = ByteBuffer()
    ChunkWriter.writeLast(trailers, into: &buffer)
    output.write(buffer)
  }

  func giveBack() { worker.upstreams.released(id) }

  func pause(_ paused: Bool) {
    guard paused != isPaused else { return }
    isPaused = paused
    guard !paused else { return }
    // While nobody listened the upstream could not be late.
    lastActivity = worker.now()
    decode()
    endWhenRead()
    if readIsDue, !isPaused {
      readIsDue = false
      context?.read()
    }
  }

  func abort() {
    client = nil
    close()
  }

  func close() { context?.close(promise: nil) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    worker.flushes.eventBegan()
    inbound.append(received: unwrapInboundIn(data))
    hasReceived = true
    decode()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    worker.flushes.eventEnded()
    if isPaused { readIsDue = true } else { context.read() }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { client?.upstreamWritable() }
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    self.context = nil
    output.closed()
    hasEnded = true
    decode()
    endWhenRead()
    worker.upstreams.closed(id)
    worker.flushes.eventEnded()
    context.fireChannelInactive()
  }

  /// The upstream has closed. What it had sent is still to be taken, as fast as the client takes it.
  private func endWhenRead() {
    guard hasEnded, !isPaused, let client else { return }
    if isTunnel {
      self.client = nil
      return client.upstreamFinished(tryNumber: tryNumber, trailers: Trailers())
    }
    do {
      if case .end = try decoder.endOfFile() {
        self.client = nil
        client.upstreamFinished(tryNumber: tryNumber, trailers: Trailers())
      } else {
        lose(.upstreamInvalid)
      }
    } catch {
      lose(.upstreamInvalid, cause: error)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    lose(error is TLSError ? .upstreamTLS : .upstreamInvalid, cause: error)
    context.close(promise: nil)
  }

  func touch(_ now: UInt64) { lastActivity = now }

  func timedOut() {
    fail(UpstreamFailure(.upstreamTimeout, .lost))
    close()
  }

  /// The connection is broken. One that was idle may have been closed by its peer before the request reached it.
  private func lose(_ error: HostError, cause: (any Error)? = nil) {
    fail(UpstreamFailure(error, isReused && !hasReceived ? .stale : .lost, cause: cause))
  }

  private func fail(_ failure: UpstreamFailure) {
    guard let client else { return }
    self.client = nil
    client.upstreamFailed(tryNumber: tryNumber, failure)
  }

  private func decode() {
    if isTunnel { return passOn() }
    do {
      while !isPaused, !isTunnel, let event = try decoder.next(&inbound) {
        lastActivity = worker.now()
        switch event {
        case .informational(let head) where head.status == 101: upgrade(head)
        case .informational(let head):
          client?.upstreamInformational(tryNumber: tryNumber, head)
        case .head(let head): client?.upstreamHead(tryNumber: tryNumber, head)
        case .body(let bytes): client?.upstreamBody(tryNumber: tryNumber, bytes)
        case .end(let trailers, let reusable): finish(trailers, reusable)
        }
      }
    } catch {
      fail(UpstreamFailure(.upstreamInvalid, .answered, cause: error))
      close()
    }
  }

  private func upgrade(_ head: ResponseHead) {
    guard head.switchesToWebSocket else {
      fail(UpstreamFailure(.upstreamInvalid, .answered))
      return close()
    }
    isTunnel = true
    client?.upstreamUpgraded(tryNumber: tryNumber, head)
    passOn()
  }

  private func passOn() {
    guard !isPaused, inbound.readableBytes > 0 else { return }
    lastActivity = worker.now()
    let bytes = inbound
    inbound = ByteBuffer()
    client?.upstreamBody(tryNumber: tryNumber, bytes)
  }

  private func finish(_ trailers: Trailers, _ reusable: Bool) {
    // Given back first, so that who follows finds it: it may carry the next request before this one's client is told.
    let (finished, number) = (client, tryNumber)
    client = nil
    isReused = true
    // A request that is still being sent makes it unusable.
    if reusable, requestEnded, isActive { worker.upstreams.released(id) } else { close() }
    finished?.upstreamFinished(tryNumber: number, trailers: trailers)
  }
}
