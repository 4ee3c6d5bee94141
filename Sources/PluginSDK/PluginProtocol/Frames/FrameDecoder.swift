// SPDX-License-Identifier: Apache-2.0

/// Finds frames in a stream of bytes that it does not own.
///
/// A frame is found when all of it is there. What its sender may not send is refused as soon as its header is there, so
/// that nothing is ever buffered for it.
package struct FrameDecoder: Sendable {
  /// What the bytes at hand begin with.
  package enum Found: Equatable {
    /// Nothing whole: so many bytes must be there before it is worth looking again.
    case incomplete(needed: Int)
    /// A whole frame; its header, meta and payload are `FrameHeader.size + header.length` bytes.
    case frame(FrameHeader)
    case violation(ProtocolViolation)
  }

  private let maxFrame: UInt32
  private let maxMeta: UInt32

  /// - Parameters:
  ///   - maxFrame: largest ``FrameHeader/length``.
  ///   - maxMeta: largest ``FrameHeader/metaLength``.
  package init(maxFrame: UInt32, maxMeta: UInt32) {
    self.maxFrame = maxFrame
    self.maxMeta = maxMeta
  }

  /// Looks at the bytes that have arrived and were not consumed.
  package func next(in bytes: UnsafeRawBufferPointer) -> Found {
    guard let base = bytes.baseAddress, bytes.count >= FrameHeader.size else {
      return .incomplete(needed: FrameHeader.size)
    }
    let header = FrameHeader(decoding: base)
    guard header.length <= maxFrame else { return .violation(.frameTooLong) }
    guard header.metaLength <= header.length else { return .violation(.metaBeyondFrame) }
    guard header.metaLength <= maxMeta else { return .violation(.metaTooLong) }
    guard header.flags.isSubset(of: .known) else { return .violation(.reservedFlags) }
    let whole = FrameHeader.size + Int(header.length)
    guard bytes.count >= whole else { return .incomplete(needed: whole) }
    return .frame(header)
  }
}
