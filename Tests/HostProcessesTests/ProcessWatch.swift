// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The end of a process that is no child of ours.
enum ProcessWatch {
  /// Waits until the process has ended; false when it has not after ten seconds.
  static func ends(_ pid: pid_t) -> Bool {
    typealias Open = @convention(c) (pid_t, UInt32) -> CInt
    // glibc has it since 2.36; the module map that Swift sees does not.
    guard let symbol = dlsym(nil, "pidfd_open") else { return false }
    let descriptor = unsafeBitCast(symbol, to: Open.self)(pid, 0)
    guard descriptor >= 0 else { return errno == ESRCH }
    defer { close(descriptor) }
    return isReadable(descriptor)
  }

  /// Reads until nobody has the other end open; nil when somebody has after ten seconds.
  static func readToEnd(_ descriptor: CInt) -> String? {
    var text: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while isReadable(descriptor) {
      let count = read(descriptor, &piece, piece.count)
      guard count > 0 else { return String(decoding: text, as: UTF8.self) }
      text += piece[..<count]
    }
    return nil
  }

  static func readLine(_ descriptor: CInt) -> String {
    var text: [UInt8] = []
    var byte: UInt8 = 0
    while isReadable(descriptor), read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") {
      text.append(byte)
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func isReadable(_ descriptor: CInt) -> Bool {
    var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&watched, 1, 10_000) == 1
  }
}
