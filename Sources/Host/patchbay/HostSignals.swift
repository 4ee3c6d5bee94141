// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// Where the signal handler writes. Set before the handler is, and never again.
private nonisolated(unsafe) var signalPipe: CInt = -1

/// SIGTERM and SIGINT as the end, SIGHUP as a wish for the configuration's newest state.
///
/// A handler and a pipe: what can be done in a handler is to write. (A signal source of libdispatch shares the signal with
/// whatever thread has not blocked it, and now and then loses it.)
struct HostSignals: Sendable {
  private let stops: AsyncStream<Void>
  /// One element for any number of SIGHUPs that came since the last one was looked at: who reads the file then has what
  /// the last of them was about.
  let reloads: AsyncStream<Void>

  /// - Parameter reloads: whether SIGHUP is a wish; otherwise it ends the process.
  /// - Throws: when the process has no descriptors left.
  init(reloads handlesReload: Bool = false) throws {
    let (stops, stop) = AsyncStream.makeStream(of: Void.self)
    let (reloads, reload) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    self.stops = stops
    self.reloads = reloads
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EMFILE)
    }
    signalPipe = ends[1]
    let reader = ends[0]
    Thread.detachNewThread {
      var number: UInt8 = 0
      while true {
        switch read(reader, &number, 1) {
        case 1 where CInt(number) == SIGHUP: reload.yield()
        case 1: stop.yield()
        case -1 where errno == EINTR: continue
        default: return
        }
      }
    }
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { number in
      let before = errno
      var byte = UInt8(truncatingIfNeeded: number)
      _ = write(signalPipe, &byte, 1)
      errno = before
    }
    action.sa_flags = SA_RESTART
    for number in [SIGTERM, SIGINT] + (handlesReload ? [SIGHUP] : []) { sigaction(number, &action, nil) }
  }

  /// Returns when SIGTERM or SIGINT has come.
  func stop() async {
    for await _ in stops { return }
  }
}
