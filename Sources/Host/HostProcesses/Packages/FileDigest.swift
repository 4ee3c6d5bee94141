// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import Glibc

/// Digests of files.
package enum FileDigest {
  private static let blockSize = 256 << 10

  /// The SHA-256 of a file's content in hexadecimal digits; nil when it cannot be read. The descriptor's position does
  /// not matter and stays.
  package static func sha256(of descriptor: CInt) -> String? {
    guard let context = EVP_MD_CTX_new() else { return nil }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else { return nil }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: blockSize, alignment: 64)
    defer { buffer.deallocate() }
    var offset = 0
    while true {
      let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      guard EVP_DigestUpdate(context, buffer.baseAddress, count) == 1 else { return nil }
      offset += count
    }
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: CUnsignedInt = 0
    guard EVP_DigestFinal_ex(context, &digest, &length) == 1 else { return nil }
    return hexadecimal(digest.prefix(Int(length)))
  }

  /// The SHA-256 of bytes in hexadecimal digits; nil when OpenSSL has none.
  package static func sha256(of bytes: [UInt8]) -> String? {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var length: CUnsignedInt = 0
    guard EVP_Digest(bytes, bytes.count, &digest, &length, EVP_sha256(), nil) == 1 else {
      return nil
    }
    return hexadecimal(digest.prefix(Int(length)))
  }

  private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }
}
