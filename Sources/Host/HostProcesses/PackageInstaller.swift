// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// Installs executables as packages: `DIR/NAME/VERSION/` with the executable and its manifest.
package enum PackageInstaller {
  /// Copies the executable, asks it for its manifest, and puts both in place at once.
  package static func install(
    _ path: String, into directory: String
  ) throws(InstalledPackage.Unusable) -> InstalledPackage {
    let manifest = try manifest(of: path)
    guard let name = manifest["name"] as? String, let version = manifest["version"] as? String,
      name.wholeMatch(of: /[a-z0-9][a-z0-9-]{0,63}/) != nil,
      version.wholeMatch(of: /[0-9A-Za-z.+-]{1,64}/) != nil, version.contains(/[0-9A-Za-z]/)
    else {
      throw InstalledPackage.Unusable(description: "\(path): its manifest has no name and version")
    }
    let folder = "\(directory)/\(name)/\(version)"
    do {
      return try place(path, manifest, name: name, in: folder)
    } catch let error as InstalledPackage.Unusable {
      throw error
    } catch {
      throw InstalledPackage.Unusable(description: "\(folder): \(error.localizedDescription)")
    }
  }

  private static func place(
    _ path: String, _ manifest: [String: Any], name: String, in folder: String
  ) throws -> InstalledPackage {
    let files = FileManager.default
    let staging = "\(folder).installing-\(getpid())"
    try files.createDirectory(atPath: staging, withIntermediateDirectories: true)
    defer { try? files.removeItem(atPath: staging) }
    try files.copyItem(atPath: path, toPath: "\(staging)/\(name)")
    try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(staging)/\(name)")
    let executable = Glibc.open("\(staging)/\(name)", O_RDONLY | O_CLOEXEC)
    guard executable >= 0, let digest = InstalledPackage.sha256(of: executable) else {
      throw InstalledPackage.Unusable(description: "\(path) cannot be read")
    }
    close(executable)
    var manifest = manifest
    manifest["executable"] = name
    manifest["sha256"] = digest
    let data = try JSONSerialization.data(
      withJSONObject: manifest, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    try data.write(to: URL(filePath: "\(staging)/manifest.json"))
    // Whoever looks sees the old package, none, or the new one; never half of one.
    if files.fileExists(atPath: folder) { try files.removeItem(atPath: folder) }
    try files.moveItem(atPath: staging, toPath: folder)
    return try InstalledPackage(folder: folder, name: name)
  }

  /// What `EXECUTABLE --manifest` prints.
  private static func manifest(
    of path: String
  ) throws(InstalledPackage.Unusable) -> [String: Any] {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: path)
    process.arguments = ["--manifest"]
    process.environment = [:]
    process.standardOutput = output
    do {
      try process.run()
      let data = try output.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      guard process.terminationStatus == 0,
        let manifest = try JSONSerialization.jsonObject(with: data) as? [String: Any]
      else {
        throw InstalledPackage.Unusable(description: "\(path) --manifest prints no manifest")
      }
      return manifest
    } catch let error as InstalledPackage.Unusable {
      throw error
    } catch {
      throw InstalledPackage.Unusable(
        description: "\(path) is not a plugin: \(error.localizedDescription)")
    }
  }
}
