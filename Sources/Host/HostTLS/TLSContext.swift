// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// What TLS connections have in common: whom they trust, or who they are. Made once, used by all event loops.
package final class TLSContext: Sendable {
  /// Whom a client trusts.
  package enum Trust: Sendable {
    /// The system's certificates.
    case system
    /// Those of a PEM file, and the system's.
    case systemAnd(file: String)
    /// Those of a PEM file only.
    case file(String)
  }

  // An SSL_CTX may be shared by threads once it is set up.
  nonisolated(unsafe) let pointer: OpaquePointer

  private init(method: OpaquePointer?) throws(TLSError) {
    guard let pointer = SSL_CTX_new(method) else {
      throw .failed(reason: TLSError.fromQueue().text)
    }
    self.pointer = pointer
    _ = patchbay_SSL_CTX_set_min_tls12(pointer)
    _ = patchbay_SSL_CTX_release_buffers(pointer)
  }

  deinit { SSL_CTX_free(pointer) }

  /// For connections to servers, whose chain and name are verified.
  package convenience init(client trust: Trust) throws(TLSError) {
    try self.init(method: TLS_client_method())
    SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
    switch trust {
    case .system: try trustSystem()
    case .systemAnd(let file):
      try trustSystem()
      try self.trust(file)
    case .file(let file): try self.trust(file)
    }
  }

  /// For connections from clients.
  ///
  /// - Parameters:
  ///   - certificates: a PEM file, the server's own first, then its chain.
  ///   - key: a PEM file.
  package convenience init(
    serverCertificates certificates: String, key: String
  ) throws(TLSError) {
    try self.init(method: TLS_server_method())
    guard SSL_CTX_use_certificate_chain_file(pointer, certificates) == 1 else {
      throw .unusableFile(path: certificates, reason: TLSError.fromQueue().text)
    }
    guard SSL_CTX_use_PrivateKey_file(pointer, key, SSL_FILETYPE_PEM) == 1 else {
      throw .unusableFile(path: key, reason: TLSError.fromQueue().text)
    }
    guard SSL_CTX_check_private_key(pointer) == 1 else {
      throw .unusableFile(path: key, reason: "it is not the key of \(certificates)")
    }
  }

  private func trustSystem() throws(TLSError) {
    guard SSL_CTX_set_default_verify_paths(pointer) == 1 else {
      throw .failed(reason: TLSError.fromQueue().text)
    }
  }

  private func trust(_ file: String) throws(TLSError) {
    guard SSL_CTX_load_verify_file(pointer, file) == 1 else {
      throw .unusableFile(path: file, reason: TLSError.fromQueue().text)
    }
  }
}
