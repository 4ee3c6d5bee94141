// SPDX-License-Identifier: Apache-2.0

import COpenSSL

extension TLSContext {
  /// For connections from clients.
  ///
  /// - Parameters:
  ///   - identities: who the server is.
  ///   - tickets: what sessions are sealed with; contexts that share it resume each other's sessions.
  ///   - applicationProtocols: taken of what a client offers by ALPN, best first. A client that offers only others is
  ///     refused; one that offers none is not.
  package convenience init(
    server identities: TLSIdentities, tickets: TicketKeys, applicationProtocols: [String] = []
  ) throws(TLSConfigurationError) {
    _ = try Self.wireForm(ofProtocols: applicationProtocols)
    try self.init(
      server: ServerSide(
        identities: identities, tickets: tickets, applicationProtocols: applicationProtocols))
    try identities.suite.choose(in: pointer)
    SSL_CTX_set_timeout(pointer, TicketKeys.lifetime)
    TicketKeys.seal(ticketsOf: pointer)
    // Before anything of the ClientHello is acted upon: a ticket counts only where the same is asked of clients.
    SSL_CTX_set_client_hello_cb(
      pointer,
      { handle, alert, _ in
        guard let handle, let server = TLSContext.of(handle)?.server,
          server.identities.adopt(TLSContext.nameAskedFor(handle), in: handle)
        else {
          alert?.pointee = SSL_AD_INTERNAL_ERROR
          return SSL_CLIENT_HELLO_ERROR
        }
        return SSL_CLIENT_HELLO_SUCCESS
      }, nil)
    // Tells the client that its name was used, and OpenSSL to remember it.
    shim_SSL_CTX_set_servername_callback(pointer) { _, _, _ in SSL_TLSEXT_ERR_OK }
    Self.selectProtocols(in: pointer)
  }

  /// For connections from clients, with one identity and sessions of its own.
  package convenience init(
    serverCertificates certificates: String, key: String
  ) throws(TLSConfigurationError) {
    let pair = TLSKeyPair(certificates: .file(certificates), key: .file(key))
    try self.init(
      server: TLSIdentities([try PreparedIdentity(TLSServerIdentity(pairs: [pair]))], fallback: 0),
      tickets: try TicketKeys())
  }

  /// The context of a server's connection, which was noted in its handle.
  static func of(_ handle: OpaquePointer) -> TLSContext? {
    shim_SSL_get_app_data(handle).map {
      Unmanaged<TLSContext>.fromOpaque($0).takeUnretainedValue()
    }
  }

  /// Notes this context, which must outlive the handle, in it.
  func note(in handle: OpaquePointer) -> Bool {
    shim_SSL_set_app_data(handle, Unmanaged.passUnretained(self).toOpaque()) == 1
  }

  private static func nameAskedFor(_ handle: OpaquePointer) -> String? {
    var data: UnsafePointer<UInt8>?
    var count = 0
    guard
      SSL_client_hello_get0_ext(handle, UInt32(TLSEXT_TYPE_server_name), &data, &count) == 1
    else { return nil }
    return ClientHelloName.read(UnsafeRawBufferPointer(start: data, count: count))
  }

  /// Has a protocol chosen of those that a client offers. Of all contexts that a connection may pass through, for
  /// OpenSSL asks the one of its identity.
  static func selectProtocols(in context: OpaquePointer) {
    SSL_CTX_set_alpn_select_cb(
      context,
      { handle, selected, length, offered, count, _ in
        guard let handle, let selected, let length, let offered,
          let spoken = TLSContext.of(handle)?.server?.applicationProtocols
        else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        guard !spoken.isEmpty else { return SSL_TLSEXT_ERR_NOACK }
        let list = UnsafeBufferPointer(start: offered, count: Int(count))
        for name in spoken {
          guard let found = TLSContext.find(name, in: list) else { continue }
          selected.pointee = offered + found.lowerBound
          length.pointee = UInt8(found.count)
          return SSL_TLSEXT_ERR_OK
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
      }, nil)
  }

  /// Where a name is in a list in its wire form.
  private static func find(_ name: String, in list: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    var start = 0
    while start < list.count {
      let range = start + 1..<start + 1 + Int(list[start])
      guard range.upperBound <= list.count else { return nil }
      if list[range].elementsEqual(name.utf8) { return range }
      start = range.upperBound
    }
    return nil
  }
}
