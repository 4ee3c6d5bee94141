// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import NIOCore
import NIOHPACK
import NIOHTTP2

/// One request on a connection of HTTP/2, and its response.
///
/// Bytes of the request's body wait here until the exchange takes them; only then does the client get window for more.
/// Bytes of the response are NIO's as soon as they are written, and wait there for the stream's window: they are counted,
/// so that the exchange slows its source down.
final class HTTP2Stream {
  let id: HTTP2StreamID
  private let connection: HTTP2Connection
  /// Nil before its head was read, and when it has the whole response or the client left.
  private var exchange: Exchange?
  private var isStarted = false
  private var isFeeding = false
  private var inbound = ByteBuffer()
  private var trailers = Trailers()
  /// The client has sent all; the exchange was told.
  private var requestEnded: Bool
  private var requestTold: Bool
  private var window = InboundWindow()
  /// Bytes of the response that NIO's handler has not written yet.
  private var unwritten = 0
  private var isBehind = false
  /// What is left of a body whose length was told.
  private var left: Int?
  /// The last frame is with NIO's handler; it was written.
  private var responseEnded = false
  private var responseWritten = false
  private var isClosed = false
  private var lastActivity: UInt64

  init(id: HTTP2StreamID, connection: HTTP2Connection, isWhole: Bool) {
    self.id = id
    self.connection = connection
    requestEnded = isWhole
    requestTold = isWhole
    lastActivity = connection.worker.now()
  }
}

// MARK: - The request

extension HTTP2Stream {
  func begin(_ head: RequestHead) {
    exchange = connection.worker.makeExchange(client: self, head: head)
    // A body of no bytes has no end to wait for.
    if !head.hasBody { requestTold = true }
  }

  /// All that came with the head is here: the exchange starts with it.
  func start() {
    guard !isStarted, !isClosed, let exchange else { return }
    isStarted = true
    if requestEnded, !requestTold, trailers.count == 0,
      inbound.readableBytes <= exchange.snapshot.limits.requestBody
    {
      requestTold = true
      if inbound.readableBytes > 0 { exchange.hold(inbound) }
      inbound = ByteBuffer()
      exchange.holdsAll()
    }
    exchange.start()
    feed()
  }

  func received(_ bytes: ByteBuffer, isLast: Bool) {
    lastActivity = connection.worker.now()
    if isLast { requestEnded = true }
    // Nobody wants the rest of a request that is answered.
    guard exchange != nil else { return }
    inbound.append(received: bytes)
    if isStarted {
      feed()
    } else if isLast || inbound.readableBytes >= HTTP2Limits.firstStreamWindow / 2 {
      start()
    }
  }

  func received(trailers section: HPACKHeaders) {
    do throws(HTTP2Request.Refusal) {
      trailers = try HTTP2Request.trailers(section, limits: connection.worker.headLimits)
    } catch {
      return reset(.protocolError)
    }
    received(ByteBuffer(), isLast: true)
  }

  func windowChanged(to size: Int) {
    guard !requestEnded, exchange != nil else { return }
    give(window.changed(to: size, held: inbound.readableBytes))
  }

  /// Hands the exchange what it takes.
  private func feed() {
    guard isStarted, !isFeeding else { return }
    isFeeding = true
    defer { isFeeding = false }
    while !requestTold, let exchange, exchange.wantsRequestBody {
      if inbound.readableBytes > 0 {
        let bytes = inbound
        inbound = ByteBuffer()
        exchange.requestBody(bytes)
        if !requestEnded { give(window.took(bytes.readableBytes, held: inbound.readableBytes)) }
      } else if requestEnded {
        requestTold = true
        exchange.requestFinished(trailers)
      } else {
        return
      }
    }
  }

  private func give(_ increment: Int?) {
    guard let increment, !isClosed else { return }
    connection.write(id, .windowUpdate(windowSizeIncrement: increment))
  }

  /// Ends a stream whose request was none.
  func refuse(_ refusal: HTTP2Request.Refusal) {
    guard case .refused(let reason) = refusal else { return reset(.protocolError) }
    let answer = ErrorResponse.Refusal(reason, id: connection.worker.countRefusal(reason))
    _ = sendHead(answer.head)
    sendBody(answer.body)
  }
}

