// SPDX-License-Identifier: Apache-2.0

import COpenSSL

extension TLSContext {
  /// Whom a client trusts.
  package enum Trust: Sendable, Hashable {
    /// The system's certificates.
    case system
    /// The system's, and those of a PEM file.
    case systemAnd(file: String)
    /// Those of a PEM file only.
    case file(String)
    /// Those of these only.
    case certificates([PEMSource])
    /// Everybody: neither chain nor name is verified. For an operator who says so.
    case everybody
  }

  /// For connections to servers.
  ///
  /// - Parameters:
  ///   - trust: against whose certificates the server's chain is verified.
  ///   - identity: shown to servers that ask for a certificate.
  ///   - applicationProtocols: offered by ALPN, best first: `h2`, `http/1.1`. None: no ALPN.
  ///   - verifyDepth: how many certificates may stand between the server's own and a trusted one.
  package convenience init(
    client trust: Trust, identity: TLSKeyPair? = nil, applicationProtocols: [String] = [],
    verifyDepth: Int? = nil
  ) throws(TLSConfigurationError) {
    try self.init(server: nil)
    switch trust {
    case .system: try trustSystem()
    case .systemAnd(let file):
      try trustSystem()
      try CertificateStore.add(certificatesOf: .file(file), to: pointer)
    case .file(let file): try CertificateStore.add(certificatesOf: .file(file), to: pointer)
    case .certificates(let sources):
      for source in sources { try CertificateStore.add(certificatesOf: source, to: pointer) }
    case .everybody: break
    }
    SSL_CTX_set_verify(pointer, trust == .everybody ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nil)
    if let verifyDepth { SSL_CTX_set_verify_depth(pointer, CInt(clamping: verifyDepth)) }
    try identity?.use(in: pointer)
    try offer(applicationProtocols)
    TLSClientSessions.collect(from: pointer)
  }

  private func trustSystem() throws(TLSConfigurationError) {
    ERR_clear_error()
    guard SSL_CTX_set_default_verify_paths(pointer) == 1 else { throw .drained(.systemTrust) }
  }

  private func offer(_ protocols: [String]) throws(TLSConfigurationError) {
    guard !protocols.isEmpty else { return }
    let list = try Self.wireForm(ofProtocols: protocols)
    // Unlike all its sisters, this function returns 0 for success.
    guard list.count <= 65_535, SSL_CTX_set_alpn_protos(pointer, list, UInt32(list.count)) == 0
    else { throw .drained(.invalidApplicationProtocol) }
  }
}
