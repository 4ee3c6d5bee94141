// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import NIOCore

extension TLSSession {
  /// Whom a client expects.
  struct Peer {
    /// Without brackets and final dot.
    let name: String
    /// What the session is kept by.
    let session: String

    /// Nil for a server, which expects nobody.
    init?(_ role: TLSRole) throws(TLSError) {
      guard case .client(let serverName, let port) = role else { return nil }
      var name = serverName[...]
      if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
      if name.hasSuffix(".") { name = name.dropLast() }
      // 253: the longest name that DNS can hold. Visible ASCII: a NUL would end the name early in C.
      guard (1...253).contains(name.utf8.count), name.utf8.allSatisfy({ 0x21...0x7e ~= $0 }) else {
        throw TLSError(
          code: .invalidServerName, reason: "the name of the server is not a DNS name or address")
      }
      self.name = String(name)
      session = "\(name):\(port)"
    }
  }

  /// Makes the connection's `SSL`, with the transport as its network.
  static func makeHandle(
    _ context: TLSContext, _ transport: TransportBIO, _ peer: Peer?,
    _ collector: TLSClientSessions.Collector?
  ) throws(TLSError) -> OpaquePointer {
    shim_ERR_clear_error()
    guard let handle = SSL_new(context.pointer) else { throw .library() }
    guard let bio = transport.makeBIO() else {
      SSL_free(handle)
      throw .library()
    }
    SSL_set_bio(handle, bio, bio)  // now owned by the handle, for both directions
    guard let peer else {
      SSL_set_accept_state(handle)
      guard context.note(in: handle) else {
        SSL_free(handle)
        throw .library()
      }
      return handle
    }
    SSL_set_connect_state(handle)
    guard expect(peer.name, of: handle), collector?.attach(to: handle) ?? true else {
      SSL_free(handle)
      throw .library()
    }
    return handle
  }

  /// The certificate must be for this address, or for this name; a name is also sent as SNI.
  private static func expect(_ name: String, of handle: OpaquePointer) -> Bool {
    let parameters = SSL_get0_param(handle)
    if X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1 { return true }
    ERR_clear_error()  // it is not an address
    // Neither `f*.example.com` nor a name in the subject counts (RFC 9525, sections 6.3 and 2).
    X509_VERIFY_PARAM_set_hostflags(
      parameters,
      UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS) | UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
    return SSL_set1_host(handle, name) == 1 && shim_SSL_set_tlsext_host_name(handle, name) == 1
  }
}

extension TLSError {
  /// Empties OpenSSL's error queue.
  fileprivate static func library() -> TLSError {
    TLSError(
      code: .libraryFailure,
      reason: QueuedError.drain()?.text ?? "OpenSSL could not make a connection")
  }
}
