// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Pairs of descriptors, closed on exec.
enum Descriptors {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Two ends of a stream; ours does not block.
  static func socketPair() throws -> (own: CInt, other: CInt) {
    var ends: [CInt] = [-1, -1]
    let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw last("no socket pair") }
    _ = fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK)
    return (ends[0], ends[1])
  }

  static func pipe() throws -> (read: CInt, write: CInt) {
    var ends: [CInt] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw last("no pipe") }
    return (ends[0], ends[1])
  }

  private static func last(_ text: String) -> Failure {
    Failure(description: "\(text): \(String(cString: strerror(errno)))")
  }
}
