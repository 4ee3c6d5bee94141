// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// The newest session with each server, so that the next connection needs no full handshake. Of one event loop, and of
/// one context: what a session was verified with is what the next one would be.
package final class TLSClientSessions {
  /// Servers that are remembered; beyond it some other is forgotten.
  private static let limit = 1024

  private var sessions: [String: Session] = [:]

  package init() {}

  var count: Int { sessions.count }

  func session(of server: String) -> Session? { sessions[server] }

  func set(_ session: Session?, of server: String) {
    if sessions.count >= Self.limit, sessions[server] == nil, let other = sessions.keys.first {
      sessions[other] = nil
    }
    sessions[server] = session
  }

  /// OpenSSL's, owned.
  final class Session {
    let pointer: OpaquePointer

    init(owned pointer: OpaquePointer) { self.pointer = pointer }

    deinit { SSL_SESSION_free(pointer) }
  }

  /// Where a connection's sessions go. Noted in its handle, which it must outlive.
  final class Collector {
    private let sessions: TLSClientSessions
    private let server: String

    init(_ sessions: TLSClientSessions, server: String) {
      self.sessions = sessions
      self.server = server
    }

    /// The connection asks to go on with the session that is known, and notes others.
    func attach(to handle: OpaquePointer) -> Bool {
      // A copy: OpenSSL spoils a session of TLS 1.3 when it was used, so that nobody can see that two connections are
      // of one client. A gateway's upstreams may, and many connections begin at once.
      if let session = sessions.session(of: server), let copy = SSL_SESSION_dup(session.pointer) {
        defer { SSL_SESSION_free(copy) }
        if SSL_set_session(handle, copy) != 1 {
          sessions.set(nil, of: server)
          ERR_clear_error()
        }
      }
      return shim_SSL_set_app_data(handle, Unmanaged.passUnretained(self).toOpaque()) == 1
    }

    /// A session of TLS 1.2 that goes on may have got a new ticket, of which OpenSSL tells nobody.
    func handshakeCompleted(_ handle: OpaquePointer) {
      guard SSL_version(handle) < TLS1_3_VERSION, SSL_session_reused(handle) == 1,
        let session = SSL_get1_session(handle)
      else { return }
      let owned = Session(owned: session)
      if SSL_SESSION_is_resumable(session) == 1 { collect(owned) }
    }

    fileprivate func collect(_ session: Session) {
      sessions.set(session, of: server)
    }
  }

  /// Has the sessions of a context's connections given to each connection's collector.
  static func collect(from context: OpaquePointer) {
    shim_SSL_CTX_set_session_cache_mode(
      context, Int(SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL))
    SSL_CTX_sess_set_new_cb(context) { handle, session in
      guard let handle, let session, let collector = shim_SSL_get_app_data(handle) else {
        return 0
      }
      guard SSL_SESSION_is_resumable(session) == 1 else { return 0 }
      Unmanaged<Collector>.fromOpaque(collector).takeUnretainedValue()
        .collect(Session(owned: session))
      return 1  // it is ours now
    }
  }
}
