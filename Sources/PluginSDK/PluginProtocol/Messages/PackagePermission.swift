// SPDX-License-Identifier: Apache-2.0

/// What a plugin's process may do beyond its sockets, as manifests and configurations spell it. See `manifest.proto`.
package enum PackagePermission: Hashable, Sendable {
  /// TCP and UDP to others. Nothing listens.
  case network
  /// To start processes.
  case processes
  /// To read a file, or all below a folder.
  case read(String)
  /// To read and write a file, or all below a folder.
  case write(String)

  /// What is no permission, or names no absolute path in its normal form, is nil.
  package init?(_ text: String) {
    switch text {
    case "network": self = .network
    case "processes": self = .processes
    default:
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, Self.isAbsolute(parts[1]) else { return nil }
      switch parts[0] {
      case "read": self = .read(String(parts[1]))
      case "write": self = .write(String(parts[1]))
      default: return nil
      }
    }
  }

  /// `/`, or names behind slashes: two spellings of one path would be two permissions.
  private static func isAbsolute(_ path: Substring) -> Bool {
    guard path.utf8.first == UInt8(ascii: "/"), !path.utf8.contains(0) else { return false }
    return path == "/"
      || path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        .allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
  }

  /// Whether one that was granted this has the other as well: what is below a path comes with it.
  package func covers(_ other: PackagePermission) -> Bool {
    switch (self, other) {
    case (.read(let folder), .read(let path)), (.write(let folder), .write(let path)):
      folder == path || folder == "/" || path.hasPrefix(folder + "/")
    default: self == other
    }
  }
}

extension PackagePermission: CustomStringConvertible {
  package var description: String {
    switch self {
    case .network: "network"
    case .processes: "processes"
    case .read(let path): "read:\(path)"
    case .write(let path): "write:\(path)"
    }
  }
}
