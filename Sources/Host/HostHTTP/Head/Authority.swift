// SPDX-License-Identifier: Apache-2.0

/// `uri-host [ ":" port ]` (RFC 9110, 7.2): what a Host field and the authority of a target hold.
package enum Authority {
  /// The host alone, brackets included.
  package static func host(of authority: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let digits = authority.reversed().prefix { $0.isDigit }.count
    let colon = authority.count - digits - 1
    guard colon >= 0, authority[colon] == UInt8(ascii: ":") else { return authority }
    return UnsafeRawBufferPointer(rebasing: authority[..<colon])
  }

  /// Whether the bytes are one. Empty is: a client without an authority sends an empty Host (RFC 9112, 3.2).
  ///
  /// A comma, which a name may hold by RFC 3986, is refused: it is how two Host fields look that somebody joined.
  static func isValid(_ text: RawSpan) -> Bool {
    var index = 0
    if text.byteCount > 0, text[at: 0] == UInt8(ascii: "[") {
      guard let end = endOfAddress(text) else { return false }
      index = end
    } else {
      while index < text.byteCount, text[at: index] != UInt8(ascii: ":") {
        if text[at: index] == UInt8(ascii: "%") {
          guard index + 2 < text.byteCount, text[at: index + 1].hexadecimal != nil,
            text[at: index + 2].hexadecimal != nil
          else { return false }
          index &+= 3
        } else {
          guard isNameByte(text[at: index]) else { return false }
          index &+= 1
        }
      }
    }
    guard index < text.byteCount else { return true }
    guard text[at: index] == UInt8(ascii: ":") else { return false }
    return isPort(text.extracting(index + 1..<text.byteCount))
  }

  /// Behind the bracket of `[` IPv6address `]`, checked by its characters.
  private static func endOfAddress(_ text: RawSpan) -> Int? {
    var index = 1
    while index < text.byteCount, text[at: index] != UInt8(ascii: "]") {
      let byte = text[at: index]
      guard byte.hexadecimal != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
      else { return nil }
      index &+= 1
    }
    guard index < text.byteCount, index > 2 else { return nil }
    return index + 1
  }

  private static func isPort(_ text: RawSpan) -> Bool {
    guard text.byteCount <= 5 else { return false }
    var port = 0
    for index in 0..<text.byteCount {
      guard text[at: index].isDigit else { return false }
      port = port * 10 + Int(text[at: index] &- 0x30)
    }
    return port <= 65535
  }

  /// `unreserved` and `sub-delims` (RFC 3986, 3.2.2), but no comma.
  @inline(__always)
  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "$"),
      UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"),
      UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ";"), UInt8(ascii: "="):
      true
    default: false
    }
  }
}
