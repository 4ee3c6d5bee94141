// SPDX-License-Identifier: Apache-2.0

/// What of a request decides about its route, beside its headers.
package struct RouteRequest {
  package var method: UnsafeRawBufferPointer
  /// The host, and the port where there is one, as sent; empty for none.
  package var authority: UnsafeRawBufferPointer
  /// Without its query, in normal form.
  package var path: UnsafeRawBufferPointer
  /// Whether the client's connection is encrypted: as in Kong, `X-Forwarded-Proto` has no say in this.
  package var isSecure: Bool
  /// The name that the client asked for in the TLS handshake; nil for none.
  package var sni: UnsafeRawBufferPointer?

  package init(
    method: UnsafeRawBufferPointer, authority: UnsafeRawBufferPointer,
    path: UnsafeRawBufferPointer, isSecure: Bool = false, sni: UnsafeRawBufferPointer? = nil
  ) {
    self.method = method
    self.authority = authority
    self.path = path
    self.isSecure = isSecure
    self.sni = sni
  }
}

/// The header fields of a request. They are looked at only where routes ask for headers.
package protocol RouteHeaders {
  /// Calls with the name and the value of every field line, as sent.
  func forEachField(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void)
}

extension UnsafeRawBufferPointer {
  /// Calls with the text in lower case, which is the text itself where it is so already.
  @inline(__always)
  func withLowercased<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    guard contains(where: { $0 &- 0x41 < 26 }) else { return body(self) }
    return withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { copy in
      for index in 0..<count {
        let byte = self[index]
        copy[index] = byte &- 0x41 < 26 ? byte | 0x20 : byte
      }
      return body(UnsafeRawBufferPointer(copy))
    }
  }

  /// Whether the bytes are this text, which is in lower case, without regard to their own case.
  func equalsLowercased(_ text: [UInt8]) -> Bool {
    guard count == text.count else { return false }
    for index in 0..<count {
      let byte = self[index]
      if (byte &- 0x41 < 26 ? byte | 0x20 : byte) != text[index] { return false }
    }
    return true
  }
}
