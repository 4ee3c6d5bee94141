// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import HostPools
import NIOCore
import NIOHPACK
import NIOHTTP2

/// One request on a connection of HTTP/2 to an upstream.
///
/// Bytes of the response wait here while its client does not want them; only when they are taken does the upstream get
/// window for more.
final class UpstreamHTTP2Stream: UpstreamStream {
  private let connection: UpstreamHTTP2Connection
  private var id: HTTP2StreamID?
  /// Let go of with the end of its request.
  private var client: (any UpstreamClient)?
  private var tryNumber = 0
  private var isHead = false
  private var started: UInt64 = 0
  private(set) var isPaused = false
  private(set) var lastActivity: UInt64 = 0
  /// All of the request is with NIO's handler.
  private var requestEnded = false
  /// Bytes of the request's body that NIO's handler has not written yet.
  private var unwritten = 0
  private var isBehind = false
  private var hasResponse = false
  private var inbound = ByteBuffer()
  private var trailers = Trailers()
  private var responseEnded = false
  /// How it ended, once the client has taken what was here before.
  private var failure: UpstreamFailure?
  private var isDelivering = false
  private var isClosed = false
  private var window = InboundWindow()

  init(connection: UpstreamHTTP2Connection) { self.connection = connection }

  var origin: Origin { connection.origin }

  private var now: UInt64 { connection.worker.now() }
}

// MARK: - The request

extension UpstreamHTTP2Stream {
  var isWritable: Bool { !isBehind && !isClosed && connection.isWritable }

  var unsentBytes: Int { unwritten + connection.unsentBytes }

  func start(
    _ client: any UpstreamClient, tryNumber: Int, head: ByteBuffer, body: ByteBuffer,
    framing: BodyFraming, isHead: Bool, upgrades: Bool
  ) {
    precondition(!upgrades, "another protocol needs a connection of its own")
    self.client = client
    self.tryNumber = tryNumber
    self.isHead = isHead
    started = now
    lastActivity = started
    guard let id = connection.open(self) else {
      isClosed = true
      connection.worker.upstreams.released(connection.id)
      return failLater(UpstreamFailure(.upstreamUnreachable, .unsent))
    }
    self.id = id
    do {
      let section = try UpstreamHTTP2Head.request(head, isSecure: origin.isSecure)
      requestEnded = !framing.hasBody || framing == .length(0)
      connection.write(id, .headers(.init(headers: section, endStream: requestEnded)))
      if body.readableBytes > 0 { sendBody(body) }
    } catch {
      connection.forget(self, id)
      isClosed = true
      failLater(UpstreamFailure(.upstreamRequest, .answered, cause: error))
    }
  }

  /// Its client is in the midst of starting it.
  private func failLater(_ failure: UpstreamFailure) {
    connection.worker.loop.assumeIsolated().execute { [self] in fail(failure) }
  }

  func sendBody(_ bytes: ByteBuffer) {
    guard let id, !requestEnded, !isClosed else { return }
    unwritten += bytes.readableBytes
    isBehind = unwritten > HTTP2Limits.highWater
    connection.write(id, .data(.init(data: .byteBuffer(bytes), endStream: false)))
  }

  func endBody(_ trailers: Trailers) {
    guard let id, !requestEnded, !isClosed else { return }
    requestEnded = true
    if trailers.count > 0 {
      let section = UpstreamHTTP2Head.trailers(trailers)
      connection.write(id, .headers(.init(headers: section, endStream: true)))
    } else {
      connection.write(id, .data(.init(data: .byteBuffer(ByteBuffer()), endStream: true)))
    }
  }

  /// NIO's handler writes bytes of the body. Whether the client can be told to go on.
  func wrote(_ count: Int) -> Bool {
    unwritten -= count
    lastActivity = now
    return isBehind && unwritten <= HTTP2Limits.lowWater
  }

  func writable() {
    guard unwritten <= HTTP2Limits.lowWater, !isClosed else { return }
    isBehind = false
    client?.upstreamWritable()
  }

  func giveBack() { connection.worker.upstreams.released(connection.id) }
}

// MARK: - The response

