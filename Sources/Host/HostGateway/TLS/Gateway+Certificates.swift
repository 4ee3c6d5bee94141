// SPDX-License-Identifier: Apache-2.0

import HostConfiguration
import HostTLS
import Logging
package import NIOCore
import Synchronization

extension Gateway {
  /// Shows new clients these certificates; who is connected, or shaking hands, goes on as before.
  ///
  /// - Throws: when OpenSSL cannot do its work; then the former ones stay.
  package func replaceCertificates(_ certificates: ServerCertificates) async throws {
    try await adopt(
      tls.withLock { current throws in
        let tickets = try current?.tickets ?? TicketKeys()
        let next = try ServerTLS(number: (current?.number ?? 0) + 1, certificates, tickets)
        current = next
        return next
      })
  }

  /// Seals new sessions with a new key; sessions of the last day can still be resumed.
  func rotateTicketKeys() async throws {
    let rotated = try tls.withLock { current throws -> ServerTLS? in
      guard let former = current else { return nil }
      let next = try ServerTLS(
        number: former.number + 1, former.certificates, former.tickets.rotated())
      current = next
      return next
    }
    if let rotated { try await adopt(rotated) }
  }

  private func adopt(_ tls: ServerTLS) async throws {
    _ = try await onWorkers { _, worker in worker.adopt(tls) }
  }

  /// Rotates keys until the task is cancelled.
  package func keepTicketKeysFresh() async throws {
    while true {
      try await Task.sleep(for: TicketKeys.rotation)
      do {
        try await rotateTicketKeys()
      } catch {
        logger.error("the keys of TLS sessions were not replaced", metadata: ["error": "\(error)"])
      }
    }
  }

  /// Puts TLS with the gateway's certificates in front of a connection of somebody else's listener, on its loop.
  package func secure(_ channel: any Channel) throws {
    try worker(of: channel).secure(channel, offeringHTTP2: false) { _, _ in }
  }

  /// Says what operators should know of a listener that speaks TLS.
  func noteListener(_ listener: Listener) {
    guard tls.withLock({ $0?.certificates.isStandardGenerated }) == true else { return }
    logger.notice(
      """
      no default certificate is configured: clients whose name no certificate has get one that the gateway signed itself
      """, metadata: ["listen": "\(listener)"])
  }
}
