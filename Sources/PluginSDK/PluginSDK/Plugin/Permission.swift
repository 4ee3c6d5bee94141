// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

/// What a plugin's process may do beyond its sockets.
///
/// A plugin that works through the host's services needs none. Each is named in the manifest and granted in the
/// configuration (`patchbay.processes.NAME.permissions`); without the grant the plugin is not started.
public struct Permission: Sendable, Hashable, CustomStringConvertible {
  /// As configurations spell it.
  public let description: String

  private init(_ permission: PackagePermission) { description = permission.description }

  /// Connections to others by IPv4 and IPv6. Nothing may listen.
  public static let network = Permission(.network)

  /// Processes of its own. They end with it.
  public static let processes = Permission(.processes)

  /// Reads the file, or all below the folder.
  ///
  /// - Parameter path: absolute, without `.`, `..`, empty names and a slash at the end; anything else is a mistake in the
  ///   program and stops it.
  public static func read(_ path: String) -> Permission { at("read", path) }

  /// Reads and writes the file, or all below the folder.
  ///
  /// - Parameter path: as for ``read(_:)``.
  public static func write(_ path: String) -> Permission { at("write", path) }

  private static func at(_ kind: String, _ path: String) -> Permission {
    guard let permission = PackagePermission("\(kind):\(path)") else {
      preconditionFailure("'\(path)' is no absolute path in its normal form")
    }
    return Permission(permission)
  }
}
