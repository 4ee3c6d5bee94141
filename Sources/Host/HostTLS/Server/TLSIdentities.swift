// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// All that a server can be, by the name that a client asks for. Immutable, and shared by all event loops.
package final class TLSIdentities: Sendable {
  let suite: TLSCipherSuite
  private let identities: [PreparedIdentity]
  private let names: ServerNames
  private let fallback: Int

  /// - Parameters:
  ///   - identities: at least one.
  ///   - fallback: who the server is for a name that none of them has, if there is no `*`.
  ///   - suite: with which the identities were prepared.
  package init(
    _ identities: [PreparedIdentity], fallback: Int, suite: TLSCipherSuite = .intermediate
  ) {
    var names = ServerNames()
    for (index, identity) in identities.enumerated() {
      for name in identity.names { names.add(name, index) }
    }
    self.identities = identities
    self.names = names
    self.fallback = fallback
    self.suite = suite
    isUniform = identities.allSatisfy { $0.sessionScope == identities[0].sessionScope }
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

  private func identity(for name: String?) -> PreparedIdentity {
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
}
