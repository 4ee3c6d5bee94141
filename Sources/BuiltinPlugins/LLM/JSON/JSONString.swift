// SPDX-License-Identifier: Apache-2.0

extension JSONNode {
  /// The content of a string, nil for other values. Escapes are decoded; a surrogate without its
  /// other half and bytes that are not UTF-8 become U+FFFD.
  package func string(in bytes: RawSpan) -> String? {
    guard kind == .string else { return nil }
    if !hasEscapes { return bytes.string(start + 1..<end - 1) }
    // Content is shorter than its spelling, but for escapes that break the grammar: two bytes that become the three of
    // U+FFFD.
    let room = (end - start) + (end - start) / 2
    return String(unsafeUninitializedCapacity: room) { decode(in: bytes, into: $0) }
  }

  /// Writes the content of a string, and returns its length. The buffer has room for half more than the
  /// spelling.
  private func decode(in bytes: RawSpan, into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    var count = 0
    let room = UnsafeMutableRawBufferPointer(buffer)
    forEachPart(in: bytes) { part in
      switch part {
      case .verbatim(let range):
        bytes.extracting(range).withUnsafeBytes {
          UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: $0)
        }
        count &+= range.count
      case .escaped(let scalar):
        UTF8.encode(scalar).map {
          for byte in $0 {
            room[count] = byte
            count &+= 1
          }
        }
      }
    }
    return count
  }

  /// Appends the content of a string as UTF-8, nothing for other values. Bytes that are not UTF-8
  /// are copied as they are.
  package func appendString(in bytes: RawSpan, to content: inout [UInt8]) {
    guard kind == .string else { return }
    content.reserveCapacity(content.count + end - start)
    forEachPart(in: bytes) { part in
      switch part {
      case .verbatim(let range):
        bytes.extracting(range).withUnsafeBytes { content.append(contentsOf: $0) }
      case .escaped(let scalar):
        UTF8.encode(scalar).map { content.append(contentsOf: $0) }
      }
    }
  }

  /// Whether the node is a string with this content, however it is spelled: `"mod\u0065l"` is
  /// `model`.
  @inline(__always)
  package func isString(_ other: StaticString, in bytes: RawSpan) -> Bool {
    other.withUTF8Buffer { hasContent($0, in: bytes) }
  }

  /// As ``isString(_:in:)``, for a text that is known only at run time. The name differs, as a literal
  /// would become a `String` otherwise.
  package func isString(equalTo other: String, in bytes: RawSpan) -> Bool {
    let matches = other.utf8.withContiguousStorageIfAvailable { hasContent($0, in: bytes) }
    return matches ?? Array(other.utf8).withUnsafeBufferPointer { hasContent($0, in: bytes) }
  }

  @inline(__always)
  private func hasContent(_ other: UnsafeBufferPointer<UInt8>, in bytes: RawSpan) -> Bool {
    guard kind == .string else { return false }
    if !hasEscapes { return end - start - 2 == other.count && bytes.equals(other, at: start + 1) }
    return isEscapedString(other, in: bytes)
  }

  @inline(never)
  private func isEscapedString(_ other: UnsafeBufferPointer<UInt8>, in bytes: RawSpan) -> Bool {
    var content: [UInt8] = []
    appendString(in: bytes, to: &content)
    return content.elementsEqual(other)
  }

  /// The number of Unicode scalars in a string, 0 for other values.
  package func scalarCount(in bytes: RawSpan) -> Int {
    guard kind == .string else { return 0 }
    var count = 0
    forEachPart(in: bytes) { part in
      switch part {
      case .verbatim(let range):
        for index in range where bytes.byte(at: index) & 0xC0 != 0x80 { count &+= 1 }
      case .escaped: count &+= 1
      }
    }
    return count
  }

  /// A piece of a string's content.
  package enum StringPart {
    /// Bytes that stand in the text as they are.
    case verbatim(Range<Int>)
    /// One character that was written as an escape.
    case escaped(Unicode.Scalar)
  }

  /// Visits the content of a string, piece by piece, without copying it.
  @inline(__always)
  package func forEachPart(in bytes: RawSpan, _ body: (StringPart) -> Void) {
    guard kind == .string else { return }
    let last = end - 1
    var index = start + 1
    guard hasEscapes else {
      if index < last { body(.verbatim(index..<last)) }
      return
    }
    while index < last {
      let backslash = min(bytes.firstQuoteOrBackslash(from: index), last)
      if backslash > index { body(.verbatim(index..<backslash)) }
      guard backslash < last else { return }
      let (scalar, next) = JSONNode.escape(in: bytes, at: backslash)
      body(.escaped(scalar))
      index = next
    }
  }

  /// The character that the escape at an offset stands for, and where the escape ends. One that
  /// breaks the grammar stands for U+FFFD.
  private static func escape(in bytes: RawSpan, at start: Int) -> (Unicode.Scalar, Int) {
    let replacement: Unicode.Scalar = "\u{FFFD}"
    switch bytes.byteOrZero(at: start + 1) {
    case UInt8(ascii: "\""): return ("\"", start + 2)
    case UInt8(ascii: "\\"): return ("\\", start + 2)
    case UInt8(ascii: "/"): return ("/", start + 2)
    case UInt8(ascii: "b"): return ("\u{08}", start + 2)
    case UInt8(ascii: "f"): return ("\u{0C}", start + 2)
    case UInt8(ascii: "n"): return ("\n", start + 2)
    case UInt8(ascii: "r"): return ("\r", start + 2)
    case UInt8(ascii: "t"): return ("\t", start + 2)
    case UInt8(ascii: "u"):
      guard let unit = bytes.codeUnit(at: start + 2) else { return (replacement, start + 2) }
      if let scalar = Unicode.Scalar(unit) { return (scalar, start + 6) }
      guard UTF16.isLeadSurrogate(unit), bytes.hasPrefix("\\u", at: start + 6),
        let second = bytes.codeUnit(at: start + 8), UTF16.isTrailSurrogate(second)
      else { return (replacement, start + 6) }
      let value = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
      return (Unicode.Scalar(value) ?? replacement, start + 12)
    default: return (replacement, start + 2)
    }
  }
}
