// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// A key for many message authentication codes (RFC 2104): to look up OpenSSL's functions by name, and to take the key in, costs
/// more than a code does, and is done once.
package final class AuthenticationKey: @unchecked Sendable {
  /// Has the key, and is only ever copied, which any thread may do.
  private let prepared: OpaquePointer
  private let size: Int

  /// - Parameter key: not empty.
  package init(_ digest: Digest, _ key: [UInt8]) {
    precondition(!key.isEmpty, "who signs has a key")
    let algorithm = EVP_MAC_fetch(nil, "HMAC", nil)
    defer { EVP_MAC_free(algorithm) }
    guard let context = EVP_MAC_CTX_new(algorithm) else {
      preconditionFailure("OpenSSL has HMAC")
    }
    let name = UnsafeMutableRawPointer(mutating: digest.name.utf8Start)
    let parameters = [
      OSSL_PARAM_construct_utf8_string(
        OSSL_MAC_PARAM_DIGEST, name.assumingMemoryBound(to: CChar.self), 0),
      OSSL_PARAM_construct_end(),
    ]
    let isReady = EVP_MAC_init(context, key, key.count, parameters)
    precondition(isReady == 1, "OpenSSL has its own hash functions")
    prepared = context
    size = digest.size
  }

  deinit { EVP_MAC_CTX_free(prepared) }

  /// The code of the bytes.
  package func code(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
    let context = EVP_MAC_CTX_dup(prepared)
    defer { EVP_MAC_CTX_free(context) }
    var count = 0
    let result = [UInt8](unsafeUninitializedCapacity: size) { result, written in
      let start = bytes.bindMemory(to: UInt8.self).baseAddress
      let isDone =
        EVP_MAC_update(context, start, bytes.count) == 1
        && EVP_MAC_final(context, result.baseAddress, &count, result.count) == 1
      precondition(isDone, "a code is made of any bytes")
      written = count
    }
    precondition(count == size, "a code has its digest's size")
    return result
  }
}
