// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PluginProtocol

/// The host's end of a process's control connection: frames in, messages out.
///
/// It reads again only when it is told to (`channel.read()`): what a plugin sends faster than the control plane looks at
/// it waits in the plugin.
final class ControlHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  /// What the connection tells the supervisor.
  enum Event: Sendable {
    case message(ControlMessage)
    case violation(ProtocolViolation)
    /// All of what was read has been told: read on.
    case wantsRead
    /// The connection is over.
    case closed
  }

  private let decoder = FrameDecoder(
    maxFrame: ConnectionLimits.controlFrame, maxMeta: ConnectionLimits.controlFrame)
  private var inbound = ByteBuffer()
  private var isBroken = false
  private let report: @Sendable (Event) -> Void

  init(_ report: @escaping @Sendable (Event) -> Void) { self.report = report }

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    context.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isBroken else { return }
    var bytes = unwrapInboundIn(data)
    inbound.writeBuffer(&bytes)
    do throws(ProtocolViolation) {
      while let message = try next() {
        if case .some(let known) = message { report(.message(known)) }
      }
    } catch {
      isBroken = true
      report(.violation(error))
      context.close(promise: nil)
    }
    if inbound.readableBytes == 0 { inbound.clear() } else { inbound.discardReadBytes() }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if !isBroken { report(.wantsRead) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    report(.closed)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  /// The next whole frame's message; nil: there is none; nil in it: a frame that may be ignored.
  private func next() throws(ProtocolViolation) -> ControlMessage?? {
    switch inbound.withUnsafeReadableBytes({ decoder.next(in: $0) }) {
    case .incomplete: return nil
    case .violation(let violation): throw violation
    case .frame(let header):
      inbound.moveReaderIndex(forwardBy: FrameHeader.size)
      guard let frame = inbound.readSlice(length: Int(header.length)) else { return nil }
      guard let type = try ControlConnection.type(of: header) else { return .some(nil) }
      let result = frame.withUnsafeReadableBytes { bytes in
        Result { () throws(ProtocolViolation) in try ControlMessage(type, bytes) }
      }
      return .some(try result.get())
    }
  }
}
