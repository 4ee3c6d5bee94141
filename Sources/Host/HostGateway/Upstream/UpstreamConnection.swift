// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import HostPools
import NIOCore

/// A connection to an upstream: it carries one request at a time.
final class UpstreamConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  /// Bytes of a response that may wait for its exchange.
  static let waitingLimit = 256 << 10

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
  private(set) var isReused = false
  private var hasReceived = false
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

  /// The client's request goes over this connection.
  func attach(_ client: any UpstreamClient, tryNumber: Int, isHead: Bool, now: UInt64) {
    self.client = client
    self.tryNumber = tryNumber
    hasReceived = false
    lastActivity = now
    decoder.requestSent(isHead: isHead)
  }

  func write(_ bytes: ByteBuffer) { output.write(bytes) }

  func writeChunk(_ bytes: ByteBuffer) { output.writeChunk(bytes) }

  /// Stops reading, or goes on: the client has enough of the response, or wants more.
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

  /// The client does not want the rest.
  func abort() {
    client = nil
    context?.close(promise: nil)
  }

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
    worker.upstreams.closed(self)
    worker.flushes.eventEnded()
    context.fireChannelInactive()
  }

  /// The upstream has closed. What it had sent is still to be taken, as fast as the client takes it.
  private func endWhenRead() {
    guard hasEnded, !isPaused, let client else { return }
    do {
      if case .end = try decoder.endOfFile() {
        self.client = nil
        client.upstreamFinished(tryNumber: tryNumber, connection: nil, trailers: Trailers())
      } else {
        fail(.upstreamInvalid)
      }
    } catch {
      fail(.upstreamInvalid)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail(worker.upstreams.hostError(for: error))
    context.close(promise: nil)
  }

  /// It is not the upstream that is waited for.
  func touch(_ now: UInt64) { lastActivity = now }

  /// Nothing was heard for too long.
  func timedOut() {
    fail(.upstreamTimeout)
    context?.close(promise: nil)
  }

  private func fail(_ error: HostError) {
    guard let client else { return }
    self.client = nil
    // A connection that was idle may have been closed by its peer before the request reached it.
    client.upstreamFailed(tryNumber: tryNumber, error, isStale: isReused && !hasReceived)
  }

  private func decode() {
    do {
      while !isPaused, let event = try decoder.next(&inbound) {
        lastActivity = worker.now()
        switch event {
        case .informational(let head):
          client?.upstreamInformational(tryNumber: tryNumber, head)
        case .head(let head): client?.upstreamHead(tryNumber: tryNumber, head)
        case .body(let bytes): client?.upstreamBody(tryNumber: tryNumber, bytes)
        case .end(let trailers, let reusable): finish(trailers, reusable)
        }
      }
    } catch {
      fail(.upstreamInvalid)
      context?.close(promise: nil)
    }
  }

  private func finish(_ trailers: Trailers, _ reusable: Bool) {
    let finished = client
    client = nil
    isReused = true
    let keeps = reusable && isActive
    if !keeps { context?.close(promise: nil) }
    finished?.upstreamFinished(
      tryNumber: tryNumber, connection: keeps ? self : nil, trailers: trailers)
  }
}