// MARK: - The end

extension HTTP2Stream {
  /// Breaks the stream off.
  func reset(_ code: HTTP2ErrorCode) {
    guard !isClosed else { return }
    let left = exchange
    exchange = nil
    responseEnded = true
    connection.write(id, .rstStream(code))
    left?.clientLeft()
  }

  /// It is over: both sides have ended, or one has broken it off, or the connection is gone.
  func closed() {
    guard !isClosed else { return }
    isClosed = true
    inbound = ByteBuffer()
    // Who has handed over the whole response ends on his own.
    guard !responseEnded, let left = exchange else { return }
    exchange = nil
    left.clientLeft()
  }

  /// Whether nothing has moved for longer than the limit (nanoseconds), and it is the client who is waited for.
  func isWaiting(since limit: UInt64, now: UInt64) -> Bool {
    let waits = unwritten > 0 || !requestTold && exchange?.wantsRequestBody ?? false
    return waits && now &- lastActivity > limit
  }

  /// NIO's handler writes bytes of the response.
  func wrote(_ count: Int, isLast: Bool) {
    unwritten -= count
    if isLast { responseWritten = true }
    let isReady = isBehind && unwritten <= HTTP2Limits.lowWater
    if isReady || isLast && !requestEnded { connection.schedule(self) } else { progress() }
  }

  private func progress() { lastActivity = connection.worker.now() }

  /// What was written may be answered now.
  func written(now: UInt64) {
    guard !isClosed else { return }
    lastActivity = now
    if responseWritten, !requestEnded {
      // The response did not need the rest of the request (RFC 9113, 8.1).
      connection.write(id, .rstStream(.noError))
    } else if isBehind, unwritten <= HTTP2Limits.lowWater {
      isBehind = false
      exchange?.clientWritability(true)
    }
  }
}

// MARK: - What the exchange says

extension HTTP2Stream: ExchangeClient {
  var address: String { connection.address }
  var isSecure: Bool { connection.isSecure }
  var isWritable: Bool { !isBehind && !isClosed }

  func resume() { feed() }

  func sendContinue() {
    connection.write(id, .headers(.init(headers: [":status": "100"])))
    connection.flush()
  }

  func sendInformational(_ head: ResponseHead) {
    connection.write(id, .headers(.init(headers: HTTP2Response.informational(head))))
  }

  func sendHead(_ head: ClientResponse) -> Int {
    let (section, byteCount) = HTTP2Response.head(head)
    switch head.body {
    case .none, .length(0): responseEnded = true
    case .length(let length): left = length
    case .open: left = nil
    }
    connection.write(id, .headers(.init(headers: section, endStream: responseEnded)))
    return byteCount
  }

  func sendBody(_ bytes: ByteBuffer) {
    guard !responseEnded, !isClosed else { return }
    unwritten += bytes.readableBytes
    if let length = left {
      // With the last byte of a body whose length was told the stream ends: no empty frame needs to say so.
      left = length - bytes.readableBytes
      responseEnded = length <= bytes.readableBytes
    }
    connection.write(id, .data(.init(data: .byteBuffer(bytes), endStream: responseEnded)))
    guard unwritten > HTTP2Limits.highWater, !isBehind else { return }
    isBehind = true
    exchange?.clientWritability(false)
  }

  func endResponse(_ trailers: Trailers) {
    exchange = nil
    inbound = ByteBuffer()
    guard !responseEnded, !isClosed else { return }
    responseEnded = true
    if trailers.count > 0 {
      let section = HTTP2Response.trailers(trailers)
      connection.write(id, .headers(.init(headers: section, endStream: true)))
    } else {
      connection.write(id, .data(.init(data: .byteBuffer(ByteBuffer()), endStream: true)))
    }
  }

  func cut(lastWords: ByteBuffer?) {
    if let lastWords, left == nil {
      sendBody(lastWords)
      endResponse(Trailers())
    } else {
      exchange = nil
      // What was said so far still arrives.
      connection.flush()
      reset(.internalError)
    }
  }
}
