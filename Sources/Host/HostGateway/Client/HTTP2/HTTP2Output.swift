// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP2

/// What a connection of HTTP/2, of either end, writes through NIO's handler, and what that handler tells the peer by itself.
final class HTTP2Output {
  private let flushes: FlushQueue
  private var needsFlush = false
  private var isWriting = false
  /// NIO's handler has told the peer of an error: of the connection, of a stream.
  private var isBroken = false
  private var hasReset = false

  init(_ flushes: FlushQueue) { self.flushes = flushes }

  /// The frame leaves with the event that is being handled; see ``FlushQueue``.
  func write(
    _ id: HTTP2StreamID, _ payload: HTTP2Frame.FramePayload, to context: ChannelHandlerContext,
    of connection: any Flushable
  ) {
    if !needsFlush {
      needsFlush = true
      flushes.flushAfterEvent(connection)
    }
    isWriting = true
    context.write(NIOAny(HTTP2Frame(streamID: id, payload: payload)), promise: nil)
    isWriting = false
  }

  /// Hands what was written to the system. False: there was nothing.
  func flush(_ context: ChannelHandlerContext) -> Bool {
    guard needsFlush else { return false }
    flushAll(context)
    return true
  }

  /// The same with what NIO's handler has written by itself.
  func flushAll(_ context: ChannelHandlerContext) {
    needsFlush = false
    context.flush()
  }

  /// NIO's handler writes a frame that tells the peer of an error, unless it was given it.
  func wrote(_ payload: HTTP2Frame.FramePayload) {
    switch payload {
    case .rstStream: if !isWriting { hasReset = true }
    case .goAway(_, let code, _): if code != .noError { isBroken = true }
    default: return
    }
  }

  /// Whether an error is one of a stream, which NIO's handler has reset or will as soon as the peer reads. The connection
  /// goes on.
  func takesForStreamError(_ context: ChannelHandlerContext) -> Bool {
    guard !isBroken, hasReset || !context.channel.isWritable else { return false }
    hasReset = false
    return true
  }
}
