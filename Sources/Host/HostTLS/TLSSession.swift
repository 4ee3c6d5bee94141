// SPDX-License-Identifier: Apache-2.0

import COpenSSL
package import NIOCore

/// One TLS connection without a socket: bytes of the network in and out, plaintext in and out.
package struct TLSSession: ~Copyable {
  package enum Role: Sendable {
    /// Verifies that the server is this host: a name or an IP address.
    case client(serverName: String)
    case server
  }

  package enum State: Equatable, Sendable {
    case handshaking
    case established
    /// The peer said that it sends no more.
    case peerClosed
    case failed
  }

  private let ssl: OpaquePointer
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer
  // The context must live as long as its connections.
  private let context: TLSContext
  package private(set) var state = State.handshaking

  package init(_ context: TLSContext, _ role: Role) throws(TLSError) {
    let parts = try Self.make(context, role)
    self.context = context
    (ssl, incoming, outgoing) = parts
  }

  private static func make(
    _ context: TLSContext, _ role: Role
  ) throws(TLSError) -> (ssl: OpaquePointer, incoming: OpaquePointer, outgoing: OpaquePointer) {
    guard let ssl = SSL_new(context.pointer), let incoming = BIO_new(BIO_s_mem()),
      let outgoing = BIO_new(BIO_s_mem())
    else { throw .failed(reason: TLSError.fromQueue().text) }
    SSL_set_bio(ssl, incoming, outgoing)  // from here on they are the connection's
    switch role {
    case .server: SSL_set_accept_state(ssl)
    case .client(let name):
      SSL_set_connect_state(ssl)
      do throws(TLSError) {
        try expect(name, of: ssl)
      } catch {
        SSL_free(ssl)
        throw error
      }
    }
    return (ssl, incoming, outgoing)
  }

  deinit { SSL_free(ssl) }

  /// The certificate must be for this name, or for this address.
  private static func expect(_ name: String, of ssl: OpaquePointer) throws(TLSError) {
    let parameters = SSL_get0_param(ssl)
    if X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1 { return }  // no SNI for addresses (RFC 6066, 3)
    ERR_clear_error()
    X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
    guard SSL_set1_host(ssl, name) == 1, patchbay_SSL_set_server_name(ssl, name) == 1 else {
      throw .failed(reason: TLSError.fromQueue().text)
    }
  }

  /// The protocol's version and the cipher, once established.
  package var summary: String {
    let cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)).map { String(cString: $0) }
    return "\(String(cString: SSL_get_version(ssl))) \(cipher ?? "")"
  }

  /// Bytes of the network.
  package func received(_ bytes: ByteBuffer) {
    bytes.withUnsafeReadableBytes { bytes in
      guard bytes.count > 0 else { return }
      // A memory BIO takes everything.
      _ = BIO_write(incoming, bytes.baseAddress, CInt(bytes.count))
    }
  }

  /// Goes on with the handshake as far as the bytes at hand allow.
  package mutating func handshake() throws(TLSError) {
    guard state == .handshaking else { return }
    ERR_clear_error()
    let result = SSL_do_handshake(ssl)
    if result == 1 {
      state = .established
      return
    }
    let error = SSL_get_error(ssl, result)
    guard error != SSL_ERROR_WANT_READ, error != SSL_ERROR_WANT_WRITE else { return }
    state = .failed
    throw handshakeError()
  }

  private func handshakeError() -> TLSError {
    let queue = TLSError.fromQueue()
    if let error = TLSError(verification: SSL_get_verify_result(ssl)) { return error }
    if queue.reason == SSL_R_WRONG_VERSION_NUMBER || queue.reason == SSL_R_HTTP_REQUEST {
      return .notTLS
    }
    return .handshakeFailed(reason: queue.text)
  }

  /// Plaintext that has arrived; nil when more bytes are needed, or the peer has closed: see ``state``.
  package mutating func read(_ allocator: ByteBufferAllocator) throws(TLSError) -> ByteBuffer? {
    guard state == .established else { return nil }
    ERR_clear_error()
    var plaintext = allocator.buffer(capacity: max(4096, min(64 << 10, Int(patchbay_BIO_pending(incoming)))))
    var error = SSL_ERROR_NONE
    while plaintext.writableBytes > 0 {
      let count = plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: 0) { space in
        let count = SSL_read(ssl, space.baseAddress, CInt(space.count))
        if count <= 0 { error = SSL_get_error(ssl, count) }
        return max(0, Int(count))
      }
      if count == 0 { break }
    }
    switch error {
    case SSL_ERROR_NONE, SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: break
    case SSL_ERROR_ZERO_RETURN: state = .peerClosed
    default:
      state = .failed
      throw .failed(reason: TLSError.fromQueue().text)
    }
    return plaintext.readableBytes > 0 ? plaintext : nil
  }

  /// Encrypts plaintext. Before the handshake is over nothing can be written.
  package mutating func write(_ plaintext: ByteBuffer) throws(TLSError) {
    ERR_clear_error()
    var rest = plaintext
    while rest.readableBytes > 0 {
      let count = rest.withUnsafeReadableBytes {
        SSL_write(ssl, $0.baseAddress, CInt(min($0.count, 1 << 30)))
      }
      guard count > 0 else {
        state = .failed
        throw .failed(reason: TLSError.fromQueue().text)
      }
      rest.moveReaderIndex(forwardBy: Int(count))
    }
  }

  /// Says that this end sends no more.
  package func close() {
    ERR_clear_error()
    guard state == .established || state == .peerClosed else { return }
    _ = SSL_shutdown(ssl)
  }

  /// Bytes for the network.
  package func output(_ allocator: ByteBufferAllocator) -> ByteBuffer? {
    let pending = Int(patchbay_BIO_pending(outgoing))
    guard pending > 0 else { return nil }
    var bytes = allocator.buffer(capacity: pending)
    bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: pending) { space in
      max(0, Int(BIO_read(outgoing, space.baseAddress, CInt(pending))))
    }
    return bytes
  }
}
