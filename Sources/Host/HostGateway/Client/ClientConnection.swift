// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import NIOCore

/// A client's connection: it reads requests one behind the other and writes their responses.
///
/// The decoder decides what a request is; this handler starts an exchange with it, hands it the body as far as it is
/// wanted, and writes what the exchange says.
final class ClientConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  /// Bytes that may wait here for an exchange: pipelined requests, or a body that nobody takes yet.
  static let waitingLimit = 64 << 10
  /// How long, and for how many bytes, a client that still sends is read after its last response. To close at once would
  /// reset the connection, and the response with it (RFC 9112, 9.6).
  private static let lingerTime = TimeAmount.seconds(2)
  private static let lingerLimit = 16 << 20

  let worker: Worker
  let facts: ConnectionFacts
  private(set) var address = ""
  private var context: ChannelHandlerContext?
  private var decoder: RequestDecoder
  private var inbound = ByteBuffer()
  private let output: ConnectionOutput
  private var exchange: Exchange?
  /// The request of the present exchange is complete.
  private var requestEnded = false
  private var closesAfterResponse = false
  /// What the client sends is not HTTP: nothing of it is read any more.
  private var isRefused = false
  /// Bytes that were read and dropped since the last response; nil before it.
  private var lingered: Int?
  private var readIsDue = false
  private var lastActivity: UInt64 = 0
  private var isDecoding = false

  init(worker: Worker, facts: ConnectionFacts, limits: HeadLimits) {
    self.worker = worker
    self.facts = facts
    output = ConnectionOutput(worker.flushes)
    decoder = RequestDecoder(limits: limits)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    output.opened(context)
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
    context.read()
  }

  func channelInactive(context: ChannelHandlerContext) {
    self.context = nil
    output.closed()
    worker.closed(self)
    let gone = exchange
    exchange = nil
    gone?.clientLeft()
    worker.flushes.eventEnded()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // A reset is no more than a client that left; the close that follows tells the exchange.
    context.close(promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    worker.flushes.eventBegan()
    let bytes = unwrapInboundIn(data)
    if let dropped = lingered {
      lingered = dropped + bytes.readableBytes
      if dropped > Self.lingerLimit { context.close(promise: nil) }
      return
    }
    inbound.append(received: bytes)
    lastActivity = worker.now()
    decode()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    worker.flushes.eventEnded()
    if wantsMore { context.read() } else { readIsDue = true }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    exchange?.clientWritability(context.channel.isWritable)
    context.fireChannelWritabilityChanged()
  }

  /// Whether another read is worth it: the end of the connection shows only to those who read.
  private var wantsMore: Bool {
    if lingered != nil { return true }
    guard let exchange else { return !closesAfterResponse }
    return inbound.readableBytes < Self.waitingLimit
      && (requestEnded || exchange.wantsRequestBody)
  }

  private func decode() {
    guard !isDecoding else { return }
    isDecoding = true
    defer { isDecoding = false }
    do {
      while let event = try nextEvent() {
        switch event {
        case .head(let head): begin(head)
        case .body(let bytes): exchange?.requestBody(bytes)
        case .end(let trailers):
          requestEnded = true
          exchange?.requestFinished(trailers)
        }
      }
    } catch {
      refuse(error)
    }
  }

  /// The next event that somebody can take: no new head while an exchange runs, no body that is not wanted.
  private func nextEvent() throws(HTTPRefusal) -> RequestDecoder.Event? {
    guard !isRefused else { return nil }
    if let exchange {
      guard !requestEnded, exchange.wantsRequestBody else { return nil }
    } else if closesAfterResponse {
      return nil
    }
    return try decoder.next(&inbound)
  }

  private func begin(_ head: RequestHead) {
    requestEnded = false
    let exchange = worker.makeExchange(client: self, head: head)
    self.exchange = exchange
    // A body that came with its head is told first: the exchange starts with all that there is, and sends it in one write.
    if case .length(let length) = head.framing, length > 0, length <= inbound.readableBytes,
      length <= Self.waitingLimit
    {
      do {
        try takeBody(for: exchange)
      } catch {
        preconditionFailure("a body of a given length is bytes, whatever they are")
      }
    }
    exchange.start()
  }

  private func takeBody(for exchange: Exchange) throws(HTTPRefusal) {
    while !requestEnded, let event = try decoder.next(&inbound) {
      switch event {
      case .head: return
      case .body(let bytes): exchange.hold(bytes)
      case .end:
        requestEnded = true
        exchange.holdsAll()
      }
    }
  }

  private func refuse(_ refusal: HTTPRefusal) {
    isRefused = true
    closesAfterResponse = true
    inbound.clear()
    if let exchange {
      exchange.requestBroken()
    } else {
      write(worker.refusal(refusal))
      linger()
    }
  }

  /// More of the request's body is wanted: reading and decoding go on.
  func resume() {
    decode()
    if readIsDue, wantsMore {
      readIsDue = false
      lastActivity = worker.now()
      context?.read()
    }
  }

  /// Asks for the body of a client that waits to be asked (RFC 9110, 10.1.1).
  func sendContinue() {
    write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
    output.flush()
  }

  var isWritable: Bool { output.isWritable }

  func write(_ bytes: ByteBuffer) { output.write(bytes) }

  func writeChunk(_ bytes: ByteBuffer) { output.writeChunk(bytes) }

  /// Whether the response that is written next is this connection's last.
  func willClose(_ exchange: Exchange) -> Bool {
    closesAfterResponse || worker.isStopping || !requestEnded && exchange.request.head.hasBody
      || !exchange.request.head.keepsAlive
  }

  /// The exchange has written its response.
  func responseEnded(_ exchange: Exchange, closes: Bool) {
    guard self.exchange === exchange else { return }
    self.exchange = nil
    lastActivity = worker.now()
    let isWhole = requestEnded || !exchange.request.head.hasBody
    guard !closes, isWhole else {
      closesAfterResponse = true
      return linger()
    }
    requestEnded = false
    // A pipelined request begins in a turn of its own, so that many of them do not pile up on the stack.
    guard inbound.readableBytes == 0 else {
      return worker.loop.assumeIsolated().execute { [self] in resume() }
    }
    resume()
  }

  /// Ends this side, and reads what the client still sends until it ends its own.
  private func linger() {
    output.flush()
    guard lingered == nil, let context else { return }
    lingered = 0
    inbound.clear()
    let written = context.eventLoop.makePromise(of: Void.self)
    context.close(mode: .output, promise: written)
    // A client that is slow still gets all of it.
    written.futureResult.assumeIsolated().whenComplete { [self] _ in
      worker.loop.assumeIsolated().scheduleTask(in: Self.lingerTime) { [self] in close() }
    }
    readIsDue = false
    context.read()
  }

  /// The response cannot be completed: the client must see that it is broken, not that it is over.
  func abort() {
    exchange = nil
    output.flush()
    context?.close(promise: nil)
  }

  /// Closes when nothing is under way; with a response under way, after it.
  func finish() {
    if exchange == nil { close() } else { closesAfterResponse = true }
  }

  /// Nanoseconds of idleness; nil while it is not the client who is waited for.
  func idleTime(now: UInt64) -> UInt64? {
    exchange == nil || !requestEnded && !readIsDue ? now &- lastActivity : nil
  }

  func close() {
    context?.close(promise: nil)
  }
}
