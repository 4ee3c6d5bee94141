// SPDX-License-Identifier: Apache-2.0

// Both versions are read from the first byte each time: a header is small, and comes in one piece from all but those who
// try us.
extension ProxyHeader {
  /// Bytes of a header at most, as nginx takes them. Of version 2 only what it appends can be longer than 232.
  private static var limit: Int { 4096 }
  /// Of version 1, with its CRLF.
  private static var textLimit: Int { 107 }
  private static var signature: StaticString { "\r\n\r\n\0\r\nQUIT\n" }

  /// Reads a header at the start of the bytes.
  ///
  /// - Returns: the header and how long it is; nil: more bytes are needed.
  package static func parse(
    _ bytes: some RandomAccessCollection<UInt8>
  ) throws(ProxyRefusal) -> (header: ProxyHeader, length: Int)? {
    guard let first = bytes.first else { return nil }
    return first == 0x0D ? try parseBinary(bytes) : try parseText(bytes)
  }

  // MARK: - Version 1

  private static func parseText(
    _ bytes: some RandomAccessCollection<UInt8>
  ) throws(ProxyRefusal) -> (header: ProxyHeader, length: Int)? {
    guard zip(bytes, "PROXY ".utf8).allSatisfy(==) else { throw .missing }
    let line = bytes.prefix(textLimit)
    guard let end = line.firstIndex(of: 0x0A) else {
      guard line.count < textLimit else { throw .tooLong }
      return nil
    }
    let length = line.distance(from: line.startIndex, to: end) + 1
    let text = Array(line.prefix(length))
    guard length >= 8, text[length - 2] == 0x0D,
      text.dropLast(2).allSatisfy({ (0x20...0x7E).contains($0) })
    else { throw .malformed }
    let words = String(decoding: text.dropLast(2), as: UTF8.self).dropFirst(6)
      .split(separator: " ", omittingEmptySubsequences: false)
    // Whatever follows it is to be ignored.
    if words[0] == "UNKNOWN" { return (ProxyHeader(), length) }
    guard words.count == 5, words[0] == "TCP4" || words[0] == "TCP6",
      let source = address(words[1], of: words[0]), let target = address(words[2], of: words[0]),
      let sourcePort = port(words[3]), let targetPort = port(words[4])
    else { throw .malformed }
    let header = ProxyHeader(
      source: .ip(source), sourcePort: sourcePort, destination: .ip(target),
      destinationPort: targetPort)
    return (header, length)
  }

  private static func address(_ word: Substring, of family: Substring) -> IPAddress? {
    guard word.contains(":") == (family == "TCP6") else { return nil }
    return IPAddress(String(word))
  }

  /// Digits without zeros in front.
  private static func port(_ word: Substring) -> UInt16? {
    guard word.utf8.allSatisfy({ (0x30...0x39).contains($0) }), word == "0" || word.first != "0"
    else { return nil }
    return UInt16(word)
  }

  // MARK: - Version 2

  private static func parseBinary(
    _ bytes: some RandomAccessCollection<UInt8>
  ) throws(ProxyRefusal) -> (header: ProxyHeader, length: Int)? {
    let start = Array(bytes.prefix(16))
    let isSigned = signature.withUTF8Buffer { zip(start, $0).allSatisfy(==) }
    guard isSigned else { throw .missing }
    if start.count > 12, start[12] >> 4 != 2 { throw .unsupportedVersion }
    if start.count > 12, start[12] & 15 > 1 { throw .malformed }
    guard start.count == 16 else { return nil }
    let length = 16 + Int(start[14]) << 8 + Int(start[15])
    guard length <= limit else { throw .tooLong }
    guard bytes.count >= length else { return nil }
    guard start[12] & 15 == 1 else { return (ProxyHeader(), length) }
    let rest = Array(bytes.prefix(length).dropFirst(16))
    guard start[13] & 15 <= 2, start[13] >> 4 <= 3 else { throw .malformed }
    switch start[13] >> 4 {
    case 1: return (try header(rest, addressLength: 4), length)
    case 2: return (try header(rest, addressLength: 16), length)
    case 3:
      guard rest.count >= 216 else { throw .malformed }
      let header = ProxyHeader(
        source: .unix, sourcePort: nil, destination: .unix, destinationPort: nil)
      return (header, length)
    default: return (ProxyHeader(), length)
    }
  }

  private static func header(
    _ bytes: [UInt8], addressLength: Int
  ) throws(ProxyRefusal) -> ProxyHeader {
    guard bytes.count >= 2 * addressLength + 4,
      let source = IPAddress(bytes: bytes[..<addressLength]),
      let target = IPAddress(bytes: bytes[addressLength..<2 * addressLength])
    else { throw .malformed }
    func port(_ offset: Int) -> UInt16 { UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1]) }
    return ProxyHeader(
      source: .ip(source), sourcePort: port(2 * addressLength), destination: .ip(target),
      destinationPort: port(2 * addressLength + 2))
  }
}
