// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How a process fares, for the admin API.
package struct ProcessStatus: Sendable, Codable {
  package var plugin: String
  package var version: String
  /// A ``SupervisorMachine/State``.
  package var state: String
  /// Seconds that it has been in this state.
  package var since: Double
  /// Why it is in this state.
  package var reason: String
  /// What happens next; empty: nothing.
  package var next: String
  package var pid: Int32?
  package var incarnation: UInt64
  /// Starts after the first one.
  package var restarts: Int
  /// Calls that wait for its answer; filled in by the data plane.
  package var inFlight: Int
  /// Bytes of memory that are resident.
  package var rss: Int?
  /// Nil: nothing runs.
  package var sandbox: SandboxReport?
  /// The last lines that it printed.
  package var lastLines: [String]
}

extension ProcessStatus {
  init(_ slot: ProcessSlot, now: UInt64) {
    plugin = slot.package.name
    version = slot.package.version
    state = slot.machine.state.rawValue
    since = Double(now &- slot.machine.since) / 1e9
    reason = slot.machine.reason
    next = slot.machine.next
    pid = slot.pid
    incarnation = slot.incarnation
    restarts = slot.machine.restarts
    inFlight = 0
    rss = slot.pid.flatMap { Self.residentBytes(of: $0) }
    sandbox = slot.sandbox
    lastLines = slot.lastLines
  }

  /// Resident memory of a process; nil when it is gone.
  package static func residentBytes(of pid: Int32) -> Int? {
    let file = open("/proc/\(pid)/statm", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 128)
    let count = read(file, &buffer, buffer.count)
    guard count > 0 else { return nil }
    let fields = String(decoding: buffer[..<count], as: UTF8.self).split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
    return pages * sysconf(CInt(_SC_PAGESIZE))
  }
}
