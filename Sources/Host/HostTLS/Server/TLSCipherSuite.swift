// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Which versions and ciphers a server takes: Mozilla's recommendations, under Kong's names for them.
package enum TLSCipherSuite: String, Sendable, CaseIterable {
  /// TLS 1.3 only.
  case modern
  /// TLS 1.2 too, with ciphers that authenticate what they encrypt and keep the past secret.
  case intermediate

  /// OpenSSL's names; those of TLS 1.3 are all good and stay.
  private static let list = [
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
  ].joined(separator: ":")

  /// Sets the versions and ciphers of a context.
  func choose(in context: OpaquePointer) throws(TLSConfigurationError) {
    guard SSL_CTX_set_cipher_list(context, Self.list) == 1,
      TLSContext.raise(context, to: self == .modern ? TLS1_3_VERSION : TLS1_2_VERSION)
    else { throw .drained(.libraryFailure) }
  }
}
