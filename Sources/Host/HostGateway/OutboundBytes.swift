// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Collects what a connection writes, so that small pieces that leave together are one buffer.
///
/// Its owner hands every buffer that comes out to the channel, in order. To write to a channel can lead to more writes, so
/// nothing is handed over from in here.
struct OutboundBytes {
  /// Pieces above this are not copied behind others.
  private static let copyLimit = 4 << 10

  private var collected = ByteBuffer()

  /// Adds bytes. Large ones come back, with those before them: both are to be handed over now.
  mutating func append(_ bytes: ByteBuffer) -> (before: ByteBuffer?, large: ByteBuffer)? {
    guard bytes.readableBytes <= Self.copyLimit else { return (take(), bytes) }
    if collected.readableBytes == 0 {
      collected = bytes
    } else {
      collected.writeImmutableBuffer(bytes)
    }
    return nil
  }

  /// What was collected; nil when there is nothing.
  mutating func take() -> ByteBuffer? {
    guard collected.readableBytes > 0 else { return nil }
    defer { collected = ByteBuffer() }
    return collected
  }
}
