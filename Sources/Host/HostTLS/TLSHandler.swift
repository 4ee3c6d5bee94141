// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// TLS between a channel's socket and the handlers behind this one.
///
/// Shakes hands as soon as the channel is active, and reads by itself until that is done. Writes wait
/// for it; all that is flushed together shares records. ``TLSHandshakeCompleted`` is fired when the
/// connection is secure; a ``TLSError`` when it is not, or no longer, and then the channel is closed.
package final class TLSHandler: ChannelDuplexHandler {
  package typealias InboundIn = ByteBuffer
  package typealias InboundOut = ByteBuffer
  package typealias OutboundIn = ByteBuffer
  package typealias OutboundOut = ByteBuffer

  private var session: TLSSession
  private var writes = PendingWrites()
  /// Of writes whose last bytes are encrypted and not yet with the channel.
  private var promises: [EventLoopPromise<Void>] = []
  /// `close(mode: .output)` was asked for before the handshake was over, by each of these.
  private var outputClose: OutputClose = .no
  /// The handlers behind have asked to read and got nothing yet.
  private var isReadDue = false
  /// They got something since the last `channelReadComplete`.
  private var hasDelivered = false

  private enum OutputClose {
    case no
    case due([EventLoopPromise<Void>])
  }

  /// - Parameters:
  ///   - context: of the same role.
  ///   - role: which end this is, and whom it expects at the other.
  ///   - sessions: of the same loop and context: where a client's session is found and left.
  /// - Throws: when the server's name is neither a DNS name nor an address.
  package init(
    context: TLSContext, role: TLSRole, sessions: TLSClientSessions? = nil
  ) throws(TLSError) {
    session = try TLSSession(context, role, sessions: sessions)
  }

  // MARK: - Events of the channel

  package func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { start(context) }
  }

  package func handlerRemoved(context: ChannelHandlerContext) {
    failWrites(ChannelError.ioOnClosedChannel)
  }

  package func channelActive(context: ChannelHandlerContext) {
    start(context)
    context.fireChannelActive()
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch session.received(unwrapInboundIn(data)) {
    case .handshake(let step): obey(step, context)
    case .readable: deliver(context)
    case .ignore: break
    }
  }

  package func channelReadComplete(context: ChannelHandlerContext) {
    if hasDelivered {
      hasDelivered = false
      context.fireChannelReadComplete()
    } else if isReadDue || session.isHandshaking {
      context.read()
    }
  }

  package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard let event = event as? ChannelEvent, event == .inputClosed else {
      return context.fireUserInboundEventTriggered(event)
    }
    // The handlers behind were or are told by close_notify.
    end(context)
  }

  package func channelInactive(context: ChannelHandlerContext) {
    end(context)
    failWrites(ChannelError.ioOnClosedChannel)
    context.fireChannelInactive()
  }

  // MARK: - Calls of the handlers behind

  package func read(context: ChannelHandlerContext) {
    isReadDue = true
    guard !session.isHandshaking, session.hasUnread else { return context.read() }
    deliver(context)
    channelReadComplete(context: context)
  }

  package func write(
    context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
  ) {
    writes.append(unwrapOutboundIn(data), promise)
  }

  package func flush(context: ChannelHandlerContext) {
    writes.flush()
    guard !session.isHandshaking else { return }
    encrypt(context)
    context.flush()
  }

  package func close(
    context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
  ) {
    switch mode {
    case .input: context.close(mode: .input, promise: promise)
    case .output: closeOutput(context, promise.map { [$0] } ?? [])
    case .all:
      if session.closed() == .notified { send(context) }
      context.close(mode: .all, promise: promise)
      failWrites(ChannelError.ioOnClosedChannel)
    }
  }

  // MARK: - What the session answers

  private func start(_ context: ChannelHandlerContext) {
    obey(session.started(), context)
  }

  private func obey(_ step: TLSSession.OnHandshake, _ context: ChannelHandlerContext) {
    switch step {
    case .ignore: break
    case .continues:
      send(context)
      if !isReadDue { context.read() }
    case .failed(let error): fail(error, context)
    case .completed(let agreed):
      send(context)
      context.fireUserInboundEventTriggered(agreed)
      encrypt(context)
      context.flush()
      if case .due(let promises) = outputClose { closeOutput(context, promises) }
      // What came behind the handshake waits until somebody wants it.
      if isReadDue { deliver(context) }
    }
  }

  /// Passes on all plaintext that has come.
  private func deliver(_ context: ChannelHandlerContext) {
    while true {
      switch session.read() {
      case .plaintext(let bytes):
        isReadDue = false
        hasDelivered = true
        context.fireChannelRead(wrapInboundOut(bytes))
      case .nothing: return send(context)  // an answer to a key update
      case .closed: return inputClosed(context)
      case .failed(let error): return fail(error, context)
      }
    }
  }

  /// The peer sends no more: as the channel does at the end of a plain connection.
  private func inputClosed(_ context: ChannelHandlerContext) {
    let option = try? context.channel.syncOptions?.getOption(.allowRemoteHalfClosure)
    if option ?? false, session.canWrite {
      context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    } else {
      close(context: context, mode: .all, promise: nil)
    }
  }

  private func end(_ context: ChannelHandlerContext) {
    deliver(context)
    switch session.ended() {
    case .clean, .ignore: break
    case .failed(let error): fail(error, context)
    }
  }

  private func closeOutput(_ context: ChannelHandlerContext, _ promises: [EventLoopPromise<Void>]) {
    let notified = session.outputClosed()
    if case .notYet = notified {
      if case .due(let earlier) = outputClose {
        outputClose = .due(earlier + promises)
      } else {
        outputClose = .due(promises)
      }
      return
    }
    outputClose = .no
    if case .notified = notified { send(context) }
    for promise in promises.dropFirst() { promises[0].futureResult.cascade(to: promise) }
    context.close(mode: .output, promise: promises.first)
    writes.failAll(ChannelError.outputClosed)
  }

  private func fail(_ error: TLSError, _ context: ChannelHandlerContext) {
    send(context)
    failWrites(error)
    context.fireErrorCaught(error)
    context.close(promise: nil)
  }

  // MARK: - Output

  /// Encrypts and writes all that is flushed.
  private func encrypt(_ context: ChannelHandlerContext) {
    while let (next, more) = writes.popFlushed() {
      var write = next
      var result = session.write(&write.bytes, more: more)
      while result == .outputFull {
        emit(context, keeping: session.hasStaged)
        result = session.write(&write.bytes, more: more)
      }
      switch result {
      case .taken, .outputFull:
        if let promise = write.promise { promises.append(promise) }
      case .notOpen: write.promise?.fail(ChannelError.outputClosed)
      case .failed(let error):
        write.promise?.fail(error)
        return fail(error, context)
      }
    }
    emit(context, keeping: false)
  }

  /// Gives the channel the output, with the promises of all that is in it.
  ///
  /// - Parameter keeping: some of the plaintext is not in the output yet.
  private func emit(_ context: ChannelHandlerContext, keeping: Bool) {
    let done = keeping ? [] : promises
    if !keeping { promises.removeAll(keepingCapacity: true) }
    guard let bytes = session.takeOutput() ?? (done.isEmpty ? nil : ByteBuffer()) else { return }
    for promise in done.dropFirst() { done[0].futureResult.cascade(to: promise) }
    context.write(wrapOutboundOut(bytes), promise: done.first)
  }

  /// Gives the channel what the protocol itself has to say.
  private func send(_ context: ChannelHandlerContext) {
    guard let bytes = session.takeOutput() else { return }
    context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
  }

  private func failWrites(_ error: any Error) {
    writes.failAll(error)
    let encrypted = promises
    promises.removeAll()
    for promise in encrypted { promise.fail(error) }
    if case .due(let promises) = outputClose {
      outputClose = .no
      for promise in promises { promise.fail(error) }
    }
  }
}
