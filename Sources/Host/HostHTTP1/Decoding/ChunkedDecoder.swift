// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Fields behind the last chunk.
package typealias Trailers = HeaderFields

/// Takes the chunks off a body (RFC 9112, 7.1), to the letter: what a lenient reader would see differently is refused.
struct ChunkedDecoder {
  private enum State {
    case size
    case data(remaining: Int)
    case dataEnd
    case trailers(HeadScanner)
    case over
  }

  enum Part {
    case data(ByteBuffer)
    case end(Trailers)
  }

  private var state = State.size
  private var extensionBytes = 0
  private let limits: HeadLimits

  init(limits: HeadLimits) { self.limits = limits }

  /// The next part, or nil when more bytes are needed.
  mutating func next(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> Part? {
    while true {
      switch state {
      case .size:
        guard let size = try readSize(&buffer) else { return nil }
        state = size == 0 ? .trailers(HeadScanner()) : .data(remaining: size)
      case .data(let remaining):
        guard let slice = buffer.readSlice(length: min(remaining, buffer.readableBytes)),
          slice.readableBytes > 0
        else { return nil }
        let rest = remaining - slice.readableBytes
        state = rest == 0 ? .dataEnd : .data(remaining: rest)
        return .data(slice)
      case .dataEnd:
        guard try readLineEnd(&buffer) else { return nil }
        state = .size
      case .trailers(var scanner):
        guard let trailers = try readTrailers(&buffer, &scanner) else {
          state = .trailers(scanner)
          return nil
        }
        state = .over
        return .end(trailers)
      case .over: return nil
      }
    }
  }

  /// `chunk-size [ chunk-ext ] CRLF`; nil when the line is not whole.
  private mutating func readSize(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> Int? {
    let limit = limits.chunkExtensions - extensionBytes
    let line = try buffer.withUnsafeReadableBytesTyped { bytes throws(HTTPRefusal) in
      try Self.sizeLine(bytes, extensionLimit: limit)
    }
    guard let line else { return nil }
    extensionBytes += line.extensionBytes
    buffer.moveReaderIndex(forwardBy: line.length)
    return line.size
  }

  private static func sizeLine(
    _ bytes: UnsafeRawBufferPointer, extensionLimit: Int
  ) throws(HTTPRefusal) -> (size: Int, length: Int, extensionBytes: Int)? {
    var size: UInt64 = 0
    var index = 0
    while index < bytes.count, let digit = bytes[index].hexadecimal {
      // 15 digits are a petabyte; leading zeros do not make a number longer than it may be written.
      guard index < 15 else { throw .badChunkSize }
      size = size << 4 | digit
      index += 1
    }
    guard index < bytes.count else { return nil }
    guard index > 0 else { throw .badChunkSize }
    let extensionStart = index
    if bytes[index] != 0x0D {
      guard bytes[index] == UInt8(ascii: ";") || bytes[index].isBlank else { throw .badChunkSize }
      while index < bytes.count, bytes[index].isFieldValue { index += 1 }
      guard index - extensionStart <= extensionLimit else { throw .chunkExtensionTooLong }
      guard index < bytes.count else { return nil }
      guard bytes[index] == 0x0D else { throw .badChunkExtension }
      let text = UnsafeRawBufferPointer(rebasing: bytes[extensionStart..<index]).trimmed
      guard text.first == UInt8(ascii: ";") else { throw .badChunkSize }
    }
    guard index + 1 < bytes.count else { return nil }
    guard bytes[index + 1] == 0x0A else { throw .bareCarriageReturn }
    return (Int(size), index + 2, index - extensionStart)
  }

  private func readLineEnd(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> Bool {
    guard let first = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) else {
      return false
    }
    guard first == 0x0D else { throw .badChunkEnd }
    guard let second = buffer.getInteger(at: buffer.readerIndex + 1, as: UInt8.self) else {
      return false
    }
    guard second == 0x0A else { throw .badChunkEnd }
    buffer.moveReaderIndex(forwardBy: 2)
    return true
  }

  private func readTrailers(
    _ buffer: inout ByteBuffer, _ scanner: inout HeadScanner
  ) throws(HTTPRefusal) -> Trailers? {
    let end = try buffer.withUnsafeReadableBytesTyped { bytes throws(HTTPRefusal) in
      try scanner.end(in: bytes)
    }
    guard let end else {
      guard buffer.readableBytes <= limits.chunkExtensions else { throw .headTooLarge }
      return nil
    }
    guard end <= limits.chunkExtensions else { throw .headTooLarge }
    guard end > 2, let bytes = buffer.readSlice(length: end) else {
      buffer.moveReaderIndex(forwardBy: end)
      return Trailers()
    }
    let table = try bytes.withUnsafeReadableBytesTyped { head throws(HTTPRefusal) in
      try FieldParser(limits: limits).parse(head, from: 0)
    }
    for field in table where field.isHopByHop || field.known == .host {
      throw .forbiddenTrailer
    }
    return Trailers(bytes: bytes, table: table)
  }
}
