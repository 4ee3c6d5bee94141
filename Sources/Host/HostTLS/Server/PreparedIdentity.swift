// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// An identity whose certificates and keys were read and found good. Immutable, and shared by all event loops.
package final class PreparedIdentity: Sendable {
  let names: [String]
  private let owner: ContextOwner
  let verifyMode: CInt
  /// Says which clients are let in: 32 bytes. A session is resumed only where the same is asked of clients.
  let sessionScope: [UInt8]

  /// Reads what the identity consists of.
  package init(
    _ identity: TLSServerIdentity, suite: TLSCipherSuite = .intermediate
  ) throws(TLSConfigurationError) {
    names = identity.names
    owner = ContextOwner(try TLSContext.make(isServer: true))
    let context = owner.pointer
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
    try suite.choose(in: context)
    TLSContext.selectProtocols(in: context)
    var kinds: Set<CInt> = []
    for pair in identity.pairs where !kinds.insert(try pair.use(in: context)).inserted {
      throw TLSConfigurationError(
        code: .sameKeyKind, file: pair.key.name,
        reason: "the other certificate of the same name has a key of the same kind")
    }
  }

  /// Certificates, keys and authorities, as OpenSSL has them.
  var context: OpaquePointer { owner.pointer }
}

/// Frees a context also where its making fails half way.
private final class ContextOwner: Sendable {
  nonisolated(unsafe) let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) { self.pointer = pointer }

  deinit { SSL_CTX_free(pointer) }
}
