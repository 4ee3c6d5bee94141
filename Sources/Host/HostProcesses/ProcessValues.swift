// SPDX-License-Identifier: Apache-2.0

import Glibc
package import PluginProtocol

/// A process that is ready, as the event loops need it.
package struct ProcessHandle: Sendable {
  package let plugin: String
  package let incarnation: UInt64
  package let limits: ConnectionLimits
  /// One for each event loop; whoever gets the handle owns them.
  package let descriptors: [CInt]
}

/// Told of processes that come and go. Called on the control plane, in order.
package protocol ProcessObserver: Sendable {
  func processReady(_ handle: ProcessHandle) async
  /// No new calls for it; what it has, it may finish.
  func processDraining(plugin: String, incarnation: UInt64) async
}

/// Why a configuration cannot run: places in the configs of instances, or a plugin that does not work at all.
package enum StartProblem: Error, Sendable, Equatable {
  /// A plugin's own word about one of its instances.
  case diagnostic(instance: UInt32, pointer: String, message: String)
  /// The plugin could not be started or understood.
  case plugin(name: String, reason: String)
}

/// How a process fares, for the admin API.
package struct ProcessStatus: Sendable, Codable {
  package var plugin: String
  package var version: String
  package var state: String
  /// Seconds that it has been in this state.
  package var since: Double
  package var reason: String
  package var next: String
  package var pid: Int32?
  package var incarnation: UInt64
  package var restarts: Int
  package var inFlight: Int
  /// Bytes of memory that are resident.
  package var rss: Int?
  /// The last lines that it printed.
  package var lastLines: [String]
}

extension ProcessStatus {
  /// Resident memory of a process; nil when it is gone.
  static func residentBytes(of pid: pid_t) -> Int? {
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
