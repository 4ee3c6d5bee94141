// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Waits for a client's first bytes: those who know that HTTP/2 is spoken here begin with its preface (RFC 9113, 3.3),
/// and all others speak HTTP/1.1.
final class ProtocolDetector: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private static let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

  private let worker: Worker
  private let isSecure: Bool
  private var context: ChannelHandlerContext?
  private var inbound = ByteBuffer()
  private var isActive = false
  private var began: UInt64 = 0

  init(worker: Worker, isSecure: Bool) {
    self.worker = worker
    self.isSecure = isSecure
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if context.channel.isActive { activate(context) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    worker.closed(self)
  }

  func channelActive(context: ChannelHandlerContext) {
    activate(context)
    context.fireChannelActive()
  }

  private func activate(_ context: ChannelHandlerContext) {
    guard !isActive else { return }
    isActive = true
    began = worker.now()
    worker.opened(self)
    context.read()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    inbound.append(received: unwrapInboundIn(data))
    guard let isHTTP2 = Self.isPreface(inbound) else { return }
    do {
      try ClientPipeline.install(
        isHTTP2 ? "h2" : "http/1.1", on: context.channel, worker: worker, isSecure: isSecure)
    } catch {
      // The pipeline takes no more handlers: the channel is closing.
      return context.close(promise: nil)
    }
    context.fireChannelRead(wrapInboundOut(inbound))
    context.fireChannelReadComplete()
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }

  func channelReadComplete(context: ChannelHandlerContext) { context.read() }

  /// Whether the client begins with the preface of HTTP/2; nil when it may yet.
  static func isPreface(_ bytes: ByteBuffer) -> Bool? {
    let preface = UnsafeRawBufferPointer(
      start: Self.preface.utf8Start, count: Self.preface.utf8CodeUnitCount)
    let begins = bytes.readableBytesView.prefix(preface.count)
    guard begins.elementsEqual(preface.prefix(begins.count)) else { return false }
    return begins.count == preface.count ? true : nil
  }
}

extension ProtocolDetector: ClientConnection {
  var hasUnsent: Bool { false }

  func finish() { close() }

  func expire(now: UInt64, limit: UInt64) {
    if now &- began > limit { close() }
  }

  func close() { context?.close(promise: nil) }
}
