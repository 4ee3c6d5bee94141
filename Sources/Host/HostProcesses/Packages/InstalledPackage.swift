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

  /// Where it stands in a chain, as its manifest says.
  package var priority: Int {
    if case .integer(let priority)? = manifest.value["priority"] { Int(priority) } else { 0 }
  }

  /// The JSON Schema of its config.
  package var configSchema: [UInt8] { Array((manifest.value["configSchema"]?.text ?? "{}").utf8) }

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
    close(try closingUnlessChecked(openExecutable()))
    let file = "\(directory)/\(Self.signatureName)"
    do {
      try PackageSignature(of: manifest, with: key).data
        .write(to: URL(fileURLWithPath: file), options: .atomic)
    } catch {
      throw error as? Unusable ?? Unusable(description: "\(file): \(error.reason)")
    }
    return try InstalledPackage(name, version, in: packages)
  }

  /// Opens the executable and checks its digest. The descriptor is the caller's. Where signatures are required, what is on
  /// the disk now must be what was read, and its key must still be trusted.
  package func open() throws(Unusable) -> CInt {
    let descriptor = try opened()
    return try closingUnlessChecked(descriptor)
  }

  private func opened() throws(Unusable) -> CInt {
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
    return descriptor
  }

  private func closingUnlessChecked(_ descriptor: CInt) throws(Unusable) -> CInt {
    do {
      try check(descriptor)
      return descriptor
    } catch {
      close(descriptor)
      throw error
    }
  }

  private func check(_ descriptor: CInt) throws(Unusable) {
    let digest = FileDigest.sha256(of: descriptor)
    guard digest == sha256 else {
      throw Unusable(
        description: digest == nil
          ? "\(executable) cannot be read"
          : "\(executable) is not the file that was installed: its digest differs")
    }
  }

  /// The executable for a process that is started: what the first one was started from, whatever was installed over it
  /// since. What is executed is this very descriptor, which is the caller's. A version that was removed is not started;
  /// where signatures are required, neither is one whose key is not trusted any more, or in whose place something stands
  /// that is not signed.
  ///
  /// The first time it reads the whole file, on a thread of its own that makes way for those that serve.
  func verified() async throws(Unusable) -> CInt {
    try await SystemThread.run(patiently: true) {
      Result { () throws(Unusable) in try verifiedNow() }
    }.get()
  }

  private func verifiedNow() throws(Unusable) -> CInt {
    guard FileManager.default.fileExists(atPath: directory) else {
      throw Unusable(description: "plugin '\(name)' \(version) was removed from \(packages)")
    }
    let mayBeKept = try isReplaced()
    return try kept.withLock { (kept: inout VerifiedExecutable?) throws(Unusable) in
      if mayBeKept {
        kept = kept ?? packages.verified[sha256]
        if let kept, let descriptor = kept.descriptor() {
          if kept.isSealed { return descriptor }
          if let file = try? closingUnlessChecked(descriptor) { return file }
        }
      }
      let new = try VerifiedExecutable(opened(), name: name, check: check)
      guard let descriptor = new.descriptor() else {
        throw Unusable(description: "\(executable): \(String(cString: strerror(errno)))")
      }
      kept = new
      packages.verified.add(new, sha256: sha256)
      return descriptor
    }
  }

  /// Whether what is kept, if there is anything, goes before the file that is installed.
  private func isReplaced() throws(Unusable) -> Bool {
    guard packages.requiresSignature else { return true }
    guard try InstalledPackage(name, version, in: packages).manifest != manifest else {
      return false
    }
    try packages.check(manifest, try signature.get(), of: "plugin '\(name)' \(version)")
    return true
  }
}
