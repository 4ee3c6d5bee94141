// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// Makes an installed package of an executable: `plugins/NAME/VERSION/`.
///
/// For the command line: it blocks, and executes the file with the rights of the caller.
package enum PackageInstaller {
  private typealias Unusable = InstalledPackage.Unusable

  /// Bytes of a manifest.
  private static let manifestLimit = 4 << 20

  /// Asks the executable for its manifest, and copies it into the folder of installed packages. A package of the same
  /// name and version is replaced.
  @discardableResult
  package static func install(
    _ file: String, into directory: String
  ) throws(InstalledPackage.Unusable) -> InstalledPackage {
    let printed = try manifest(of: file)
    guard var manifest = (try? JSONSerialization.jsonObject(with: printed)) as? [String: Any],
      let name = manifest["name"] as? String, let version = manifest["version"] as? String
    else { throw Unusable(description: "what \(file) --manifest prints is not a manifest") }
    try InstalledPackage.checkName(name)
    guard SemanticVersion(version) != nil else {
      throw Unusable(description: "'\(version)' is no semantic version")
    }
    let folder = "\(directory)/\(name)/\(version)"
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      let staged = "\(folder)/.\(name).new"
      manifest["executable"] = name
      manifest["sha256"] = try copy(file, to: staged)
      let text = try JSONSerialization.data(
        withJSONObject: manifest, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
      // The manifest first: a crash between the two leaves a package that refuses to start, never one that runs
      // unverified.
      try text.write(to: URL(fileURLWithPath: "\(folder)/manifest.json"), options: .atomic)
      guard rename(staged, "\(folder)/\(name)") == 0 else {
        throw Unusable(description: "\(folder)/\(name): \(String(cString: strerror(errno)))")
      }
    } catch {
      throw error as? Unusable ?? Unusable(description: "\(folder): \(error.localizedDescription)")
    }
    return try InstalledPackage.named(name, version: version, in: directory)
  }

  /// Copies the bytes, makes them executable and gives their digest, read back from the copy.
  private static func copy(_ file: String, to staged: String) throws -> String {
    try? FileManager.default.removeItem(atPath: staged)
    try FileManager.default.copyItem(atPath: file, toPath: staged)
    let descriptor = open(staged, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Unusable(description: "\(staged): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    guard fchmod(descriptor, 0o755) == 0, fsync(descriptor) == 0,
      let digest = FileDigest.sha256(of: descriptor)
    else { throw Unusable(description: "\(staged): \(String(cString: strerror(errno)))") }
    return digest
  }

  /// What `EXECUTABLE --manifest` prints, with an empty environment.
  private static func manifest(
    of file: String
  ) throws(InstalledPackage.Unusable) -> Data {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: file)
    process.arguments = ["--manifest"]
    process.environment = [:]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    let printed: Data?
    do {
      try process.run()
      printed = try output.fileHandleForReading.read(upToCount: manifestLimit)
    } catch {
      throw Unusable(description: "\(file): \(error.localizedDescription)")
    }
    try? output.fileHandleForReading.close()
    process.waitUntilExit()
    guard process.terminationStatus == 0, let printed else {
      throw Unusable(
        description: "\(file) --manifest ended with status \(process.terminationStatus)")
    }
    return printed
  }
}
