// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// The newest session with each server, so that the next connection needs no full handshake. Of one event loop, and of
/// one context: what a session was verified with is what the next one would be.
package final class TLSClientSessions {
  /// Servers that are remembered; beyond it some other is forgotten.
  private static let limit = 1024

  private var sessions: [String: Session] = [:]

  package init() {}

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
      if let session = sessions.sessions[server], SSL_set_session(handle, session.pointer) != 1 {
        sessions.sessions[server] = nil
        ERR_clear_error()
      }
      return shim_SSL_set_app_data(handle, Unmanaged.passUnretained(self).toOpaque()) == 1
    }

    fileprivate func collect(_ session: Session) {
      if sessions.sessions.count >= TLSClientSessions.limit, sessions.sessions[server] == nil,
        let other = sessions.sessions.keys.first
      {
        sessions.sessions[other] = nil
      }
      sessions.sessions[server] = session
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