extension UpstreamHTTP2Stream {
  func received(_ section: HPACKHeaders, isLast: Bool) {
    lastActivity = now
    do {
      if hasResponse {
        trailers = try UpstreamHTTP2Head.trailers(section, limits: connection.worker.policy.head)
        responseEnded = true
        return deliver()
      }
      let event = try UpstreamHTTP2Head.response(
        section, isHead: isHead, limits: connection.worker.policy.head)
      switch event {
      case .informational(let head):
        client?.upstreamInformational(tryNumber: tryNumber, head)
      case .head(let head):
        hasResponse = true
        // Without a body nothing more is to be waited for, whatever still comes.
        responseEnded = isLast || !head.hasBody
        client?.upstreamHead(tryNumber: tryNumber, head)
        if !head.hasBody, !isLast { reset(.cancel) }
        deliver()
      case .body, .end: break
      }
    } catch {
      fail(UpstreamFailure(.upstreamInvalid, .answered, cause: error), resetting: .protocolError)
    }
  }

  func received(_ bytes: ByteBuffer, isLast: Bool) {
    lastActivity = now
    responseEnded = responseEnded || isLast
    guard client != nil else { return }
    inbound.append(received: bytes)
    deliver()
  }

  func windowChanged(to size: Int) {
    guard !responseEnded, client != nil else { return }
    give(window.changed(to: size, held: inbound.readableBytes))
  }

  func pause(_ paused: Bool) {
    guard paused != isPaused else { return }
    isPaused = paused
    guard !paused else { return }
    // While nobody listened the upstream could not be late.
    lastActivity = now
    deliver()
  }

  private func deliver() {
    guard !isDelivering else { return }
    isDelivering = true
    defer { isDelivering = false }
    while !isPaused, let client {
      if inbound.readableBytes > 0 {
        let bytes = inbound
        inbound = ByteBuffer()
        client.upstreamBody(tryNumber: tryNumber, bytes)
        if !responseEnded { give(window.took(bytes.readableBytes, held: inbound.readableBytes)) }
      } else if responseEnded {
        self.client = nil
        // The response did not need the rest of the request.
        if !requestEnded { reset(.noError) }
        client.upstreamFinished(tryNumber: tryNumber, trailers: trailers)
      } else if let failure {
        fail(failure)
      } else {
        return
      }
    }
  }

  private func give(_ increment: Int?) {
    guard let increment, let id, !isClosed else { return }
    connection.write(id, .windowUpdate(windowSizeIncrement: increment))
  }
}

// MARK: - The end

extension UpstreamHTTP2Stream {
  func touch(_ now: UInt64) { lastActivity = now }

  func timedOut() {
    // A connection on which nothing has come meanwhile may be dead: others do not try it.
    if connection.lastReceived < started { connection.worker.upstreams.retire(connection.id) }
    fail(UpstreamFailure(.upstreamTimeout, .lost), resetting: .cancel)
  }

  func abort() {
    client = nil
    reset(.cancel)
  }

  /// The upstream has not looked at the request.
  func refused() { end(UpstreamFailure(.upstreamUnreachable, .unsent)) }

  /// The stream is over on both sides, or one has broken it off.
  func closed(_ reason: HTTP2ErrorCode?) {
    end(UpstreamFailure(.upstreamInvalid, .lost, cause: reason.map(StreamReset.init)))
  }

  func connectionLost(_ error: HostError, cause: (any Error)?) {
    // A connection that was idle may have been closed by its peer before the request reached it.
    let isStale = connection.lastReceived < started
    end(UpstreamFailure(error, isStale ? .stale : .lost, cause: cause))
  }

  private func end(_ failure: UpstreamFailure) {
    isClosed = true
    if !responseEnded { self.failure = failure }
    deliver()
  }

  private func reset(_ code: HTTP2ErrorCode) {
    guard let id, !isClosed else { return }
    isClosed = true
    connection.write(id, .rstStream(code))
  }

  private func fail(_ failure: UpstreamFailure, resetting code: HTTP2ErrorCode? = nil) {
    let client = client
    self.client = nil
    // NIO's handler tells of the end of the stream at once, which is nobody's then.
    if let code { reset(code) }
    client?.upstreamFailed(tryNumber: tryNumber, failure)
  }
}

/// The upstream has broken a stream off.
private struct StreamReset: Error, CustomStringConvertible {
  let code: HTTP2ErrorCode
  var description: String { "stream reset: \(code)" }
}
