// SPDX-License-Identifier: Apache-2.0

/// What a command about a plugin has done.
package struct PluginChange: Sendable {
  package enum Action: String, Sendable {
    case swap, canary, promote, rollback, attach, detach
  }

  package var action: Action
  package var plugin: String
  /// The version that served before.
  package var from: String
  /// The version that serves now, or a share of it.
  package var to: String
  /// In words.
  package var message: String
  /// Where a developer's process connects.
  package var socket: String?
  package var duration: Duration = .zero
}

/// Why a command about a plugin was refused. What served before serves on.
package enum ChangeRefused: Error, Sendable, CustomStringConvertible {
  /// There is no such plugin, or no such version of it.
  case notFound(String)
  /// What was asked for makes no sense.
  case invalid(String)
  /// It is not possible now, or with this version.
  case conflict(String)

  package var description: String {
    switch self {
    case .notFound(let text), .invalid(let text), .conflict(let text): text
    }
  }
}

/// Where a version of a plugin comes from.
package enum PackageSource: Sendable {
  /// It is installed.
  case version(String)
  /// An executable, which is installed first.
  case path(String)
}
