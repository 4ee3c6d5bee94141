// SPDX-License-Identifier: Apache-2.0

/// `chunk-size [ chunk-ext ] CRLF` (RFC 9112, 7.1), read byte by byte as it arrives.
///
/// Extensions are read to the letter and dropped. White space in them, which the grammar allows to old senders, is refused:
/// nobody sends it but those who look for two readers that disagree.
struct ChunkLine: Sendable {
  private enum Step: UInt8 {
    case size, nameStart, name, valueStart, value, quoted, escaped, quoteEnd, lineEnd
  }

  private(set) var size = 0
  /// Bytes of the line's extensions so far.
  private(set) var extensionBytes = 0
  private var digits: UInt8 = 0
  private var step = Step.size

  /// Takes bytes from `index` on; whether the line is over.
  ///
  /// - Parameter extensionLimit: bytes that its extensions may have.
  mutating func parse(
    _ bytes: RawSpan, _ index: inout Int, extensionLimit: Int
  ) throws(HTTPRefusal) -> Bool {
    while index < bytes.byteCount {
      let byte = bytes[at: index]
      index &+= 1
      if step == .size, let digit = byte.hexadecimal {
        // Fifteen digits are a petabyte. Zeros in front count: a number that is written longer hides from somebody.
        guard digits < 15 else { throw .chunkSizeTooLarge }
        digits &+= 1
        size = size << 4 | Int(digit)
        continue
      }
      if step == .lineEnd {
        guard byte == .lineFeed else { throw .bareCarriageReturn }
        return true
      }
      try take(byte)
      guard step != .size, step != .lineEnd else { continue }
      extensionBytes += 1
      guard extensionBytes <= extensionLimit else { throw .chunkExtensionTooLong }
    }
    return false
  }

  private mutating func take(_ byte: UInt8) throws(HTTPRefusal) {
    if byte == .lineFeed { throw .bareLineFeed }
    switch (step, byte) {
    case (.size, _) where digits == 0: throw .badChunkSize
    case (.size, .carriageReturn), (.name, .carriageReturn), (.value, .carriageReturn),
      (.quoteEnd, .carriageReturn):
      step = .lineEnd
    case (.size, UInt8(ascii: ";")), (.name, UInt8(ascii: ";")), (.value, UInt8(ascii: ";")),
      (.quoteEnd, UInt8(ascii: ";")):
      step = .nameStart
    case (.size, _): throw .badChunkSize
    case (.nameStart, _) where byte.isToken: step = .name
    case (.name, UInt8(ascii: "=")): step = .valueStart
    case (.name, _) where byte.isToken: break
    case (.valueStart, UInt8(ascii: "\"")): step = .quoted
    case (.valueStart, _) where byte.isToken: step = .value
    case (.value, _) where byte.isToken: break
    case (.quoted, UInt8(ascii: "\"")): step = .quoteEnd
    case (.quoted, UInt8(ascii: "\\")): step = .escaped
    case (.quoted, _) where byte.isFieldValue: break
    case (.escaped, _) where byte.isFieldValue: step = .quoted
    default: throw .badChunkExtension
    }
  }
}
