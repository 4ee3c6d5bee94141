// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// What the kernel's scheduler says of threads.
enum Scheduling {
  /// It has the policy `SCHED_IDLE`.
  static func isAside(_ thread: CInt) -> Bool { sched_getscheduler(thread) == 5 }

  /// Nanoseconds that the kernel lets a thread run for at a time; nil: it does not say.
  static func slice(of thread: CInt) -> Int? {
    let facts = try? String(contentsOfFile: "/proc/\(thread)/sched", encoding: .utf8)
    let line = facts?.split(separator: "\n").first { $0.hasPrefix("se.slice") }
    return line?.split(separator: ":").last.flatMap {
      Int($0.trimmingCharacters(in: .whitespaces))
    }
  }

  /// Linux 6.12 is the first that can be asked for a slice.
  static var takesSlices: Bool {
    let version = ProcessInfo.processInfo.operatingSystemVersion
    let isNew = (version.majorVersion, version.minorVersion) >= (6, 12)
    return isNew && slice(of: getpid()) != nil
  }

  /// From `SCHED_IDLE`: with CAP_SYS_NICE.
  static var canComeBack: Bool {
    let facts = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = facts?.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
    let capabilities = line?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
    return capabilities & 1 << 23 != 0
  }
}
