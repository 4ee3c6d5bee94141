// SPDX-License-Identifier: Apache-2.0

import HostPools
import HostTLS

/// TLS towards the upstreams of one worker, with the sessions that its connections have left.
final class UpstreamTLS {
  /// The sessions of services that have a context of their own, as long as it is there.
  private struct Own {
    weak var security: UpstreamSecurity?
    let sessions: TLSClientSessions
  }

  private let standard: TLSContext
  private let sessions = TLSClientSessions()
  private var own: [ObjectIdentifier: Own] = [:]

  /// - Parameter standard: for origins that ask for nothing else.
  init(_ standard: TLSContext) { self.standard = standard }

  /// For a new connection to the origin.
  func handler(for origin: Origin) throws(TLSError) -> TLSHandler {
    let role = TLSRole.client(serverName: origin.host, port: origin.port)
    guard let security = origin.security as? UpstreamSecurity else {
      return try TLSHandler(context: standard, role: role, sessions: sessions)
    }
    return try TLSHandler(context: security.context, role: role, sessions: sessions(of: security))
  }

  private func sessions(of security: UpstreamSecurity) -> TLSClientSessions {
    let id = ObjectIdentifier(security)
    if let known = own[id], known.security != nil { return known.sessions }
    own = own.filter { $1.security != nil }
    let sessions = TLSClientSessions()
    own[id] = Own(security: security, sessions: sessions)
    return sessions
  }
}
