// SPDX-License-Identifier: Apache-2.0

package import PluginProtocol

/// A frame in the memory of its connection, valid until the next read.
package struct Frame {
  package let header: FrameHeader
  package let meta: UnsafeRawBufferPointer
  package let payload: UnsafeRawBufferPointer
}

/// The bytes that a connection received and that are not handled yet.
package final class FrameInput {
  private var memory: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0
  private let decoder: FrameDecoder
  /// Bytes that must be there before the next frame is whole.
  private var needed = FrameHeader.size

  package init(_ decoder: FrameDecoder) {
    memory = .allocate(byteCount: 64 << 10, alignment: 16)
    self.decoder = decoder
  }

  deinit { memory.deallocate() }

  /// Room for the next bytes: for a read of useful size, and for all of the frame that has begun.
  package func room() -> UnsafeMutableRawBufferPointer {
    if start == end {
      start = 0
      end = 0
    }
    let used = end - start
    let wanted = max(4096, needed - used)
    if memory.count - end < wanted {
      let pending = UnsafeRawBufferPointer(rebasing: memory[start..<end])
      if memory.count - used < wanted {
        let larger = UnsafeMutableRawBufferPointer.allocate(
          byteCount: used + wanted, alignment: 16)
        larger.copyMemory(from: pending)
        memory.deallocate()
        memory = larger
      } else {
        memory.copyMemory(from: pending)
      }
      start = 0
      end = used
    }
    return UnsafeMutableRawBufferPointer(rebasing: memory[end...])
  }

  /// So many bytes were put into the room.
  package func received(_ count: Int) { end += count }

  /// The next whole frame; nil: more bytes are needed.
  package func next() throws(ProtocolViolation) -> Frame? {
    let bytes = UnsafeRawBufferPointer(rebasing: memory[start..<end])
    switch decoder.next(in: bytes) {
    case .incomplete(let needed):
      self.needed = needed
      return nil
    case .violation(let violation): throw violation
    case .frame(let header):
      let boundary = FrameHeader.size + Int(header.metaLength)
      let whole = FrameHeader.size + Int(header.length)
      start += whole
      needed = FrameHeader.size
      return Frame(
        header: header,
        meta: UnsafeRawBufferPointer(rebasing: bytes[FrameHeader.size..<boundary]),
        payload: UnsafeRawBufferPointer(rebasing: bytes[boundary..<whole]))
    }
  }
}
