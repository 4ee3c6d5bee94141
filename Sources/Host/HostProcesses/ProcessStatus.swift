// SPDX-License-Identifier: Apache-2.0

import Glibc
import PluginProtocol

/// How a process fares, for the admin API.
package struct ProcessStatus: Sendable, Codable {
  package var plugin: String
  package var version: String
  /// A ``ReleaseRole``.
  package var role: String
  /// Percent of the exchanges, of a canary.
  package var share: Double?
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
  /// Streams that are open on it. This and the next four are filled in by the data plane.
  package var inFlight: Int
  /// Calls that have ended, and those among them that failed.
  package var calls = 0
  package var failed = 0
  /// Microseconds that half of the calls, and 99 of 100, took at most.
  package var p50: Double?
  package var p99: Double?
  /// Microseconds of CPU that it has used.
  package var cpu: Int?
  /// Bytes of memory that are resident.
  package var rss: Int?
  /// Nil: nothing runs.
  package var sandbox: SandboxReport?
  /// The last lines that it printed.
  package var lastLines: [String]
}

extension ProcessStatus {
  /// What the process has used is left out: ``measured`` adds it.
  init(_ slot: ProcessSlot, _ release: ReleaseState?, now: UInt64) {
    plugin = slot.package.name
    version = slot.ready?.manifest.version ?? slot.package.version
    role = (release?.role ?? .leaving).name
    share = release?.role.percent
    state = slot.machine.state.rawValue
    since = Double(now &- slot.machine.since) / 1e9
    reason = slot.machine.reason
    next = slot.machine.next
    pid = slot.pid
    incarnation = slot.incarnation
    restarts = slot.machine.restarts
    inFlight = 0
    sandbox = slot.sandbox
    lastLines = slot.lastLines
  }

  /// With what the process has used.
  var measured: ProcessStatus {
    var status = self
    status.rss = pid.flatMap { Self.residentBytes(of: $0) }
    status.cpu = pid.flatMap { Self.cpuMicroseconds(of: $0) }
    return status
  }

  /// Resident memory of a process; nil when it is gone.
  package static func residentBytes(of pid: Int32) -> Int? {
    guard let fields = fields(of: "/proc/\(pid)/statm"), fields.count > 1,
      let pages = Int(fields[1])
    else { return nil }
    return pages * sysconf(CInt(_SC_PAGESIZE))
  }

  /// CPU that a process has used, in user and system mode together; nil when it is gone.
  package static func cpuMicroseconds(of pid: Int32) -> Int? {
    // The second field is the name in brackets, which may have anything in it.
    guard let text = text(of: "/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
      return nil
    }
    let fields = text[end...].split(separator: " ")
    guard fields.count > 13, let user = Int(fields[12]), let system = Int(fields[13]) else {
      return nil
    }
    return (user + system) * (1_000_000 / sysconf(CInt(_SC_CLK_TCK)))
  }

  /// Whether its first thread, which in most plugins does all the work, runs or wants to.
  static func isComputing(_ pid: Int32) -> Bool {
    guard let text = text(of: "/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
      return false
    }
    // R, or D: it waits for a disk.
    return text[end...].dropFirst(2).first.map { $0 == "R" || $0 == "D" } ?? false
  }

  private static func fields(of path: String) -> [Substring]? {
    text(of: path)?.split(separator: " ")
  }

  private static func text(of path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 1024)
    let count = read(file, &buffer, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }
}
