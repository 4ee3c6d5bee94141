// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostProcesses
import Logging

// Development: plugins are swapped when their executables change.
extension ControlPlane {
  /// Watches the folders of installed packages, and executables beside them, which are installed whenever they are built anew.
  ///
  /// - Parameter executables: paths.
  /// - Throws: ``FileWatch/Failure`` when a folder cannot be watched.
  package func watch(_ executables: [String]) throws {
    let watch = try FileWatch()
    var names: [String: String] = [:]
    for plugin in plugins {
      let folder = "\(directory)/\(plugin)"
      try watch.add(folder)
      names[folder] = plugin
    }
    var sources: Set<FileWatch.Change> = []
    for path in executables {
      let file = URL(fileURLWithPath: path).resolvingSymlinksInPath()
      let folder = file.deletingLastPathComponent().path
      try watch.add(folder)
      sources.insert(FileWatch.Change(folder: folder, name: file.lastPathComponent))
    }
    inBackground { [weak self, names, sources] in
      for await change in watch.changes {
        if let plugin = names[change.folder] {
          await self?.changed(plugin, version: change.name)
        } else if sources.contains(change) {
          await self?.built("\(change.folder)/\(change.name)")
        }
      }
    }
  }

  /// A version of a plugin was installed, for the first time or anew.
  private func changed(_ plugin: String, version: String) async {
    await noChange(of: plugin)
    guard let package = try? InstalledPackage.named(plugin, version: version, in: directory),
      package.sha256 != running[plugin]?.package.sha256
    else { return }  // some other file, or what runs already
    do {
      _ = try await swap(plugin, to: .version(version))
    } catch {
      logger.error("\(error)", metadata: ["plugin": "\(plugin)"])
    }
  }

  /// An executable was built. Its installation is what is seen next.
  private func built(_ path: String) async {
    do {
      try await PackageInstaller.installed(path, into: directory)
    } catch {
      logger.error("\(error)", metadata: ["file": "\(path)"])
    }
  }
}
