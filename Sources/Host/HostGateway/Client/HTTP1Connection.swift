// SPDX-License-Identifier: Apache-2.0

import HostClients
import HostExchange
import HostHTTP
import NIOCore

/// A client's connection of HTTP/1.1: it reads requests one behind the other and writes their responses.
///
/// The decoder decides what a request is; this handler starts an exchange with it, hands it the body as far as it is
/// wanted, and writes what the exchange says.
final class HTTP1Connection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  /// Bytes that may wait here for an exchange: pipelined requests, or a body that nobody takes yet.
  static let waitingLimit = 64 << 10
  /// How long, and for how many bytes, a client that still sends is read after its last response. To close at once would
  /// reset the connection, and the response with it (RFC 9112, 9.6).
  private static let lingerTime = TimeAmount.seconds(2)
  private static let lingerLimit = 16 << 20

  let worker: Worker
  let facts: ConnectionFacts
  let peer: ClientPeer
  private var context: ChannelHandlerContext?
  private var decoder: RequestDecoder
  private var inbound = ByteBuffer()
  private let output: ConnectionOutput
  private var exchange: Exchange?
  /// The request of the present exchange is complete.
  private var requestEnded = false
  /// How the end of the present response's body is told.
  private var framing = BodyFraming.none
  private var closesAfterResponse = false
  /// What the client sends is not HTTP: nothing of it is read any more.
  private var isRefused = false
  /// Bytes that were read and dropped since the last response; nil before it.
  private var lingered: Int?
  private(set) var hasUnsent = false
  private var readIsDue = false
  private var clock: ClientClock
  /// Requests so far.
  private var served = 0
  private var isActive = false
  private var isDecoding = false
  /// HTTP is over: bytes go both ways as they come.
  private var isTunnel = false

  init(worker: Worker, facts: ConnectionFacts, peer: ClientPeer) {
    self.worker = worker
    self.peer = peer
    clock = ClientClock(now: worker.now())
    self.facts = facts
    output = ConnectionOutput(worker.flushes)
    decoder = RequestDecoder(limits: worker.policy.head)
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
    guard !isActive else { return }
    isActive = true
    clock = ClientClock(now: worker.now())
    worker.opened(self)
    context.read()
  }

  func channelInactive(context: ChannelHandlerContext) {
    self.context = nil
    output.closed()
    worker.closed(self)
    // What it had sent behind its last request is nobody's any more: a request without a client would never end.
    inbound.clear()
    closesAfterResponse = true
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
    clock.heard(exchange == nil ? .request : .body, now: worker.now())
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
    if isTunnel { return passOn() }
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

  /// Writes the head that ends HTTP; what the client sends behind its request goes to the exchange as it comes.
  func beginTunnel(_ head: ByteBuffer) {
    isTunnel = true
    requestEnded = true
    framing = .untilClose
    closesAfterResponse = true
    output.write(head)
    // The exchange is not through with the head yet.
    worker.loop.assumeIsolated().execute { [self] in resume() }
  }

  private func passOn() {
    while inbound.readableBytes > 0, let exchange, exchange.wantsRequestBody {
      let bytes = inbound
      inbound = ByteBuffer()
      exchange.requestBody(bytes)
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
    served += 1
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
      exchange.requestBroken(refusal)
    } else {
      let id = worker.countRefusal(refusal, client: peer.text)
      output.write(ErrorResponse.Refusal(refusal, id: id, worker.policy).bytes)
      linger()
    }
  }

  /// Ends this side, and reads what the client still sends until it ends its own.
  private func linger() {
    output.flush()
    guard lingered == nil, let context else { return }
    lingered = 0
    hasUnsent = true
    inbound.clear()
    let written = context.eventLoop.makePromise(of: Void.self)
    context.close(mode: .output, promise: written)
    // A client that is slow still gets all of it.
    written.futureResult.assumeIsolated().whenComplete { [self] _ in
      hasUnsent = false
      worker.sentAll()
      worker.loop.assumeIsolated().scheduleTask(in: Self.lingerTime) { [self] in close() }
    }
    readIsDue = false
    context.read()
  }
}

// MARK: - What the worker wants

extension HTTP1Connection: ClientConnection {
  var activity: ConnectionActivity {
    if exchange != nil { return requestEnded ? .writing : .reading }
    return inbound.readableBytes > 0 ? .reading : .waiting
  }

  func finish() {
    if exchange == nil { linger() } else { closesAfterResponse = true }
  }

