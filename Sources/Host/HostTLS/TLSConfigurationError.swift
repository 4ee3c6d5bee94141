// SPDX-License-Identifier: Apache-2.0

/// Why a ``TLSContext`` cannot be made. Names the file, never shows what is in it.
package struct TLSConfigurationError: Error, Hashable, Sendable {
  /// What is wrong: stable, for programs.
  package enum Code: String, Sendable, CaseIterable {
    /// The file does not exist or may not be read.
    case unreadable
    /// The file holds no certificate in PEM form, or one that cannot be used.
    case invalidCertificate = "invalid_certificate"
    /// The file holds no private key in PEM form, or one that cannot be used.
    case invalidKey = "invalid_key"
    /// The private key is encrypted, and there is nobody to ask for its password.
    case encryptedKey = "encrypted_key"
    /// The private key is not that of the certificate.
    case keyMismatch = "key_mismatch"
    /// Two certificates of one name have keys of one kind: only one of them could ever be shown.
    case sameKeyKind = "same_key_kind"
    /// The system's trusted certificates cannot be used.
    case systemTrust = "system_trust"
    /// An ALPN name is empty, too long, or there are too many (RFC 7301, section 3.1).
    case invalidApplicationProtocol = "invalid_application_protocol"
    /// OpenSSL could not do its work, usually for want of memory.
    case libraryFailure = "library_failure"
  }

  /// What is wrong.
  package let code: Code
  /// The file that it is wrong with, or what the text is.
  package let file: String?
  /// The same for people, with what OpenSSL knows.
  package let reason: String
}

extension TLSConfigurationError: CustomStringConvertible {
  package var description: String {
    file.map { "cannot use \($0): \(reason)" } ?? reason
  }
}
