// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostServices
import NIOCore

/// Sends entries to the machine's log as the C library's `syslog` does: a datagram for each, or, where the log's socket is
/// one of streams, a message that ends with a zero.
final class SyslogSender: DeliverySender {
  private let destination: SyslogDestination
  private var descriptor: CInt = -1
  private var isStream = false

  init(_ destination: SyslogDestination) { self.destination = destination }

  deinit { close() }

  func send(_ entries: [DeliveryEntry], _ completed: @escaping (DeliveryOutcome) -> Void) {
    for entry in entries {
      var message = SyslogMessage.bytes(
        entry, destination, pid: getpid(), seconds: time(nil))
      var code = write(&message)
      // The log was started anew: its socket is another one now.
      if [ECONNREFUSED, ECONNRESET, ENOTCONN, EPIPE, ENOENT].contains(code) {
        close()
        code = write(&message)
      }
      guard code != 0 else { continue }
      let reason = String(cString: strerror(code))
      return completed(code == EMSGSIZE ? .refused(reason) : .failed(reason))
    }
    completed(.delivered)
  }

  func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  /// The error of the system; 0: the log has it.
  private func write(_ message: inout [UInt8]) -> CInt {
    if descriptor < 0 {
      let code = open()
      guard code == 0 else { return code }
    }
    if isStream { message.append(0) }
    let count = message.withUnsafeBytes {
      Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
    }
    let code = count < 0 ? errno : 0
    if isStream {
      // What is cut has no end that could be found: the stream is of no use any more.
      if count >= 0, count < message.count {
        close()
        return EAGAIN
      }
      message.removeLast()
    }
    return code
  }

  private func open() -> CInt {
    let code = open(SOCK_DGRAM)
    return code == EPROTOTYPE ? open(SOCK_STREAM) : code
  }

  private func open(_ type: __socket_type) -> CInt {
    let flags = CInt(type.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    let socket = socket(AF_UNIX, flags, 0)
    guard socket >= 0 else { return errno }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array(destination.path.utf8)
    guard path.count < MemoryLayout.size(ofValue: address.sun_path) else {
      Glibc.close(socket)
      return ENAMETOOLONG
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let isConnected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    guard isConnected else {
      let code = errno
      Glibc.close(socket)
      return code
    }
    descriptor = socket
    isStream = type == SOCK_STREAM
    return 0
  }
}

/// A message as local logs take it (RFC 3164 without the host's name).
enum SyslogMessage {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// - Parameter seconds: since 1970.
  static func bytes(
    _ entry: DeliveryEntry, _ destination: SyslogDestination, pid: pid_t, seconds: time_t
  ) -> [UInt8] {
    var seconds = seconds
    var time = tm()
    localtime_r(&seconds, &time)
    func padded(_ number: CInt, _ pad: Character) -> String {
      number < 10 ? "\(pad)\(number)" : "\(number)"
    }
    let priority = Int(destination.facility) << 3 | Int(min(entry.severity, 7))
    let date = "\(months[Int(time.tm_mon)]) \(padded(time.tm_mday, " "))"
    let clock = [time.tm_hour, time.tm_min, time.tm_sec].map { padded($0, "0") }
    let head =
      "<\(priority)>\(date) \(clock.joined(separator: ":")) \(destination.tag)[\(pid)]: "
    return Array(head.utf8) + entry.bytes.readableBytesView
  }
}
