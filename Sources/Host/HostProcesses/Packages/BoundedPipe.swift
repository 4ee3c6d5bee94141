// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc

/// A pipe from a process that is not trusted, and a bounded part of what came through it.
final class BoundedPipe {
  struct Failure: Error {
    let code: CInt
  }

  /// The process's end, until ``read(_:until:)`` closes it here.
  private(set) var writer: CInt
  private var reader: CInt
  private let limit: Int
  private let keepsLast: Bool
  private(set) var content: [UInt8] = []
  /// More came than was wanted.
  private(set) var isFull = false

  /// - Parameters:
  ///   - limit: of bytes that are kept.
  ///   - keepsLast: the last ones are kept, however many there are; else more is too much.
  init(limit: Int, keepsLast: Bool = false) throws(Failure) {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Failure(code: errno) }
    // The host itself never forks, so nothing is inherited between the two calls.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reader, writer) = (ends[0], ends[1])
    self.limit = limit
    self.keepsLast = keepsLast
  }

  deinit {
    if reader >= 0 { close(reader) }
    if writer >= 0 { close(writer) }
  }

  /// Reads all to their ends. Call it when the process has its own copies of the writers.
  ///
  /// - Returns: false when time was over first, or one is full.
  static func read(_ pipes: [BoundedPipe], until deadline: DispatchTime) -> Bool {
    for pipe in pipes {
      close(pipe.writer)
      pipe.writer = -1
    }
    while true {
      let open = pipes.filter { $0.reader >= 0 }
      if open.isEmpty { return true }
      let now = DispatchTime.now()
      guard now < deadline else { return false }
      var polled = open.map { pollfd(fd: $0.reader, events: Int16(POLLIN), revents: 0) }
      let wait = (deadline.uptimeNanoseconds - now.uptimeNanoseconds) / 1_000_000 + 1
      guard poll(&polled, nfds_t(polled.count), CInt(wait)) > 0 else { continue }
      for (pipe, polled) in zip(open, polled) where polled.revents != 0 {
        pipe.readOnce()
        if pipe.isFull { return false }
      }
    }
  }

  private func readOnce() {
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    let count = Glibc.read(reader, &piece, piece.count)
    if count > 0 {
      content += piece[..<count]
      let excess = content.count - limit
      isFull = excess > 0 && !keepsLast
      if excess > 0 { keepsLast ? content.removeFirst(excess) : content.removeLast(excess) }
    } else if count == 0 || errno != EINTR {
      close(reader)
      reader = -1
    }
  }
}
