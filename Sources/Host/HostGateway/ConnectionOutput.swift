// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore

/// What a client's or an upstream's connection writes: small pieces that leave together are one buffer and one write.
final class ConnectionOutput: Flushable {
  /// Pieces above this are not copied behind others.
  private static let copyLimit = 4 << 10

  private let flushes: FlushQueue
  /// Nil before the channel is there, and when it is closed: then what is written is dropped.
  private var context: ChannelHandlerContext?
  private var collected = ByteBuffer()
  private var needsFlush = false

  init(_ flushes: FlushQueue) { self.flushes = flushes }

  func opened(_ context: ChannelHandlerContext) { self.context = context }

  func closed() { context = nil }

  /// Whether the peer takes what is written.
  var isWritable: Bool { context?.channel.isWritable ?? false }

  /// Leaves with the event that is being handled; see ``FlushQueue``.
  func write(_ bytes: ByteBuffer) {
    guard let context else { return }
    if !needsFlush {
      needsFlush = true
      flushes.flushAfterEvent(self)
    }
    if bytes.readableBytes > Self.copyLimit {
      handOver(context)
      context.write(NIOAny(bytes), promise: nil)
    } else if collected.readableBytes == 0 {
      collected = bytes
    } else {
      collected.writeImmutableBuffer(bytes)
    }
  }

  /// As ``write(_:)``, as a chunk. The bytes are not empty.
  func writeChunk(_ bytes: ByteBuffer) {
    var buffer = ByteBuffer()
    let isSmall = bytes.readableBytes <= Self.copyLimit
    if isSmall { buffer.reserveCapacity(bytes.readableBytes + 16) }
    ChunkWriter.writeStart(of: bytes.readableBytes, into: &buffer)
    if isSmall {
      buffer.writeImmutableBuffer(bytes)
    } else {
      write(buffer)
      write(bytes)
      buffer = ByteBuffer()
    }
    ChunkWriter.writeEnd(into: &buffer)
    write(buffer)
  }

  func flush() {
    guard needsFlush, let context else { return }
    needsFlush = false
    handOver(context)
    context.flush()
  }

  private func handOver(_ context: ChannelHandlerContext) {
    guard collected.readableBytes > 0 else { return }
    // Not kept while it is written: to write can lead to more writes.
    let bytes = collected
    collected = ByteBuffer()
    context.write(NIOAny(bytes), promise: nil)
  }
}
