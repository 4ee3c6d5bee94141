// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Plaintext that was written to a channel and not encrypted yet.
struct PendingWrites {
  /// One write.
  struct Element {
    var bytes: ByteBuffer
    let promise: EventLoopPromise<Void>?
  }

  private var writes = MarkedCircularBuffer<Element>(initialCapacity: 4)

  mutating func append(_ bytes: ByteBuffer, _ promise: EventLoopPromise<Void>?) {
    writes.append(Element(bytes: bytes, promise: promise))
  }

  /// All that is here now may leave.
  mutating func flush() { writes.mark() }

  /// The oldest that may leave, and whether another may.
  mutating func popFlushed() -> (write: Element, more: Bool)? {
    guard writes.hasMark, let write = writes.popFirst() else { return nil }
    return (write, writes.hasMark)
  }

  /// They will never leave.
  mutating func failAll(_ error: any Error) {
    while let write = writes.popFirst() { write.promise?.fail(error) }
  }
}
