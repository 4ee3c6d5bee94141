// SPDX-License-Identifier: Apache-2.0

import HostProcesses

/// A package as the command line names it: `NAME` or `NAME@VERSION`.
struct PackageReference {
  let name: String
  /// Nil: the newest.
  let version: String?

  init(_ text: String) throws(InstalledPackage.Unusable) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    name = String(parts[0])
    version = parts.count > 1 ? String(parts[1]) : nil
    try InstalledPackage.checkName(name)
  }

  func package(
    in folder: PackageFolder
  ) throws(InstalledPackage.Unusable) -> InstalledPackage {
    try InstalledPackage.named(name, version: version, in: folder)
  }
}
