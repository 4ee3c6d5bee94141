// SPDX-License-Identifier: Apache-2.0

import NIOCore

extension ByteBuffer {
  /// Adds what a peer sent. Only what is unread is kept: what was read must not add up behind a peer that never pauses.
  mutating func append(received bytes: ByteBuffer) {
    guard readableBytes > 0 else { return self = bytes }
    discardReadBytes()
    writeImmutableBuffer(bytes)
  }
}
