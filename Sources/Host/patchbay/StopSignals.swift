// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// Where the signal handler writes. Set before the handler is, and never again.
private nonisolated(unsafe) var signalPipe: CInt = -1

/// SIGTERM and SIGINT as one event.
///
/// A handler and a pipe: what can be done in a handler is to write. (A signal source of libdispatch shares the signal with
/// whatever thread has not blocked it, and now and then loses it.)
struct StopSignals: Sendable {
  private let events: AsyncStream<Void>

  /// - Throws: when the process has no descriptors left.
  init() throws {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    events = stream
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EMFILE)
    }
    signalPipe = ends[1]
    let reader = ends[0]
    Thread.detachNewThread {
      var byte: UInt8 = 0
      while read(reader, &byte, 1) == 1 || errno == EINTR { continuation.yield() }
    }
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      let before = errno
      var byte: UInt8 = 0
      _ = write(signalPipe, &byte, 1)
      errno = before
    }
    action.sa_flags = SA_RESTART
    for number in [SIGTERM, SIGINT] { sigaction(number, &action, nil) }
  }

  /// Returns when the first of them has come.
  func wait() async {
    for await _ in events { return }
  }
}
