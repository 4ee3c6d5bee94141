// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Reads the PROXY header in front of all that a connection carries, and is then gone from the pipeline.
///
/// The handlers behind it learn of the connection when its header is there: that the channel is active, and then the
/// first bytes. It stands in front of TLS. What is no header, or does not come in time,
/// closes the connection: there is nobody to whom an error could be told.
package final class ProxyProtocolHandler: ChannelInboundHandler, RemovableChannelHandler {
  package typealias InboundIn = ByteBuffer
  package typealias InboundOut = ByteBuffer

  private let timeout: TimeAmount
  private let accepted: (ProxyHeader) -> Bool
  private let refused: (ProxyRefusal) -> Void
  private var received = ByteBuffer()
  private var timer: Scheduled<Void>?
  private var state = State.reading

  private enum State { case reading, handedOver, closed }

  /// - Parameters:
  ///   - timeout: for the whole header.
  ///   - received: whether the connection that the header tells of may stay; else it is closed.
  ///   - refused: told why the connection is closed.
  package init(
    timeout: TimeAmount, received: @escaping (ProxyHeader) -> Bool,
    refused: @escaping (ProxyRefusal) -> Void
  ) {
    accepted = received
    self.timeout = timeout
    self.refused = refused
  }

  package func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { begin(context) }
  }

  package func channelActive(context: ChannelHandlerContext) { begin(context) }

  private func begin(_ context: ChannelHandlerContext) {
    guard timer == nil else { return }
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { [self] in
      refuse(.tooSlow, context)
    }
    context.read()
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    guard state == .reading else { return }
    received.writeBuffer(&bytes)
    do {
      guard let (header, length) = try ProxyHeader.parse(received.readableBytesView) else { return }
      finish(header, length, context)
    } catch {
      refuse(error, context)
    }
  }

  package func channelReadComplete(context: ChannelHandlerContext) {
    switch state {
    case .reading: context.read()
    case .handedOver: context.fireChannelReadComplete()
    case .closed: break
    }
  }

  package func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    // Who was not told that the channel is active need not know that it is not.
    if state == .handedOver { context.fireChannelInactive() }
    state = .closed
  }

  private func finish(_ header: ProxyHeader, _ length: Int, _ context: ChannelHandlerContext) {
    timer?.cancel()
    guard accepted(header) else {
      state = .closed
      return context.close(promise: nil)
    }
    state = .handedOver
    received.moveReaderIndex(forwardBy: length)
    context.fireChannelActive()
    if received.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(received)) }
    received = ByteBuffer()
    context.fireChannelReadComplete()
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }

  private func refuse(_ refusal: ProxyRefusal, _ context: ChannelHandlerContext) {
    guard state == .reading else { return }
    timer?.cancel()
    state = .closed
    refused(refusal)
    context.close(promise: nil)
  }
}
