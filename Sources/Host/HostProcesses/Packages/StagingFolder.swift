// SPDX-License-Identifier: Apache-2.0

import CSpawner
import Foundation
import Glibc

/// A folder beside the packages in which one is put together or taken apart, so that nobody ever sees half of it.
struct StagingFolder {
  private let packages: PackageFolder
  private let folder: TemporaryFolder
  private var path: String { folder.path }
  /// Where the files of the new package go.
  var package: String { "\(path)/new" }
  private var old: String { "\(path)/old" }

  private typealias Unusable = InstalledPackage.Unusable

  init(in packages: PackageFolder) throws(InstalledPackage.Unusable) {
    self.packages = packages
    do {
      try FileManager.default.createDirectory(
        atPath: packages.path, withIntermediateDirectories: true)
    } catch {
      throw Unusable(description: "\(packages): \(error.reason)")
    }
    // A plugin's name never begins with a dot.
    let prefix = "\(packages)/.staging-"
    TemporaryFolder.removeAbandoned(prefix)
    do {
      folder = try TemporaryFolder(prefix)
    } catch {
      throw Unusable(description: "\(packages): \(error)")
    }
    guard mkdir(package, 0o755) == 0 else { throw Self.failure(path) }
  }

  /// Makes the new package the installed one.
  func move(to name: String, _ version: String) throws(InstalledPackage.Unusable) {
    let folder = "\(packages)/\(name)/\(version)"
    guard mkdir("\(packages)/\(name)", 0o755) == 0 || errno == EEXIST else {
      throw Self.failure("\(packages)/\(name)")
    }
    // What is replaced is there until the moment when the other one is: a process of it may be started just now. What
    // was there is discarded with this folder.
    if patchbay_exchange(package, folder) == 0 { return }
    // There was nothing, or the file system cannot do that.
    let replaces = rename(folder, old) == 0
    guard replaces || errno == ENOENT else { throw Self.failure(folder) }
    guard rename(package, folder) == 0 else {
      let failure = Self.failure(folder)
      if replaces { rename(old, folder) }
      throw failure
    }
  }

  /// Takes an installed version away, and its plugin's folder with the last one.
  func take(_ name: String, _ version: String) throws(InstalledPackage.Unusable) {
    let folder = "\(packages)/\(name)/\(version)"
    guard rename(folder, old) == 0 else { throw Self.failure(folder) }
    guard rmdir("\(packages)/\(name)") == 0 || errno == ENOTEMPTY || errno == EEXIST else {
      throw Self.failure("\(packages)/\(name)")
    }
  }

  /// Deletes what is left in it.
  func discard() { folder.remove() }

  private static func failure(_ path: String) -> Unusable {
    Unusable(description: "\(path): \(String(cString: strerror(errno)))")
  }
}
