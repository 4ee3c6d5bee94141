// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// What TLS connections have in common: whom they trust, or who they are.
///
/// Made once, at configuration, for it reads files; immutable afterwards and shared by all event
/// loops. TLS 1.2 is the oldest version (the system's OpenSSL configuration may ask for more), and
/// there is neither renegotiation nor session storage.
package final class TLSContext: Sendable {
  /// Whom a client trusts.
  package enum Trust: Sendable, Hashable {
    /// The system's certificates.
    case system
    /// The system's, and those of a PEM file.
    case systemAnd(file: String)
    /// Those of a PEM file only.
    case file(String)
    /// Everybody: neither chain nor name is verified. For an operator who says so.
    case everybody
  }

  // An SSL_CTX may be used by several threads once it is no longer changed; all changes are made in
  // this file, before the initialiser returns.
  nonisolated(unsafe) let pointer: OpaquePointer
  let isServer: Bool

  private init(isServer: Bool) throws(TLSConfigurationError) {
    ERR_clear_error()
    guard let pointer = SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()) else {
      throw .drained(.libraryFailure)
    }
    self.pointer = pointer
    self.isServer = isServer
    // An idle connection must not hold two record buffers of 16 KB.
    shim_SSL_CTX_set_mode(pointer, Int(SSL_MODE_RELEASE_BUFFERS))
    // A cache shared by all event loops would be a lock between them.
    shim_SSL_CTX_set_session_cache_mode(pointer, Int(SSL_SESS_CACHE_OFF))
    shim_SSL_CTX_refuse_renegotiation(pointer)
    guard Self.requireTLS12(pointer) else { throw .drained(.libraryFailure) }
  }

  deinit { SSL_CTX_free(pointer) }

  /// For connections to servers.
  ///
  /// - Parameters:
  ///   - trust: against whose certificates the server's chain is verified.
  ///   - applicationProtocols: offered by ALPN, best first: `h2`, `http/1.1`. None: no ALPN.
  package convenience init(
    client trust: Trust, applicationProtocols: [String] = []
  ) throws(TLSConfigurationError) {
    try self.init(isServer: false)
    switch trust {
    case .system: try trustSystem()
    case .systemAnd(let file):
      try trustSystem()
      try trustFile(file)
    case .file(let file): try trustFile(file)
    case .everybody: break
    }
    SSL_CTX_set_verify(pointer, trust == .everybody ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nil)
    try offer(applicationProtocols)
  }

  /// For connections from clients.
  ///
  /// - Parameters:
  ///   - certificates: a PEM file: the server's own certificate, then its chain without the root.
  ///   - key: a PEM file: the server's private key, not encrypted.
  package convenience init(
    serverCertificates certificates: String, key: String
  ) throws(TLSConfigurationError) {
    try self.init(isServer: true)
    // OpenSSL would ask for a password on the terminal.
    SSL_CTX_set_default_passwd_cb(pointer) { _, _, _, _ in -1 }
    ERR_clear_error()
    guard SSL_CTX_use_certificate_chain_file(pointer, certificates) == 1 else {
      throw .drained(.invalidCertificate, file: certificates)
    }
    guard SSL_CTX_use_PrivateKey_file(pointer, key, SSL_FILETYPE_PEM) == 1 else {
      throw .drained(.invalidKey, file: key)
    }
    // The line above compares only with a certificate of the key's own kind.
    guard SSL_CTX_check_private_key(pointer) == 1 else { throw .drained(.keyMismatch, file: key) }
  }

  /// Raises the oldest version to TLS 1.2; a stricter rule of the system stays.
  private static func requireTLS12(_ pointer: OpaquePointer) -> Bool {
    let system = shim_SSL_CTX_get_min_proto_version(pointer)
    return system >= TLS1_2_VERSION
      || shim_SSL_CTX_set_min_proto_version(pointer, TLS1_2_VERSION) == 1
  }

  private func trustSystem() throws(TLSConfigurationError) {
    ERR_clear_error()
    guard SSL_CTX_set_default_verify_paths(pointer) == 1 else { throw .drained(.systemTrust) }
  }

  private func trustFile(_ file: String) throws(TLSConfigurationError) {
    ERR_clear_error()
    guard SSL_CTX_load_verify_file(pointer, file) == 1 else {
      throw .drained(.invalidCertificate, file: file)
    }
  }

  private func offer(_ protocols: [String]) throws(TLSConfigurationError) {
    guard !protocols.isEmpty else { return }
    var list: [UInt8] = []
    for name in protocols {
      guard (1...255).contains(name.utf8.count) else {
        throw TLSConfigurationError(
          code: .invalidApplicationProtocol, file: nil,
          reason: "an ALPN name has from 1 to 255 bytes")
      }
      list.append(UInt8(name.utf8.count))
      list.append(contentsOf: name.utf8)
    }
    // Unlike all its sisters, this function returns 0 for success.
    guard list.count <= 65_535, SSL_CTX_set_alpn_protos(pointer, list, UInt32(list.count)) == 0
    else { throw .drained(.invalidApplicationProtocol) }
  }
}

extension TLSConfigurationError {
  /// Made from OpenSSL's error queue, which is empty afterwards.
  ///
  /// - Parameter code: when the queue does not name something more exact.
  fileprivate static func drained(_ code: Code, file: String? = nil) -> TLSConfigurationError {
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
      case .unreadable, .encryptedKey, .keyMismatch, .libraryFailure: cause
      }
    return TLSConfigurationError(code: code, file: file, reason: reason)
  }
}
