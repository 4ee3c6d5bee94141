// SPDX-License-Identifier: Apache-2.0

import COpenSSL

extension TLSConfigurationError {
  /// Made from OpenSSL's error queue, which is empty afterwards.
  ///
  /// - Parameters:
  ///   - code: when the queue does not name something more exact.
  ///   - file: what it is wrong with.
  static func drained(_ code: Code, file: String? = nil) -> TLSConfigurationError {
    let entries = QueuedError.drainAll()
    func has(_ library: CInt, _ reasons: CInt...) -> Bool {
      entries.contains { $0.library == library && reasons.contains($0.reason) }
    }
    let cause = entries.first?.text ?? "OpenSSL gives no reason"
    if file != nil, let system = entries.first(where: { $0.library == ERR_LIB_SYS }) {
      return TLSConfigurationError(code: .unreadable, file: file, reason: system.text)
    }
    if code == .invalidKey, has(ERR_LIB_PEM, PEM_R_BAD_PASSWORD_READ) {
      return TLSConfigurationError(
        code: .encryptedKey, file: file, reason: "the private key is encrypted")
    }
    if code == .keyMismatch
      || has(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH, X509_R_KEY_TYPE_MISMATCH)
    {
      return TLSConfigurationError(
        code: .keyMismatch, file: file, reason: "the private key is not that of the certificate")
    }
    let reason =
      switch code {
      case .invalidCertificate: "it holds no certificate in PEM form that can be used (\(cause))"
      case .invalidKey: "it holds no private key in PEM form that can be used (\(cause))"
      case .systemTrust: "the system's trusted certificates cannot be used (\(cause))"
      case .invalidApplicationProtocol: "the ALPN names are too many (\(cause))"
      case .unreadable, .encryptedKey, .keyMismatch, .sameKeyKind, .libraryFailure: cause
      }
    return TLSConfigurationError(code: code, file: file, reason: reason)
  }
}
