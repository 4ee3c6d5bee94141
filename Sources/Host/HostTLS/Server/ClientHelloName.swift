// SPDX-License-Identifier: Apache-2.0

/// The name in a ClientHello's `server_name` extension (RFC 6066, section 3).
enum ClientHelloName {
  /// In lower case. Nil: the extension holds no host name, or is malformed, which OpenSSL answers.
  static func read(_ extensionData: UnsafeRawBufferPointer) -> String? {
    var rest = extensionData[...]
    func number(_ count: Int) -> Int? {
      guard rest.count >= count else { return nil }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(2) == rest.count, number(1) == 0, let length = number(2), length == rest.count
    else { return nil }
    return name(rest)
  }

  /// A host name in lower case; nil when the bytes are none.
  static func name(_ bytes: some Collection<UInt8>) -> String? {
    // Visible ASCII; what DNS can hold.
    guard (1...253).contains(bytes.count), bytes.allSatisfy({ 0x21...0x7E ~= $0 }) else {
      return nil
    }
    let name = String(decoding: bytes, as: UTF8.self).lowercased()
    return name.hasSuffix(".") ? String(name.dropLast()) : name
  }
}
