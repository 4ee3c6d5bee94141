// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import PluginProtocol

/// The host's end of a process's control connection: frames in, messages out.
final class ControlHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  /// What the connection tells the supervisor.
  enum Event: Sendable {
    case message(ControlMessage)
    case violation(ProtocolViolation)
    case closed
  }

  private let decoder = FrameDecoder(
    maxFrame: ConnectionLimits.controlFrame, maxMeta: ConnectionLimits.controlFrame)
  private var inbound = ByteBuffer()
  private let report: @Sendable (Event) -> Void

  init(_ report: @escaping @Sendable (Event) -> Void) { self.report = report }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    inbound.writeBuffer(&bytes)
    while true {
      switch inbound.withUnsafeReadableBytes({ decoder.next(in: $0) }) {
      case .incomplete: return
      case .violation(let violation): return fail(violation, context)
      case .frame(let header):
        inbound.moveReaderIndex(forwardBy: FrameHeader.size)
        guard let frame = inbound.readSlice(length: Int(header.length)) else { return }
        do throws(ProtocolViolation) {
          guard header.stream == 0, header.payloadLength == 0 else { throw .unexpectedFrame }
          guard let type = FrameType(rawValue: header.type) else {
            guard header.flags.contains(.ignorable) else { throw .unknownFrame }
            continue
          }
          let result: Result<ControlMessage, ProtocolViolation> = frame.withUnsafeReadableBytes {
            bytes in
            Result { () throws(ProtocolViolation) in try ControlMessage(type, bytes) }
          }
          report(.message(try result.get()))
        } catch {
          return fail(error, context)
        }
      }
    }
  }

  func channelInactive(context: ChannelHandlerContext) { report(.closed) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func fail(_ violation: ProtocolViolation, _ context: ChannelHandlerContext) {
    report(.violation(violation))
    context.close(promise: nil)
  }
}

/// Splits what a plugin prints into lines, of a length that a log can bear.
final class LogLineHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  /// Bytes of a line; what is longer is cut.
  private static let lineLimit = 8 << 10

  private var partial: [UInt8] = []
  private var isCut = false
  private let report: @Sendable (String) -> Void

  init(_ report: @escaping @Sendable (String) -> Void) { self.report = report }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    for byte in unwrapInboundIn(data).readableBytesView {
      if byte == UInt8(ascii: "\n") {
        finishLine()
      } else if partial.count < Self.lineLimit {
        partial.append(byte)
      } else {
        isCut = true
      }
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    if !partial.isEmpty { finishLine() }
  }

  private func finishLine() {
    report(String(decoding: partial, as: UTF8.self) + (isCut ? " …" : ""))
    partial.removeAll(keepingCapacity: true)
    isCut = false
  }
}
