// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Splits what a plugin prints into lines, of a length and at a rate that a log can bear.
///
/// It pauses between two reads. A plugin that prints without end fills its pipe, and waits for it.
final class LogLineHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  /// What was printed.
  enum Event: Sendable {
    case lines([String])
    /// More than ``lineLimit`` lines at once; so many were dropped, the oldest: the last words may say why a process ends.
    case dropped(Int)
    /// Nobody has the pipe open any more.
    case ended
  }

  /// Bytes of a line; what is longer is cut.
  static let byteLimit = 8 << 10
  /// Lines of one read; what is more is dropped and counted.
  static let lineLimit = 256
  private static let pause = TimeAmount.milliseconds(5)

  private var partial: [UInt8] = []
  private var isCut = false
  private var lines: [String] = []
  private var dropped = 0
  private let report: @Sendable (Event) -> Void

  init(_ report: @escaping @Sendable (Event) -> Void) { self.report = report }

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    context.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    for byte in unwrapInboundIn(data).readableBytesView {
      if byte == UInt8(ascii: "\n") {
        finishLine()
      } else if partial.count < Self.byteLimit {
        partial.append(byte)
      } else {
        isCut = true
      }
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    tell()
    let context = NIOLoopBound(context, eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: Self.pause) { context.value.read() }
  }

  func channelInactive(context: ChannelHandlerContext) {
    if !partial.isEmpty { finishLine() }
    tell()
    report(.ended)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func finishLine() {
    let line = String(decoding: partial, as: UTF8.self) + (isCut ? " …" : "")
    if lines.count < Self.lineLimit {
      lines.append(line)
    } else {
      // A ring: the newest line takes the place of the oldest.
      lines[dropped % Self.lineLimit] = line
      dropped += 1
    }
    partial.removeAll(keepingCapacity: true)
    isCut = false
  }

  private func tell() {
    let oldest = dropped % Self.lineLimit
    if !lines.isEmpty { report(.lines(Array(lines[oldest...] + lines[..<oldest]))) }
    if dropped > 0 { report(.dropped(dropped)) }
    lines.removeAll()
    dropped = 0
  }
}
