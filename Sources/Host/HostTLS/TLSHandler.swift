// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Fired through the pipeline when the handshake is over and the peer is who it must be.
package struct TLSHandshakeCompleted: Sendable {
  /// Version and cipher, for logs.
  package let summary: String
}

/// TLS between the socket and the handlers behind it.
package final class TLSHandler: ChannelDuplexHandler {
  package typealias InboundIn = ByteBuffer
  package typealias InboundOut = ByteBuffer
  package typealias OutboundIn = ByteBuffer
  package typealias OutboundOut = ByteBuffer

  private var session: TLSSession
  private var waiting: [(bytes: ByteBuffer, promise: EventLoopPromise<Void>?)] = []
  private var promises: [EventLoopPromise<Void>] = []
  private var flushIsDue = false
  private var hasFailed = false
  private var hasStarted = false

  package init(context: TLSContext, role: TLSSession.Role) throws(TLSError) {
    session = try TLSSession(context, role)
  }

  package func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { start(context) }
  }

  package func channelActive(context: ChannelHandlerContext) {
    start(context)
    context.fireChannelActive()
  }

  private func start(_ context: ChannelHandlerContext) {
    guard !hasStarted else { return }
    hasStarted = true
    advance(context)
    context.read()
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    session.received(unwrapInboundIn(data))
    advance(context)
  }

  package func channelReadComplete(context: ChannelHandlerContext) {
    // Nobody behind reads before there is something to read.
    if session.state == .handshaking, !hasFailed { context.read() }
    context.fireChannelReadComplete()
  }

  package func channelInactive(context: ChannelHandlerContext) {
    if !hasFailed, session.state == .handshaking || session.state == .established {
      fail(.truncated, context)
    }
    for (_, promise) in waiting { promise?.fail(ChannelError.ioOnClosedChannel) }
    waiting.removeAll()
    context.fireChannelInactive()
  }

  private func advance(_ context: ChannelHandlerContext) {
    guard !hasFailed else { return }
    do throws(TLSError) {
      if session.state == .handshaking {
        let result = Result { () throws(TLSError) in try session.handshake() }
        send(context, flush: true)  // an alert tells the peer why
        try result.get()
        guard session.state == .established else { return }
        context.fireUserInboundEventTriggered(TLSHandshakeCompleted(summary: session.summary))
        if flushIsDue { flush(context: context) }
      }
      var hasRead = false
      while let plaintext = try session.read(context.channel.allocator) {
        hasRead = true
        context.fireChannelRead(wrapInboundOut(plaintext))
      }
      if hasRead { send(context, flush: true) }  // key updates and the like
      if session.state == .peerClosed { context.close(promise: nil) }
    } catch {
      fail(error, context)
    }
  }

  private func fail(_ error: TLSError, _ context: ChannelHandlerContext) {
    hasFailed = true
    context.fireErrorCaught(error)
    context.close(promise: nil)
  }

  private func send(_ context: ChannelHandlerContext, flush: Bool) {
    guard let bytes = session.output(context.channel.allocator) else { return }
    context.write(wrapOutboundOut(bytes), promise: nil)
    if flush { context.flush() }
  }

  package func write(
    context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
  ) {
    waiting.append((unwrapOutboundIn(data), promise))
  }

  package func flush(context: ChannelHandlerContext) {
    guard session.state != .handshaking else {
      flushIsDue = true
      return
    }
    flushIsDue = false
    guard !waiting.isEmpty else { return context.flush() }
    let plaintexts = waiting
    waiting.removeAll(keepingCapacity: true)
    do throws(TLSError) {
      // All that is flushed together is one run of records, and one write.
      var joined = plaintexts[0].bytes
      for (bytes, _) in plaintexts.dropFirst() { joined.writeImmutableBuffer(bytes) }
      try session.write(joined)
    } catch {
      for (_, promise) in plaintexts { promise?.fail(error) }
      return fail(error, context)
    }
    let promise = plaintexts.contains { $0.promise != nil }
      ? context.eventLoop.makePromise(of: Void.self) : nil
    for (_, waiter) in plaintexts { promise?.futureResult.cascade(to: waiter) }
    if let bytes = session.output(context.channel.allocator) {
      context.writeAndFlush(wrapOutboundOut(bytes), promise: promise)
    } else {
      promise?.succeed()
    }
  }

  package func close(
    context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
  ) {
    if mode != .input, !hasFailed {
      flush(context: context)
      session.close()
      send(context, flush: true)
      hasFailed = true  // nothing that comes now is an error
    }
    context.close(mode: mode, promise: promise)
  }
}
