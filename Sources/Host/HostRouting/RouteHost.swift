// SPDX-License-Identifier: Apache-2.0

/// A host of a route: exact, or with one wildcard in place of its first or last label.
package struct RouteHost: Sendable, Hashable {
  enum Kind: Sendable {
    case exact
    /// `*.example.com`: the name is the part behind the star.
    case suffix
    /// `example.*`: the name is the part in front of the star.
    case prefix
  }

  let kind: Kind
  /// In lower case, without brackets.
  let name: [UInt8]
  /// Nil: any.
  let port: Int?

  package init(_ text: String) {
    let text = Array(text.lowercased().utf8)
    let parts = text.withUnsafeBytes { text in
      let authority = RequestHost(text)
      return (name: Array(authority.name), port: authority.port)
    }
    port = parts.port
    if parts.name.starts(with: "*.".utf8) {
      (kind, name) = (.suffix, Array(parts.name.dropFirst()))
    } else if parts.name.suffix(2).elementsEqual(".*".utf8) {
      (kind, name) = (.prefix, Array(parts.name.dropLast()))
    } else {
      (kind, name) = (.exact, parts.name)
    }
  }
}

/// The host that a request asks for.
struct RequestHost {
  /// Without brackets.
  let name: UnsafeRawBufferPointer
  /// The port that was sent.
  let port: Int?

  /// As Kong splits it: what is no port is part of the name.
  init(_ authority: UnsafeRawBufferPointer) {
    let end: Int?
    if authority.first == UInt8(ascii: "[") {
      end = authority.firstIndex(of: UInt8(ascii: "]")).map { $0 + 1 }
    } else {
      end = authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.count
    }
    guard let end, let port = Self.port(authority.dropFirst(end)) else {
      (name, self.port) = (authority, nil)
      return
    }
    let isBracketed = authority.first == UInt8(ascii: "[")
    name = UnsafeRawBufferPointer(
      rebasing: isBracketed ? authority[1..<(end - 1)] : authority[..<end])
    self.port = port
  }

  /// Nil: no port may stand like this; nil within: none stands there.
  private static func port(_ text: Slice<UnsafeRawBufferPointer>) -> Int?? {
    guard let colon = text.first else { return .some(nil) }
    let digits = text.dropFirst()
    guard colon == UInt8(ascii: ":"), digits.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
    if digits.isEmpty { return .some(nil) }
    // A longer one is no port of a route either.
    return .some(digits.reduce(0) { min($0 * 10 + Int($1 - 0x30), 1 << 20) })
  }
}
