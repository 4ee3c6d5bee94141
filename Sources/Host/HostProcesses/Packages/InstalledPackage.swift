// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
package import PluginProtocol

/// A package in `plugins/NAME/VERSION/`: an executable, `manifest.json` with what it is and its digest
/// (``ManifestDocument``), and, when somebody vouches for it, `manifest.sig` (``PackageSignature``).
package struct InstalledPackage: Sendable {
  package let name: String
  package let version: String
  /// The executable's path.
  package let executable: String
  /// In hexadecimal digits.
  package let sha256: String
  /// What its process may do beyond its sockets, once that is granted.
  package let permissions: [PackagePermission]
  private let packages: PackageFolder
  private let manifest: ManifestDocument
  private let signature: Result<PackageSignature?, Unusable>
  /// All copies of the value share it.
  private let kept = KeptExecutable()

  /// Why a package, or a key that vouches for one, cannot be used.
  package struct Unusable: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
  }

  /// The newest version of a plugin.
  package static func newest(
    _ name: String, in directory: PackageFolder
  ) throws(Unusable) -> InstalledPackage {
    try named(name, version: nil, in: directory)
  }

  /// A version of a plugin; nil: the newest.
  package static func named(
    _ name: String, version: String?, in directory: PackageFolder
  ) throws(Unusable) -> InstalledPackage {
    let installed = try versions(of: name, in: directory)
    guard let chosen = version ?? installed.first, installed.contains(chosen) else {
      throw Unusable(description: absence(of: name, version, installed, directory))
    }
    return try InstalledPackage(name, chosen, in: directory)
  }

  /// Says that a version (nil: any) is not among those that are installed, and which are.
  static func absence(
    of name: String, _ version: String?, _ installed: [String], _ directory: PackageFolder
  ) -> String {
    guard let version, !installed.isEmpty else {
      return "plugin '\(name)' is not installed in \(directory)"
    }
    return "plugin '\(name)' \(version) is not installed in \(directory); there "
      + (installed.count == 1 ? "is " : "are ") + installed.joined(separator: ", ")
  }

  /// The packages of a directory by name, the newest version of each first.
  package static func all(in directory: PackageFolder) -> [(name: String, version: String)] {
    names(in: directory.path).filter(isName).sorted().flatMap { name in
      ordered(name, in: directory).map { (name: name, version: $0) }
    }
  }

  /// The versions of a plugin that are installed, the newest first.
  package static func versions(
    of name: String, in directory: PackageFolder
  ) throws(Unusable) -> [String] {
    try checkName(name)
    return ordered(name, in: directory)
  }

  private static func ordered(_ name: String, in directory: PackageFolder) -> [String] {
    names(in: "\(directory)/\(name)")
      .compactMap { text in SemanticVersion(text).map { (text: text, version: $0) } }
      .filter {
        FileManager.default.fileExists(atPath: "\(directory)/\(name)/\($0.text)/\(manifestName)")
      }
      .sorted { $0.version > $1.version }.map(\.text)
  }

  private static func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  /// A plugin's name: [a-z0-9][a-z0-9-]*, at most 64 bytes. It is also the name of a folder.
  package static func checkName(_ text: String) throws(Unusable) {
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

  private init(
    _ name: String, _ version: String, in packages: PackageFolder
  ) throws(Unusable) {
    let folder = "\(packages)/\(name)/\(version)"
    let file = "\(folder)/\(Self.manifestName)"
    guard let data = FileManager.default.contents(atPath: file) else {
      throw Unusable(description: "\(file) cannot be read; install the plugin again")
    }
    let manifest = try ManifestDocument(data, from: file)
    guard manifest.name == name, manifest.version == version else {
      throw Unusable(
        description: "\(file) is the manifest of '\(manifest.name)' \(manifest.version), "
          + "not of '\(name)' \(version)")
    }
    let executable = manifest.executable
    guard !executable.isEmpty, !executable.contains("/"), !manifest.sha256.isEmpty else {
      throw Unusable(
        description: "\(file) is not the manifest of a package; install the plugin again")
    }
    permissions = try manifest.permissions.map { text throws(Unusable) in
      guard let permission = PackagePermission(text) else {
        throw Unusable(
          description: "\(file) asks for the permission '\(text)', which this host does not know")
      }
      return permission
    }
    let signature = Result { () throws(Unusable) in
      try PackageSignature.read("\(folder)/\(Self.signatureName)")
    }
    if packages.requiresSignature {
      try packages.check(manifest, try signature.get(), of: "plugin '\(name)' \(version)")
    }
    self.name = name
    self.version = version
    self.executable = "\(folder)/\(executable)"
    sha256 = manifest.sha256
    self.packages = packages
    self.manifest = manifest
    self.signature = signature
  }

  static let manifestName = "manifest.json"
  static let signatureName = "manifest.sig"

  /// The package's folder as an absolute path.
  var folder: String {
    URL(fileURLWithPath: executable).deletingLastPathComponent().standardizedFileURL.path
  }

  /// The folder of the package.
  package var directory: String { "\(packages)/\(name)/\(version)" }

  /// Bytes of the executable; nil: it is not there.
  package var size: Int? {
    var status = stat()
    return stat(executable, &status) == 0 ? Int(status.st_size) : nil
  }

  /// Who vouches for the package.
  package func vouching() throws(Unusable) -> Vouching {
    try packages.trustedKeys.vouching(for: manifest.canonical, by: try signature.get())
  }

  /// Signs the package where it is installed. A signature that it had is replaced.
  package func sign(with key: borrowing SigningKey) throws(Unusable) -> InstalledPackage {
    close(try openExecutable())
    let file = "\(directory)/\(Self.signatureName)"
    do {
      try PackageSignature(of: manifest, with: key).data
        .write(to: URL(fileURLWithPath: file), options: .atomic)
    } catch {
      throw error as? Unusable ?? Unusable(description: "\(file): \(error.reason)")
    }
    return try InstalledPackage(name, version, in: packages)
  }

  /// Opens the executable and checks its digest; what is executed is this very descriptor, which is the caller's. Where
  /// signatures are required, what is on the disk now must be what was read, and its key must still be trusted.
  package func open() throws(Unusable) -> CInt {
    if packages.requiresSignature {
      guard try InstalledPackage(name, version, in: packages).manifest == manifest else {
        throw Unusable(
          description: "the manifest of plugin '\(name)' \(version) was changed since it was read")
      }
    }
    return try openExecutable()
  }

  private func openExecutable() throws(Unusable) -> CInt {
    let descriptor = Glibc.open(executable, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Unusable(description: "\(executable): \(String(cString: strerror(errno)))")
    }
    return try checked(descriptor)
  }

  /// The descriptor, if its file has the digest; else it is closed.
  private func checked(_ descriptor: CInt) throws(Unusable) -> CInt {
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

  /// The executable for a process that is started: the file that the first one was started from, whatever was installed
  /// over it since. Its digest is checked each time. A version that was removed is not started; where signatures are
  /// required, neither is one whose key is not trusted any more, or in whose place something stands that is not signed.
  ///
  /// It reads the whole file, beside whatever else is going on.
  @concurrent
  func verified() async throws(Unusable) -> CInt {
    guard FileManager.default.fileExists(atPath: directory) else {
      throw Unusable(description: "plugin '\(name)' \(version) was removed from \(packages)")
    }
    if try isReplaced(), let descriptor = kept.descriptor(), let file = try? checked(descriptor) {
      return file
    }
    let file = try open()
    kept.keep(file)
    return file
  }

  /// Whether the file that is kept, if there is one, goes before the one that is installed.
  private func isReplaced() throws(Unusable) -> Bool {
    guard packages.requiresSignature else { return true }
    guard try InstalledPackage(name, version, in: packages).manifest != manifest else {
      return false
    }
    try packages.check(manifest, try signature.get(), of: "plugin '\(name)' \(version)")
    return true
  }
}
