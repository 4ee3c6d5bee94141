// SPDX-License-Identifier: Apache-2.0

/// What has colons between hexadecimal digits: IPv6 and MAC addresses.
enum HardwareAddresses {
  static func find(
    in text: borrowing TextReader, _ chunk: Chunk, _ findings: inout Findings
  ) {
    var index = chunk.start
    while index < chunk.end {
      let byte = text[index]
      guard byte.isHexadecimal || byte == UInt8(ascii: ":"), text.isBoundary(before: index) else {
        index += 1
        continue
      }
      let end = text.end(from: index, most: 64) {
        $0.isHexadecimal || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
      }
      if text.isBoundary(at: end) { classify(index..<end, in: text, &findings) }
      index = max(end, index + 1)
    }
  }

  private static func classify(
    _ run: Range<Int>, in text: borrowing TextReader, _ findings: inout Findings
  ) {
    var end = run.upperBound
    while end > run.lowerBound, text[end - 1] == UInt8(ascii: ".") { end -= 1 }
    if end - run.lowerBound > 2, text[end - 1] == UInt8(ascii: ":"),
      text[end - 2] != UInt8(ascii: ":")
    {
      end -= 1
    }
    let range = run.lowerBound..<end
    if isMAC(range, in: text) {
      findings.add(.macAddress, range)
    } else if isIPv6(range, in: text) {
      findings.add(.ipAddress, range)
    }
  }

  private static func isMAC(_ range: Range<Int>, in text: borrowing TextReader) -> Bool {
    range.count == 17
      && range.allSatisfy { index in
        let isColon = (index - range.lowerBound) % 3 == 2
        return isColon ? text[index] == UInt8(ascii: ":") : text[index].isHexadecimal
      }
  }

  /// RFC 4291, section 2.2. One that could be a name of C++ (`a::b`) has no digit and few groups, and is none.
  private static func isIPv6(_ range: Range<Int>, in text: borrowing TextReader) -> Bool {
    var groups = 0
    var hasGap = false
    var hasDigit = false
    var index = range.lowerBound
    if text[index] == UInt8(ascii: ":") {
      guard text.has("::", at: index) else { return false }
    }
    while index < range.upperBound {
      if text.has("::", at: index) {
        guard !hasGap else { return false }
        hasGap = true
        index += 2
        continue
      }
      if text[index] == UInt8(ascii: ":") { index += 1 }
      let end = text.end(from: index, most: range.upperBound - index) { $0.isHexadecimal }
      if text[end] == UInt8(ascii: "."), end < range.upperBound {
        guard Numbers.isIPv4(index..<range.upperBound, in: text) else { return false }
        groups += 2
        hasDigit = true
        break
      }
      guard (1...4).contains(end - index) else { return false }
      for place in index..<end where text[place].isDigit { hasDigit = true }
      groups += 1
      index = end
    }
    return (hasGap ? groups < 8 && groups > 0 : groups == 8) && (hasDigit || groups > 4)
  }
}
