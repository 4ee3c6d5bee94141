// SPDX-License-Identifier: Apache-2.0

import Foundation
import PluginProtocol

@testable import HostProcesses

/// A folder of installed packages, all of them the test plugin, which behaves as it is named. Removed in the end.
final class TestPlugins: Sendable {
  let directory: String
  var folder: PackageFolder { PackageFolder(directory) }

  init() throws {
    directory = NSTemporaryDirectory() + "/patchbay-plugins-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// The test plugin, beside the tests.
  static let executable: String = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: tests).deletingLastPathComponent().path + "/test-plugin"
  }()

  private static let digest: String = {
    let descriptor = open(executable, O_RDONLY)
    defer { close(descriptor) }
    return FileDigest.sha256(of: descriptor) ?? ""
  }()

  /// Where the libraries of Swift are, which a plugin that was not linked for its users loads when it starts.
  static let runtime: PackagePermission = {
    // Read to its end: it has no size that could be asked for, and comes a page at a time.
    let bytes = try? FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd()
    let maps = String(decoding: bytes ?? Data(), as: UTF8.self)
    guard let line = maps.split(separator: "\n").first(where: { $0.hasSuffix("/libswiftCore.so") }),
      let start = line.firstIndex(of: "/")
    else { fatalError("the tests run without libswiftCore.so") }
    let path = line[start...]
    return .read(URL(fileURLWithPath: String(path)).deletingLastPathComponent().path)
  }()

  func install(
    _ name: String, version: String = "1.0.0", permissions: [PackagePermission] = []
  ) throws {
    let folder = try makeFolder("\(name)/\(version)")
    try FileManager.default.copyItem(atPath: Self.executable, toPath: "\(folder)/\(name)")
    let permissions = ([Self.runtime] + permissions).map(\.description)
    let manifest = """
      {"name": "\(name)", "version": "\(version)", "executable": "\(name)", \
      "sha256": "\(Self.digest)", "permissions": \(permissions)}
      """
    try manifest.write(toFile: "\(folder)/manifest.json", atomically: true, encoding: .utf8)
  }

  /// Puts another file where the executable was, as an update does.
  func replaceExecutable(_ name: String, with text: String) throws {
    let path = "\(directory)/\(name)/1.0.0/\(name)"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  @discardableResult
  func makeFolder(_ path: String) throws -> String {
    let folder = "\(directory)/\(path)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return folder
  }

  func contents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory)
  }
}
