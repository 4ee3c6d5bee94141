// SPDX-License-Identifier: Apache-2.0

import COpenSSL

extension [UInt8] {
  /// The bytes as OpenSSL reads a file.
  func withBIO<Result>(_ body: (OpaquePointer) -> Result?) -> Result? {
    withUnsafeBytes { bytes in
      guard let bio = BIO_new_mem_buf(bytes.baseAddress, CInt(clamping: bytes.count)) else {
        return nil
      }
      defer { BIO_free(bio) }
      return body(bio)
    }
  }

  /// What OpenSSL writes into a file; empty when it fails.
  static func written(_ body: (OpaquePointer) -> CInt) -> [UInt8] {
    guard let bio = BIO_new(BIO_s_mem()) else { return [] }
    defer { BIO_free(bio) }
    guard body(bio) == 1 else { return [] }
    var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(bio))
    guard BIO_read(bio, &bytes, CInt(clamping: bytes.count)) == bytes.count else { return [] }
    return bytes
  }
}
