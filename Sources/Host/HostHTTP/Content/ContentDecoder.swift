// SPDX-License-Identifier: Apache-2.0

import CZlib
package import NIOCore

/// Undoes the coding of a body, piece by piece: what is taken in comes out as soon as it can be told.
///
/// It gives no more at once than was asked for, so that who has enough of it can stop; the rest waits.
package final class ContentDecoder {
  /// Why a body cannot be decoded.
  package enum Refusal: String, Error, CaseIterable, Sendable, CustomStringConvertible {
    /// It is not what it says it is, or was damaged on its way.
    case corrupt = "corrupt-content"
    /// It ends before its coding does.
    case truncated = "truncated-content"
    /// It grows too much: a small body that fills a memory.
    case bomb = "content-expands-too-much"

    package var description: String { rawValue }
  }

  /// Bytes that may come out whatever went in, and how many times that may come out beyond. What people send grows a
  /// hundredfold at most; the format allows a thousandfold.
  package static let freeOutput = 1 << 20
  package static let mostGrowth = 256

  private static let leastSpace = 1024

  private let coding: ContentCoding
  /// At a place of its own: zlib keeps its address.
  private let stream: UnsafeMutablePointer<z_stream>
  private var hasStarted = false
  /// One whole stream is over. Another one may follow (RFC 1952, 2.2).
  private var isBetween = false
  private var input = ByteBuffer()
  private var taken = 0
  private var given = 0

  package init(_ coding: ContentCoding) {
    self.coding = coding
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
  }

  deinit {
    if hasStarted { inflateEnd(stream) }
    stream.deallocate()
  }

  /// Bytes that went in and did not come out yet: what ``next(atMost:)`` has not been asked for. (Something may be inside
  /// even when it is nothing: ask until there is nothing more.)
  package var waitingBytes: Int { input.readableBytes }

  /// Takes more of the body.
  package func take(_ bytes: ByteBuffer) {
    taken += bytes.readableBytes
    if input.readableBytes == 0 { input = bytes } else { input.writeImmutableBuffer(bytes) }
  }

  /// What can be told of the body by now; nil: nothing more.
  ///
  /// - Parameter limit: bytes; one at least.
  package func next(atMost limit: Int) throws(Refusal) -> ByteBuffer? {
    while try isReady() {
      var output = ByteBuffer()
      let (status, count) = inflate(into: &output, atMost: limit)
      switch status {
      case Z_STREAM_END: isBetween = true
      case Z_OK: break
      case Z_BUF_ERROR: return nil  // it has all there is
      default: throw .corrupt
      }
      given += count
      if given > Self.freeOutput, given / Self.mostGrowth > taken { throw .bomb }
      if count > 0 { return output }
    }
    return nil
  }

  /// The body is over: all of it has come out. An empty one has no coding.
  package func finish() throws(Refusal) {
    guard taken == 0 || (isBetween && input.readableBytes == 0) else { throw .truncated }
  }

  /// Begins a stream where one is to begin; false: too little is here.
  private func isReady() throws(Refusal) -> Bool {
    guard hasStarted else { return try start() }
    guard isBetween else { return true }
    guard input.readableBytes > 0 else { return false }
    // Members follow each other in gzip only.
    guard coding == .gzip, inflateReset(stream) == Z_OK else { throw .corrupt }
    isBetween = false
    return true
  }

  private func start() throws(Refusal) -> Bool {
    var bits = MAX_WBITS
    switch coding {
    case .gzip:
      guard input.readableBytes > 0 else { return false }
      bits += 16
    case .deflate:
      guard let first: UInt16 = input.getInteger(at: input.readerIndex) else { return false }
      // RFC 1950, 2.2: method 8, a window of at most 32 KiB, a multiple of 31. Else it has no such header.
      let isWrapped = first & 0x0F00 == 0x0800 && first >> 12 <= 7 && first % 31 == 0
      if !isWrapped { bits = -bits }
    }
    let size = CInt(MemoryLayout<z_stream>.size)
    guard inflateInit2_(stream, bits, ZLIB_VERSION, size) == Z_OK else { throw .corrupt }
    hasStarted = true
    return true
  }

  private func inflate(into output: inout ByteBuffer, atMost limit: Int) -> (CInt, Int) {
    var status = Z_OK
    // Whoever keeps a small piece keeps little.
    let limit = min(limit, max(Self.leastSpace, 4 * input.readableBytes))
    let count = output.writeWithUnsafeMutableBytes(minimumWritableBytes: limit) { memory in
      let space = min(limit, memory.count)
      stream.pointee.next_out = memory.bindMemory(to: UInt8.self).baseAddress
      stream.pointee.avail_out = UInt32(clamping: space)
      input.readWithUnsafeReadableBytes { bytes in
        let start = bytes.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.next_in = UnsafeMutablePointer(mutating: start)
        stream.pointee.avail_in = UInt32(clamping: bytes.count)
        status = CZlib.inflate(stream, Z_SYNC_FLUSH)
        return min(bytes.count, Int(UInt32.max)) - Int(stream.pointee.avail_in)
      }
      return min(space, Int(UInt32.max)) - Int(stream.pointee.avail_out)
    }
    return (status, count)
  }
}
