// SPDX-License-Identifier: Apache-2.0

import CPluginSystem
import Glibc

/// Carries a session over the sockets that the process was started with, on the calling thread.
final class SocketDriver {
  /// The control connection's descriptor; data connections follow.
  static let controlDescriptor: Int32 = 3

  private let loop: EventLoop
  private let session: PluginSession
  private let epoll: Int32
  private let wakeDescriptor: Int32
  /// The connections whose descriptors are registered, in the order of ``PluginSession/links``.
  private var registered: [(descriptor: Int32, link: Link, wantsWrite: Bool)] = []

  init(_ type: (some Plugin).Type) {
    signal(SIGPIPE, SIG_IGN)
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    let wake = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    wakeDescriptor = wake
    loop = EventLoop(clock: Self.now) {
      var one: UInt64 = 1
      _ = write(wake, &one, 8)
    }
    session = PluginSession(type, loop: loop)
  }

  /// Whether the process was started by a host: its control descriptor is a socket.
  static var isStartedByHost: Bool {
    var status = stat()
    return fstat(controlDescriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
  }

  /// Runs until the host is gone or has drained this process.
  ///
  /// - Returns: The exit status.
  func run() -> Int32 {
    watch(wakeDescriptor, tag: UInt32.max, wantsWrite: false, isNew: true)
    register()
    withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 32) { events in
      while loop.turn({ turn(events) }) {}
    }
    if case .failed(let reason) = session.end {
      StandardError.write("\(session.definition.manifest.name): \(reason)")
      return 1
    }
    return 0
  }

  /// - Returns: False when the conversation is over.
  private func turn(_ events: UnsafeMutableBufferPointer<epoll_event>) -> Bool {
    let count = epoll_wait(epoll, events.baseAddress, Int32(events.count), timeout)
    for event in events.prefix(Int(max(0, count))) {
      guard event.data.u32 != .max else {
        var value: UInt64 = 0
        _ = read(wakeDescriptor, &value, 8)
        continue
      }
      guard receive(registered[Int(event.data.u32)]) else { return false }
    }
    loop.runReady()
    session.settle()
    register()
    return flush() && session.end == nil
  }

  /// Milliseconds until the next timer, rounded up; -1: there is none.
  private var timeout: Int32 {
    guard let due = loop.nextTimer else { return -1 }
    let now = loop.now
    return due <= now ? 0 : Int32(clamping: (due - now + 999) / 1000)
  }

  /// - Returns: False at the end of file: the host is gone.
  private func receive(
    _ entry: (descriptor: Int32, link: Link, wantsWrite: Bool)
  ) -> Bool {
    while true {
      let room = entry.link.input.room()
      let count = read(entry.descriptor, room.baseAddress, room.count)
      guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
      entry.link.input.received(count)
      entry.link.receive()
      // A read that did not fill the room took everything: epoll tells when there is more.
      if count < room.count { return true }
    }
  }

  /// Watches connections that the handshake has opened.
  private func register() {
    guard registered.count < session.linkCount else { return }
    let links = session.links
    for index in registered.count..<links.count {
      let descriptor = Self.controlDescriptor + Int32(index)
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      registered.append((descriptor, links[index], false))
      watch(descriptor, tag: UInt32(index), wantsWrite: false, isNew: true)
    }
  }

  /// Writes what the turn has made, in one write for each connection.
  ///
  /// - Returns: False when the host is gone.
  private func flush() -> Bool {
    for index in registered.indices {
      let output = registered[index].link.output
      var isBlocked = false
      while !output.isEmpty, !isBlocked {
        let pending = output.pending
        let count = write(registered[index].descriptor, pending.baseAddress, pending.count)
        if count >= 0 {
          output.wrote(count)
        } else if errno == EAGAIN {
          isBlocked = true
        } else if errno != EINTR {
          return false
        }
      }
      if isBlocked != registered[index].wantsWrite {
        registered[index].wantsWrite = isBlocked
        watch(
          registered[index].descriptor, tag: UInt32(index), wantsWrite: isBlocked, isNew: false)
      }
    }
    return true
  }

  private func watch(_ descriptor: Int32, tag: UInt32, wantsWrite: Bool, isNew: Bool) {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue | (wantsWrite ? EPOLLOUT.rawValue : 0)
    event.data.u32 = tag
    _ = epoll_ctl(epoll, isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event)
  }

  /// Microseconds of the monotonic clock.
  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000 &+ UInt64(time.tv_nsec / 1000)
  }
}
