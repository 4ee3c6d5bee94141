// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
package import PluginProtocol

/// A package in `plugins/NAME/VERSION/`: an executable, and `manifest.json` with what it is and its digest.
///
/// `manifest.json` is what `EXECUTABLE --manifest` prints, and two members more: `executable`, the file's name in the
/// folder, and `sha256`, its digest in hexadecimal digits.
package struct InstalledPackage: Sendable {
  package let name: String
  package let version: String
  /// The executable's path.
  package let executable: String
  /// In hexadecimal digits.
  package let sha256: String
  /// What its process may do beyond its sockets, once that is granted.
  package let permissions: [PackagePermission]

  /// Why a package cannot be used.
  package struct Unusable: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// `manifest.json`, as far as the host reads it.
  private struct ManifestFile: Decodable {
    var name: String
    var version: String
    var executable: String
    var sha256: String
    var permissions: [String]?
  }

  /// The newest version of a plugin.
  package static func newest(
    _ name: String, in directory: String
  ) throws(Unusable) -> InstalledPackage {
    try named(name, version: nil, in: directory)
  }

  /// A version of a plugin; nil: the newest.
  package static func named(
    _ name: String, version: String?, in directory: String
  ) throws(Unusable) -> InstalledPackage {
    try checkName(name)
    let folder = "\(directory)/\(name)"
    let installed = versions(of: name, in: directory)
    guard let newest = installed.max(by: { $0.version < $1.version }) else {
      throw Unusable(description: "plugin '\(name)' is not installed in \(directory)")
    }
    let chosen = version ?? newest.text
    guard installed.contains(where: { $0.text == chosen }) else {
      throw Unusable(
        description: "plugin '\(name)' \(chosen) is not installed in \(directory); "
          + "the newest there is \(newest.text)")
    }
    return try InstalledPackage(folder: "\(folder)/\(chosen)", name: name, version: chosen)
  }

  /// The packages of a directory by name, the newest version of each first.
  package static func all(in directory: String) -> [(name: String, version: String)] {
    names(in: directory).filter(isName).sorted().flatMap { name in
      versions(of: name, in: directory).sorted { $0.version > $1.version }
        .map { (name: name, version: $0.text) }
    }
  }

  private static func versions(
    of name: String, in directory: String
  ) -> [(text: String, version: SemanticVersion)] {
    names(in: "\(directory)/\(name)")
      .compactMap { text in SemanticVersion(text).map { (text: text, version: $0) } }
      .filter {
        FileManager.default.fileExists(atPath: "\(directory)/\(name)/\($0.text)/manifest.json")
      }
  }

  private static func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  /// A plugin's name: [a-z0-9][a-z0-9-]*, at most 64 bytes. It is also the name of a folder.
  static func checkName(_ text: String) throws(Unusable) {
    guard isName(text) else {
      throw Unusable(description: "'\(text)' is no name of a plugin: [a-z0-9][a-z0-9-]*")
    }
  }

  private static func isName(_ text: String) -> Bool {
    !text.utf8.isEmpty && text.utf8.count <= 64 && text.utf8.first != UInt8(ascii: "-")
      && text.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
      }
  }

  private init(folder: String, name: String, version: String) throws(Unusable) {
    let file = "\(folder)/manifest.json"
    guard let data = FileManager.default.contents(atPath: file),
      let manifest = try? JSONDecoder().decode(ManifestFile.self, from: data)
    else { throw Unusable(description: "\(file) is not a manifest; install the plugin again") }
    guard manifest.name == name, manifest.version == version, !manifest.executable.contains("/")
    else {
      throw Unusable(
        description: "\(file) is the manifest of '\(manifest.name)' \(manifest.version), "
          + "not of '\(name)' \(version)")
    }
    permissions = try (manifest.permissions ?? []).map { text throws(Unusable) in
      guard let permission = PackagePermission(text) else {
        throw Unusable(
          description: "\(file) asks for the permission '\(text)', which this host does not know")
      }
      return permission
    }
    self.name = name
    self.version = version
    executable = "\(folder)/\(manifest.executable)"
    sha256 = manifest.sha256
  }

  /// The package's folder as an absolute path.
  var folder: String {
    URL(fileURLWithPath: executable).deletingLastPathComponent().standardizedFileURL.path
  }

  /// Opens the executable and checks its digest; what is executed is this very descriptor, which is the caller's.
  package func open() throws(Unusable) -> CInt {
    let descriptor = Glibc.open(executable, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Unusable(description: "\(executable): \(String(cString: strerror(errno)))")
    }
    let digest = FileDigest.sha256(of: descriptor)
    guard digest == sha256 else {
      close(descriptor)
      throw Unusable(
        description: digest == nil
          ? "\(executable) cannot be read"
          : "\(executable) is not the file that was installed: its digest differs")
    }
    return descriptor
  }

  /// ``open()`` beside whatever else is going on: it reads the whole file.
  @concurrent
  func verified() async throws(Unusable) -> CInt { try open() }
}
