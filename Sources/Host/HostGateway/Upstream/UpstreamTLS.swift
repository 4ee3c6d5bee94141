// SPDX-License-Identifier: Apache-2.0

import HostPools
import HostTLS

/// TLS towards the upstreams of one worker, with the sessions that its connections have left.
final class UpstreamTLS {
  /// The sessions of services that have a context of their own, as long as it is there.
  private struct Own {
    weak var security: UpstreamSecurity?
    let sessions: Sessions
  }

  /// A session goes on with the protocol that it was made for.
  private struct Sessions {
    let any = TLSClientSessions()
    let ofHTTP1 = TLSClientSessions()
  }

  private let standard: TLSContext
  private let standardOfHTTP1: TLSContext
  private let sessions = Sessions()
  private var own: [ObjectIdentifier: Own] = [:]

  /// - Parameters:
  ///   - standard: for origins that ask for nothing else.
  ///   - onlyHTTP1: the same for connections on which no other version is offered.
  init(_ standard: TLSContext, onlyHTTP1: TLSContext) {
    self.standard = standard
    standardOfHTTP1 = onlyHTTP1
  }

  /// For a new connection to the origin.
  func handler(for origin: Origin, onlyHTTP1: Bool) throws(TLSError) -> TLSHandler {
    let security = origin.security as? UpstreamSecurity
    let sessions = security.map { self.sessions(of: $0) } ?? sessions
    let context =
      onlyHTTP1
      ? security?.contextOfHTTP1 ?? standardOfHTTP1 : security?.context ?? standard
    return try TLSHandler(
      context: context, role: .client(serverName: origin.host, port: origin.port),
      sessions: onlyHTTP1 ? sessions.ofHTTP1 : sessions.any)
  }

  private func sessions(of security: UpstreamSecurity) -> Sessions {
    let id = ObjectIdentifier(security)
    if let known = own[id], known.security != nil { return known.sessions }
    own = own.filter { $1.security != nil }
    let sessions = Sessions()
    own[id] = Own(security: security, sessions: sessions)
    return sessions
  }
}
