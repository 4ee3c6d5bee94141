// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// What TLS connections have in common: whom they trust, and who they are.
///
/// Made once, at configuration, for it may read files; immutable afterwards and shared by all event
/// loops. TLS 1.2 is the oldest version (the system's OpenSSL configuration may ask for more), and
/// there is neither renegotiation nor a store of sessions that the loops would have to share.
package final class TLSContext: Sendable {
  // An SSL_CTX may be used by several threads once it is no longer changed; all changes are made
  // before the initialiser returns.
  nonisolated(unsafe) package let pointer: OpaquePointer
  /// Nil: for connections to servers.
  let server: ServerSide?

  var isServer: Bool { server != nil }

  /// What a server's connections choose from.
  struct ServerSide: Sendable {
    let identities: TLSIdentities
    let tickets: TicketKeys
    /// Taken of what a client offers by ALPN, best first.
    let applicationProtocols: [String]
  }

  init(server: ServerSide?) throws(TLSConfigurationError) {
    pointer = try Self.make(isServer: server != nil)
    self.server = server
  }

  deinit { SSL_CTX_free(pointer) }

  /// What all contexts have in common.
  static func make(isServer: Bool) throws(TLSConfigurationError) -> OpaquePointer {
    ERR_clear_error()
    guard let pointer = SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()) else {
      throw .drained(.libraryFailure)
    }
    // An idle connection must not hold two record buffers of 16 KB.
    shim_SSL_CTX_set_mode(pointer, Int(SSL_MODE_RELEASE_BUFFERS))
    // A cache shared by all event loops would be a lock between them.
    shim_SSL_CTX_set_session_cache_mode(pointer, Int(SSL_SESS_CACHE_OFF))
    shim_SSL_CTX_refuse_renegotiation(pointer)
    guard raise(pointer, to: TLS1_2_VERSION) else {
      SSL_CTX_free(pointer)
      throw .drained(.libraryFailure)
    }
    return pointer
  }

  /// Raises the oldest version; a stricter rule of the system stays.
  static func raise(_ pointer: OpaquePointer, to version: CInt) -> Bool {
    let system = shim_SSL_CTX_get_min_proto_version(pointer)
    return system >= version || shim_SSL_CTX_set_min_proto_version(pointer, version) == 1
  }

  /// The names as ALPN sends them (RFC 7301, section 3.1).
  static func wireForm(
    ofProtocols names: [String]
  ) throws(TLSConfigurationError) -> [UInt8] {
    var list: [UInt8] = []
    for name in names {
      guard (1...255).contains(name.utf8.count) else {
        throw TLSConfigurationError(
          code: .invalidApplicationProtocol, file: nil,
          reason: "an ALPN name has from 1 to 255 bytes")
      }
      list.append(UInt8(name.utf8.count))
      list.append(contentsOf: name.utf8)
    }
    return list
  }
}