  func expire(now: UInt64, _ timeouts: ClientTimeouts) {
    if hasUnsent || exchange != nil {
      guard !clock.isStuck(unsent: unsent, timeouts, now: now) else { return giveUp(.send) }
    }
    guard let delay = clock.delay(of: wait, timeouts, now: now) else { return }
    switch delay {
    case .idle: close()
    case .send: giveUp(delay)
    case .body: timedOut(delay)
    // Who has sent nothing at all asks for nothing, and is told nothing.
    case .head: if inbound.readableBytes > 0 { timedOut(delay) } else { giveUp(delay) }
    }
  }

  func close() {
    context?.close(promise: nil)
  }
}

// MARK: - Clients that are too slow

extension HTTP1Connection {
  /// What the client is waited for to send.
  private var wait: ClientClock.Wait {
    if lingered != nil || isRefused { return .nothing }
    guard let exchange else { return closesAfterResponse ? .nothing : .request }
    return requestEnded || readIsDue || exchange.holdsBackContinue ? .nothing : .body
  }

  /// Bytes that the client does not take.
  private var unsent: Int {
    do {
      return try context?.channel.syncOptions?.getOption(.bufferedWritableBytes) ?? 0
    } catch {
      return 0  // the channel is closed
    }
  }

  private func giveUp(_ delay: ClientClock.Delay) {
    worker.noteRefusal(delay.rawValue, client: peer.text, id: exchange?.requestID)
    close()
  }

  /// Answers with 408 and reads no more.
  private func timedOut(_ delay: ClientClock.Delay) {
    isRefused = true
    closesAfterResponse = true
    inbound.clear()
    if let exchange {
      worker.noteRefusal(delay.rawValue, client: peer.text, id: exchange.requestID)
      exchange.requestTimedOut()
    } else {
      let id = worker.countRefusal(delay.rawValue, client: peer.text)
      output.write(ErrorResponse.Refusal(.requestTimeout, id: id, worker.policy).bytes)
      linger()
    }
  }
}

// MARK: - What the exchange says

extension HTTP1Connection: ExchangeClient {
  var isWritable: Bool { output.isWritable }

  var protocolVersion: String { "1.1" }

  func resume() {
    decode()
    if readIsDue, wantsMore {
      readIsDue = false
      clock.resumed(now: worker.now())
      context?.read()
    }
  }

  func sendContinue() {
    output.write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
    output.flush()
  }

  func sendInformational(_ head: ResponseHead) {
    guard let exchange, !exchange.request.head.isOldVersion else { return }
    var buffer = ByteBuffer()
    do {
      try HeadWriter.write(
        status: head.status, fields: head.fields, edits: HeaderEdits(), framing: .none,
        closes: false, into: &buffer)
    } catch {
      return  // a status of 1xx that cannot be written is none that means anything
    }
    output.write(buffer)
  }

  func sendHead(_ head: ClientResponse) -> Int {
    guard let request = exchange?.request.head else { return 0 }
    var declared: Int?
    switch head.body {
    case .none(let length): (framing, declared) = (.none, length)
    case .length(let length): framing = .length(length)
    case .open: framing = request.isOldVersion ? .untilClose : .chunked
    }
    // What follows this response's request could not be told from the rest of its body.
    let isCutShort = !requestEnded && request.hasBody
    let isLast = served >= worker.policy.keepaliveRequests
    if worker.isStopping || isCutShort || isLast || !request.keepsAlive || framing == .untilClose {
      closesAfterResponse = true
    }
    var buffer = ByteBuffer()
    do {
      try HeadWriter.write(
        status: head.status, fields: head.fields, edits: head.edits, framing: framing,
        length: declared, closes: closesAfterResponse,
        keepsOldVersionAlive: request.isOldVersion && !closesAfterResponse, upgrade: head.upgrade,
        into: &buffer)
    } catch {
      preconditionFailure("statuses were checked where they came in")
    }
    output.write(buffer)
    return buffer.readableBytes
  }

  func sendBody(_ bytes: ByteBuffer) {
    if framing == .chunked { output.writeChunk(bytes) } else { output.write(bytes) }
  }

  func endResponse(_ trailers: Trailers) {
    guard let exchange else { return }
    if framing == .chunked {
      var buffer = ByteBuffer()
      ChunkWriter.writeLast(trailers, into: &buffer)
      output.write(buffer)
    }
    self.exchange = nil
    clock.answered(hasMore: inbound.readableBytes > 0, now: worker.now())
    let isWhole = requestEnded || !exchange.request.head.hasBody
    guard !closesAfterResponse, isWhole else {
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

  func cut(lastWords: ByteBuffer?) {
    if let lastWords, framing == .chunked {
      output.writeChunk(lastWords)
      closesAfterResponse = true
      endResponse(Trailers())
    } else {
      exchange = nil
      output.flush()
      context?.close(promise: nil)
    }
  }
}
