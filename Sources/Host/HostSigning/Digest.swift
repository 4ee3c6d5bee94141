// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// A hash function of OpenSSL's.
package enum Digest: Sendable {
  case sha256
  case sha512

  /// As ``EVP_MD_fetch`` knows it.
  var name: StaticString {
    switch self {
    case .sha256: "SHA256"
    case .sha512: "SHA512"
    }
  }

  /// Bytes of a hash.
  var size: Int {
    switch self {
    case .sha256: 32
    case .sha512: 64
    }
  }

  /// The hash of the bytes.
  package func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: size)
    var count = 0
    let done = EVP_Q_digest(
      nil, name.pointer, nil, bytes.baseAddress, bytes.count, &result, &count)
    precondition(done == 1 && count == size, "OpenSSL has its own hash functions")
    return result
  }

  package func hash(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { hash($0) } }

  /// The message authentication code of the bytes (RFC 2104).
  ///
  /// - Parameter key: not empty.
  package func authenticationCode(_ bytes: UnsafeRawBufferPointer, key: [UInt8]) -> [UInt8] {
    precondition(!key.isEmpty, "who signs has a key")
    var result = [UInt8](repeating: 0, count: size)
    var count = 0
    // OpenSSL takes no message of zero bytes without an address.
    let done = withUnsafePointer(to: UInt8(0)) { nothing in
      EVP_Q_mac(
        nil, "HMAC", nil, name.pointer, nil, key, key.count, bytes.baseAddress ?? .init(nothing),
        bytes.count, &result, result.count, &count)
    }
    precondition(done != nil && count == size, "OpenSSL has HMAC")
    return result
  }

  package func authenticationCode(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { authenticationCode($0, key: key) }
  }
}

extension StaticString {
  fileprivate var pointer: UnsafePointer<CChar> {
    UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
  }
}
