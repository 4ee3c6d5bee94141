// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// All that a server can be, by the name that a client asks for. Immutable, and shared by all event loops.
package final class TLSIdentities: Sendable {
  /// An identity, ready for use.
  private final class Prepared: Sendable {
    nonisolated(unsafe) let context: OpaquePointer
    let verifyMode: CInt
    /// Says which clients are let in: 32 bytes. A session is resumed only where the same is asked of clients.
    let sessionScope: [UInt8]

    init(
      _ identity: TLSServerIdentity, _ suite: TLSCipherSuite
    ) throws(TLSConfigurationError) {
      let context = try TLSContext.make(isServer: true)
      self.context = context
      verifyMode =
        switch identity.clients {
        case .off: SSL_VERIFY_NONE
        case .optional: SSL_VERIFY_PEER
        case .required: SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
        }
      var scope = [UInt8(truncatingIfNeeded: verifyMode)]
      for source in identity.clients.authorities {
        for authority in try CertificateStore.add(certificatesOf: source, to: context) {
          SSL_CTX_add_client_CA(context, authority.pointer)
          var digest = [UInt8](repeating: 0, count: 32)
          guard X509_digest(authority.pointer, EVP_sha256(), &digest, nil) == 1 else {
            throw .drained(.libraryFailure)
          }
          scope += digest
        }
      }
      var digest = [UInt8](repeating: 0, count: 32)
      guard EVP_Digest(scope, scope.count, &digest, nil, EVP_sha256(), nil) == 1 else {
        throw .drained(.libraryFailure)
      }
      sessionScope = digest
      try TLSIdentities.choose(suite, in: context)
      TLSContext.selectProtocols(in: context)
      var kinds: Set<CInt> = []
      for pair in identity.pairs where !kinds.insert(try pair.use(in: context)).inserted {
        throw TLSConfigurationError(
          code: .sameKeyKind, file: pair.key.name,
          reason: "the other certificate of the same name has a key of the same kind")
      }
    }

    deinit { SSL_CTX_free(context) }
  }

  let suite: TLSCipherSuite
  private let identities: [Prepared]
  private let names: ServerNames
  private let fallback: Int

  /// - Parameters:
  ///   - identities: at least one.
  ///   - fallback: who the server is for a name that none of them has, if there is no `*`.
  package init(
    _ identities: [TLSServerIdentity], fallback: Int, suite: TLSCipherSuite = .intermediate
  ) throws(TLSConfigurationError) {
    var prepared: [Prepared] = []
    var names = ServerNames()
    for (index, identity) in identities.enumerated() {
      prepared.append(try Prepared(identity, suite))
      for name in identity.names { names.add(name, index) }
    }
    self.identities = prepared
    self.names = names
    self.fallback = fallback
    self.suite = suite
    isUniform = prepared.allSatisfy { $0.sessionScope == prepared[0].sessionScope }
  }

  /// Whether the same is asked of all clients, whatever name they ask for.
  package let isUniform: Bool

  /// Whether a client that got in by one name got in by the rules of the other as well.
  ///
  /// - Parameters:
  ///   - serverName: what it asked for in its handshake, if anything.
  ///   - host: of a request; without a port.
  package func letsIn(serverName: String?, asClientOf host: String) -> Bool {
    isUniform
      || identity(for: serverName).sessionScope
        == identity(for: ClientHelloName.name(host.utf8)).sessionScope
  }

  private func identity(for name: String?) -> Prepared {
    identities[names.index(for: name) ?? fallback]
  }

  /// Makes a connection, whose ClientHello has come, the server of this name.
  func adopt(_ name: String?, in handle: OpaquePointer) -> Bool {
    let identity = identity(for: name)
    SSL_set_verify(handle, identity.verifyMode, nil)
    return SSL_set_SSL_CTX(handle, identity.context) != nil
      && SSL_set_session_id_context(
        handle, identity.sessionScope, UInt32(identity.sessionScope.count)) == 1
  }

  /// Sets the versions and ciphers of a context.
  static func choose(
    _ suite: TLSCipherSuite, in context: OpaquePointer
  ) throws(TLSConfigurationError) {
    guard SSL_CTX_set_cipher_list(context, TLSCipherSuite.list) == 1,
      TLSContext.raise(context, to: suite == .modern ? TLS1_3_VERSION : TLS1_2_VERSION)
    else { throw .drained(.libraryFailure) }
  }
}
