// SPDX-License-Identifier: Apache-2.0

// Bytes as the text that signatures, tokens and forms are made of.
extension Sequence<UInt8> {
  /// Two lower-case digits for each byte.
  var hexadecimal: [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  }

  /// Percent-encoded but for what is unreserved (RFC 3986, 2.3), and for the bytes that are kept.
  func percentEncoded(keeping kept: String.UTF8View = "".utf8) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    result.reserveCapacity(underestimatedCount)
    for byte in self {
      if byte.isUnreserved || kept.contains(byte) {
        result.append(byte)
      } else {
        result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return result
  }

  /// With what is percent-encoded as it is meant. A percent sign without two digits stays.
  package var percentDecoded: [UInt8] {
    let bytes = Array(self)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let high = bytes[index + 1].hexadecimalValue, let low = bytes[index + 2].hexadecimalValue
      {
        result.append(high << 4 | low)
        index += 3
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return result
  }
}

extension [UInt8] {
  /// Base64 (RFC 4648, 4).
  package var base64: [UInt8] {
    let url = base64URL.map { byte in
      switch byte {
      case UInt8(ascii: "-"): UInt8(ascii: "+")
      case UInt8(ascii: "_"): UInt8(ascii: "/")
      default: byte
      }
    }
    return url + Array(repeating: UInt8(ascii: "="), count: (3 - count % 3) % 3)
  }

  /// Base64 with the alphabet of URLs and without padding (RFC 4648, 5).
  package var base64URL: [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var result: [UInt8] = []
    result.reserveCapacity((count * 4 + 2) / 3)
    for start in stride(from: 0, to: count, by: 3) {
      let group = self[start..<Swift.min(start + 3, count)]
      let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for digit in 0...group.count { result.append(alphabet[bits >> (18 - 6 * digit) & 63]) }
    }
    return result
  }
}

extension UInt8 {
  fileprivate var isUnreserved: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  fileprivate var hexadecimalValue: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

/// A form as a request's body (application/x-www-form-urlencoded).
package struct Form: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init(_ fields: KeyValuePairs<String, String>) {
    for (name, value) in fields { add(name, Array(value.utf8)) }
  }

  package mutating func add(_ name: String, _ value: [UInt8]) {
    if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
    bytes += name.utf8.percentEncoded() + [UInt8(ascii: "=")] + value.percentEncoded()
  }
}
