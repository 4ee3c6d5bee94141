// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostTLS
import NIOCore

extension Worker {
  /// Puts TLS in front of a connection.
  ///
  /// - Parameter completed: makes the further pipeline, once the ends know each other.
  func secure(
    _ channel: any Channel, offeringHTTP2: Bool,
    completed: @escaping (any Channel, ConnectionFacts) throws -> Void
  ) throws {
    guard let tls = serverTLS else {
      preconditionFailure("certificates are there before the first listener is")
    }
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(
      PlainRequestAnswer { [self] in
        let error = HostError.plainOnTLS
        return ErrorResponse.Refusal(error, id: countRefusal("\(error.code)")).bytes
      })
    try pipeline.addHandler(
      TLSHandler(context: tls.context(offeringHTTP2: offeringHTTP2), role: .server))
    try pipeline.addHandler(
      ServerHandshake(timeout: tls.handshakeTimeout, logger: logger) { channel, agreed in
        let facts = ConnectionFacts(tls: agreed, identities: tls.certificates.identities)
        try completed(channel, facts)
      })
  }

  /// New connections are shown these certificates.
  func adopt(_ tls: ServerTLS) {
    loop.assertInEventLoop()
    if tls.number > serverTLS?.number ?? 0 { serverTLS = tls }
  }
}
