// SPDX-License-Identifier: Apache-2.0

package import PluginProtocol

/// Frames on their way out of a connection: one buffer, so that a turn's frames leave in one write.
package final class FrameOutput {
  var memory: UnsafeMutableRawBufferPointer
  var start = 0
  var end = 0

  package init() {
    memory = .allocate(byteCount: 64 << 10, alignment: 16)
  }

  deinit { memory.deallocate() }

  package var isEmpty: Bool { start == end }

  /// Adds a whole frame.
  package func append(_ frame: [UInt8]) {
    frame.withUnsafeBytes { MessageWriter(output: self).raw($0) }
  }

  /// What waits to be written.
  package var pending: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: memory[start..<end])
  }

  /// So many bytes of ``pending`` were written.
  package func wrote(_ count: Int) {
    start += count
    if start == end {
      start = 0
      end = 0
    }
  }

  /// Forgets the last bytes, which were not written yet.
  package func takeBack(_ count: Int) { end -= count }

  /// Writes one frame whose message and payload the closures write.
  ///
  /// - Returns: Bytes of the payload.
  @discardableResult
  package func frame(
    _ type: FrameType, stream: UInt32 = 0, flags: FrameFlags = [], ordinal: UInt16 = 0,
    meta: (MessageWriter) -> Void = { _ in }, payload: (MessageWriter) -> Void = { _ in }
  ) -> Int {
    let headerOffset = end - start
    let writer = MessageWriter(output: self)
    reserve(FrameHeader.size)
    end += FrameHeader.size
    let metaOffset = end - start
    meta(writer)
    let payloadOffset = end - start
    payload(writer)
    let header = FrameHeader(
      type, stream: stream, ordinal: ordinal, flags: flags, metaLength: payloadOffset - metaOffset,
      payloadLength: end - start - payloadOffset)
    header.encode(into: memory.baseAddress.unsafelyUnwrapped + start + headerOffset)
    return end - start - payloadOffset
  }

  @inline(__always)
  func reserve(_ count: Int) {
    if memory.count - end < count { grow(count) }
  }

  @inline(never)
  private func grow(_ count: Int) {
    let used = end - start
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(memory.count * 2, used + count), alignment: 16)
    larger.copyMemory(from: pending)
    memory.deallocate()
    memory = larger
    start = 0
    end = used
  }
}
