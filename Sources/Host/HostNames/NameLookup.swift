// SPDX-License-Identifier: Apache-2.0

import CAres
import Glibc

/// One lookup of a name's addresses, by c-ares: the hosts file, then the servers and search domains of resolv.conf.
///
/// It blocks, for seconds if the servers are silent, and runs on a thread of its own for that; glibc's getaddrinfo would
/// do the same but does not say how long an answer holds. The files are read each time, so that a change counts at once.
package struct NameLookup: Sendable {
  /// A name's addresses.
  package struct Found: Sendable {
    /// In the form of text; IPv6 without brackets.
    package let addresses: [String]
    /// Nanoseconds that they hold; 0 for those of the hosts file.
    package let time: UInt64
  }

  /// A name without addresses.
  package struct Failure: Error, CustomStringConvertible {
    /// It does not exist, or has none; else the servers could not say.
    package let isMissing: Bool
    package let description: String

    package init(isMissing: Bool, description: String) {
      self.isMissing = isMissing
      self.description = description
    }
  }

  /// A silent server is asked so often, each time for twice as long.
  private static let tries: Int32 = 3
  private static let firstTimeout: Int32 = 2000

  private let servers: String?

  /// - Parameter servers: `ADDRESS:PORT`, separated by commas; nil: those of resolv.conf.
  package init(servers: String?) { self.servers = servers }

  /// The addresses of a host.
  package func callAsFunction(_ host: String) -> Result<Found, Failure> {
    var options = ares_options()
    options.timeout = Self.firstTimeout
    options.tries = Self.tries
    var channel: ares_channel?
    var status = ares_init_options(
      &channel, &options, CInt(ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES))
    guard status == ARES_SUCCESS, let channel else { return .failure(Self.failure(status)) }
    defer { ares_destroy(channel) }
    if let servers {
      status = ares_set_servers_ports_csv(channel, servers)
      guard status == ARES_SUCCESS else { return .failure(Self.failure(status)) }
    }
    var hints = ares_addrinfo_hints()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    hints.ai_flags = CInt(ARES_AI_NOSORT)
    var outcome: Result<Found, Failure>?
    withUnsafeMutablePointer(to: &outcome) { outcome in
      ares_getaddrinfo(
        channel, host, nil, &hints,
        { outcome, status, _, answer in
          let outcome = outcome?.assumingMemoryBound(to: Result<Found, Failure>?.self)
          outcome?.pointee = NameLookup.result(status, answer)
          ares_freeaddrinfo(answer)
        }, outcome)
      Self.run(channel)
      // Nothing, by now; but never is the callback called when its place is gone.
      ares_cancel(channel)
    }
    return outcome ?? .failure(Failure(isMissing: false, description: "the lookup did not end"))
  }

  /// Until nothing is under way.
  private static func run(_ channel: ares_channel) {
    var sockets = [ares_socket_t](repeating: 0, count: Int(ARES_GETSOCK_MAXNUM))
    while true {
      let wanted = UInt32(bitPattern: ares_getsock(channel, &sockets, ARES_GETSOCK_MAXNUM))
      var polled: [pollfd] = []
      for (index, socket) in sockets.enumerated() {
        let reads = wanted & 1 << index != 0
        let writes = wanted & 1 << (index + Int(ARES_GETSOCK_MAXNUM)) != 0
        guard reads || writes else { continue }
        let events = (reads ? POLLIN : 0) | (writes ? POLLOUT : 0)
        polled.append(pollfd(fd: socket, events: Int16(events), revents: 0))
      }
      guard !polled.isEmpty else { return }
      var time = timeval()
      let left = ares_timeout(channel, nil, &time).map {
        $0.pointee.tv_sec * 1000 + $0.pointee.tv_usec / 1000
      }
      let ready = poll(&polled, nfds_t(polled.count), CInt(clamping: (left ?? 1000) + 1))
      if ready <= 0 { ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD) }
      for entry in polled where entry.revents != 0 {
        // An error of a socket shows when it is read.
        let reads = entry.events & Int16(POLLIN) != 0 ? entry.fd : ARES_SOCKET_BAD
        let writes = entry.revents & Int16(POLLOUT) != 0 ? entry.fd : ARES_SOCKET_BAD
        ares_process_fd(channel, reads, writes)
      }
    }
  }

  private static func result(
    _ status: CInt, _ answer: UnsafeMutablePointer<ares_addrinfo>?
  ) -> Result<Found, Failure> {
    guard status == ARES_SUCCESS, let answer else { return .failure(failure(status)) }
    var addresses: [String] = []
    var seconds = CInt.max
    var node = answer.pointee.nodes
    while let current = node?.pointee {
      if let text = text(of: current), !addresses.contains(text) { addresses.append(text) }
      seconds = min(seconds, current.ai_ttl)
      node = current.ai_next
    }
    var alias = answer.pointee.cnames
    while let current = alias?.pointee {
      seconds = min(seconds, current.ttl)
      alias = current.next
    }
    guard !addresses.isEmpty else { return .failure(failure(ARES_ENODATA)) }
    // A day is as long as any answer should be believed.
    let time = UInt64(min(max(seconds, 0), 86_400)) * 1_000_000_000
    return .success(Found(addresses: addresses, time: time))
  }

  private static func text(of node: ares_addrinfo_node) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let address: UnsafeMutableRawPointer = .init(node.ai_addr)
    let source: UnsafeRawPointer
    switch node.ai_family {
    case AF_INET:
      source = .init(address + MemoryLayout<sockaddr_in>.offset(of: \.sin_addr)!)
    case AF_INET6:
      source = .init(address + MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr)!)
    default: return nil
    }
    guard inet_ntop(node.ai_family, source, &buffer, socklen_t(buffer.count)) != nil else {
      return nil
    }
    return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  private static func failure(_ status: CInt) -> Failure {
    let missing = [ARES_ENOTFOUND, ARES_ENODATA, ARES_EBADNAME]
    return Failure(
      isMissing: missing.contains(status),
      description: ares_strerror(status).map { String(cString: $0) } ?? "error \(status)")
  }
}
