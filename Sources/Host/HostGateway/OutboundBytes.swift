// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Collects what a connection writes, so that small pieces that leave together are one buffer.
///
/// Its owner hands every buffer that comes out to the channel, in order.
struct OutboundBytes {
  /// Pieces above this are not copied behind others.
  private static let copyLimit = 4 << 10

  private var collected = ByteBuffer()

  /// Adds bytes; gives those that must be handed over before they are, and the bytes themselves when they are large.
  mutating func append(_ bytes: ByteBuffer, handOver: (ByteBuffer) -> Void) {
    guard bytes.readableBytes <= Self.copyLimit else {
      take().map(handOver)
      return handOver(bytes)
    }
    if collected.readableBytes == 0 {
      collected = bytes
    } else {
      collected.writeImmutableBuffer(bytes)
    }
  }

  /// What was collected; nil when there is nothing.
  mutating func take() -> ByteBuffer? {
    guard collected.readableBytes > 0 else { return nil }
    defer { collected = ByteBuffer() }
    return collected
  }
}
