// SPDX-License-Identifier: Apache-2.0

/// Paths in the one form that routes are matched against (RFC 3986, 6.2.2): percent-encodings of what needs none are
/// undone, others are in upper case, what should have been encoded is, dot segments are resolved, and slashes are merged.
///
/// A percent sign that encodes nothing becomes `%25`: left as it is, it could make an encoding together with what was
/// decoded behind it (`%%32e` would be `%2e`, a dot for whoever decodes once more). So the normal form of a normal form
/// is itself, and no decoder after this one sees other segments than the router saw.
package enum PathNormalisation {
  /// Whether the path is in normal form already, which almost all are: then nothing is copied.
  package static func isNormal(_ path: UnsafeRawBufferPointer) -> Bool {
    var previous: UInt8 = 0
    for byte in path {
      if !mayStand(byte) { return false }
      if previous == UInt8(ascii: "/"), byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") {
        return false
      }
      previous = byte
    }
    return true
  }

  /// The normal form.
  package static func normalise(_ path: UnsafeRawBufferPointer) -> [UInt8] {
    resolve(decode(path))
  }

  private static func decode(_ path: UnsafeRawBufferPointer) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(path.count)
    var index = 0
    while index < path.count {
      let byte = path[index]
      guard byte == UInt8(ascii: "%"), index + 2 < path.count,
        let high = hexadecimal(path[index + 1]), let low = hexadecimal(path[index + 2])
      else {
        if mayStand(byte) { result.append(byte) } else { encode(byte, to: &result) }
        index += 1
        continue
      }
      let value = high << 4 | low
      if isUnreserved(value) {
        result.append(value)
      } else {
        encode(value, to: &result)
      }
      index += 3
    }
    return result
  }

  private static func resolve(_ path: [UInt8]) -> [UInt8] {
    var segments: [ArraySlice<UInt8>] = []
    let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true)
    for part in parts {
      if part.elementsEqual(".".utf8) { continue }
      if part.elementsEqual("..".utf8) {
        _ = segments.popLast()
      } else {
        segments.append(part)
      }
    }
    var result: [UInt8] = []
    for segment in segments {
      result.append(UInt8(ascii: "/"))
      result.append(contentsOf: segment)
    }
    let isFolder =
      path.last == UInt8(ascii: "/") || parts.last?.elementsEqual(".".utf8) == true
      || parts.last?.elementsEqual("..".utf8) == true
    if result.isEmpty || isFolder { result.append(UInt8(ascii: "/")) }
    return result
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }

  private static func encode(_ byte: UInt8, to result: inout [UInt8]) {
    func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
    result += [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 15)]
  }

  /// What stands in a path as it is; all else, the percent sign included, is encoded.
  @inline(__always)
  private static func mayStand(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, 0x7F...0xFF: false
    case UInt8(ascii: "\""), UInt8(ascii: "#"), UInt8(ascii: "%"), UInt8(ascii: "<"),
      UInt8(ascii: ">"), UInt8(ascii: "?"), UInt8(ascii: "\\"), UInt8(ascii: "^"),
      UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"):
      false
    default: true
    }
  }
}
