// SPDX-License-Identifier: Apache-2.0

import CSpawner
import Foundation
import Glibc
import Synchronization

/// A socket where processes of this user connect that a developer has started by hand.
///
/// It stands in a folder of its own that nobody else can enter, and the user behind each connection is looked at.
package final class AttachSocket: Sendable {
  /// A process that has connected. Its connection is closed when nobody holds the value any more.
  package final class Peer: Sendable {
    package let pid: Int32
    let connection: CInt

    init(pid: Int32, connection: CInt) {
      self.pid = pid
      self.connection = connection
    }

    deinit { Glibc.close(connection) }
  }

  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// Where to connect.
  package let path: String
  /// Who has connected. For one reader.
  package let peers: AsyncStream<Peer>
  private let folder: TemporaryFolder
  private let listener: Mutex<CInt?>

  /// - Parameter name: the plugin's; the name of the socket.
  /// - Throws: ``Failure`` when there cannot be a socket.
  package init(name: String) throws(Failure) {
    do {
      folder = try TemporaryFolder(TemporaryFolder.host)
    } catch {
      throw Failure(description: "no folder for the socket: \(error)")
    }
    path = "\(folder.path)/\(name).sock"
    let socket = try Self.listen(at: path)
    listener = Mutex(socket)
    let (stream, continuation) = AsyncStream.makeStream(of: Peer.self)
    peers = stream
    SystemThread.detach { [weak self] in
      Self.accept(from: socket, continuation)
      self?.listener.withLock { $0 = nil }
      Glibc.close(socket)
    }
  }

  /// Nobody can connect any more.
  package func close() {
    listener.withLock { listener in
      if let listener { _ = shutdown(listener, CInt(SHUT_RDWR)) }
    }
    folder.remove()
  }

  private static func listen(at path: String) throws(Failure) -> CInt {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { field in
      guard path.utf8.count < field.count else { return false }
      field.copyBytes(from: path.utf8)
      return true
    }
    guard fits else { throw Failure(description: "the path of the socket is too long: \(path)") }
    let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    let socket = Glibc.socket(AF_UNIX, type, 0)
    guard socket >= 0 else { throw failure("no socket") }
    let isBound = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    guard isBound, Glibc.listen(socket, 8) == 0 else {
      let failure = failure(path)
      Glibc.close(socket)
      throw failure
    }
    return socket
  }

  private static func accept(
    from listener: CInt, _ peers: AsyncStream<Peer>.Continuation
  ) {
    while true {
      let connection = Glibc.accept(listener, nil, nil)
      if connection < 0 {
        if errno == EINTR || errno == ECONNABORTED { continue }
        break
      }
      // The host itself never forks, so nothing is inherited between the two calls.
      _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
      var pid: pid_t = 0
      var user: uid_t = 0
      if patchbay_socket_peer(connection, &pid, &user) == 0, user == geteuid() {
        peers.yield(Peer(pid: pid, connection: connection))
      } else {
        Glibc.close(connection)
      }
    }
    peers.finish()
  }

  private static func failure(_ what: String) -> Failure {
    Failure(description: "\(what): \(String(cString: strerror(errno)))")
  }
}
