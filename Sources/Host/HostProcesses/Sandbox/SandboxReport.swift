// SPDX-License-Identifier: Apache-2.0

import CSpawner

/// What of the sandbox a process has.
package struct SandboxReport: Sendable, Equatable, Codable {
  package enum Part: String, Sendable, CaseIterable, Codable {
    case noNewPrivileges = "no_new_privs"
    case capabilities, landlock
    case landlockTCP = "landlock_tcp"
    case landlockScopes = "landlock_scopes"
    case seccomp, namespaces, threads

    /// Without them there is no sandbox worth the name. The others close once more what these have closed.
    package var isNeeded: Bool { bit & patchbay_parts_needed() != 0 }

    fileprivate var bit: UInt32 {
      switch self {
      case .noNewPrivileges: PATCHBAY_PART_NO_NEW_PRIVILEGES.rawValue
      case .capabilities: PATCHBAY_PART_CAPABILITIES.rawValue
      case .landlock: PATCHBAY_PART_LANDLOCK.rawValue
      case .landlockTCP: PATCHBAY_PART_LANDLOCK_TCP.rawValue
      case .landlockScopes: PATCHBAY_PART_LANDLOCK_SCOPES.rawValue
      case .seccomp: PATCHBAY_PART_SECCOMP.rawValue
      case .namespaces: PATCHBAY_PART_NAMESPACES.rawValue
      case .threads: PATCHBAY_PART_THREADS.rawValue
      }
    }
  }

  package enum Level: String, Sendable, Codable {
    /// All parts that are needed.
    case full
    case partial
    /// It is off, or the machine has nothing for it.
    case none
  }

  package let level: Level
  package let parts: [Part]
  /// What this machine did not give; empty when no sandbox was asked for.
  package let missing: [Part]

  /// - Parameter bits: the parts as the spawner reports them.
  init(parts bits: UInt32, isOff: Bool) {
    parts = Part.allCases.filter { bits & $0.bit != 0 }
    let absent = Part.allCases.filter { bits & $0.bit == 0 }
    missing = isOff ? [] : absent
    level =
      if isOff || parts.allSatisfy({ $0 == .noNewPrivileges }) {
        .none
      } else {
        absent.contains(where: \.isNeeded) ? .partial : .full
      }
  }
}
