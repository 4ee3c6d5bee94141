// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// Makes an installed package of an executable: `plugins/NAME/VERSION/`.
///
/// It blocks, where it does not say otherwise.
package enum PackageInstaller {
  private typealias Unusable = InstalledPackage.Unusable

  /// Copies an executable, with the signature beside it (`FILE.sig`) if there is one, into the folder of installed
  /// packages. A package of the same name and version is replaced.
  ///
  /// What it is, is said by a signature of a trusted key; without one the file is executed and asked, in a sandbox. Where
  /// the folder requires signatures, a file without such a one is refused, and not executed.
  @discardableResult
  package static func install(
    _ file: String, into packages: PackageFolder, asking inspector: ManifestInspector
  ) throws(InstalledPackage.Unusable) -> InstalledPackage {
    let signature = try PackageSignature.read(UninstalledExecutable.signatureFile(of: file))
    if signature == nil, packages.requiresSignature {
      throw Unusable(
        description: "\(file) is not signed; the signature of a trusted key is required, in "
          + UninstalledExecutable.signatureFile(of: file))
    }
    let executable = try UninstalledExecutable(file)
    let manifest: ManifestDocument
    if let signature {
      manifest = try self.manifest(
        of: executable, vouchedBy: signature, in: packages, asking: inspector)
    } else {
      manifest = try executable.manifest(asking: inspector)
    }
    let staging = try StagingFolder(in: packages)
    defer { staging.discard() }
    do {
      let copy = "\(staging.package)/\(manifest.name)"
      // Of a link what it leads to: a link would be copied as one.
      let source = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
      try FileManager.default.copyItem(atPath: source, toPath: copy)
      guard try UninstalledExecutable.digest(of: copy, making: 0o755) == executable.sha256
      else {
        throw Unusable(description: "\(file) was changed while it was installed")
      }
      try Data(manifest.canonical).write(
        to: URL(fileURLWithPath: "\(staging.package)/\(InstalledPackage.manifestName)"))
      if var signature {
        signature.manifest = nil
        try signature.data.write(
          to: URL(fileURLWithPath: "\(staging.package)/\(InstalledPackage.signatureName)"))
      }
      try staging.move(to: manifest.name, manifest.version)
    } catch {
      throw error as? Unusable ?? Unusable(description: "\(file): \(error.reason)")
    }
    return try InstalledPackage.named(manifest.name, version: manifest.version, in: packages)
  }

  /// ``install(_:into:asking:)`` on a thread of its own: an executable may take its time to say what it is.
  @discardableResult
  package static func installed(
    _ file: String, into packages: PackageFolder, asking inspector: ManifestInspector
  ) async throws(InstalledPackage.Unusable) -> InstalledPackage {
    try await SystemThread.run(patiently: true) {
      Result { () throws(Unusable) in try install(file, into: packages, asking: inspector) }
    }.get()
  }

  /// The manifest that a signature is of, when it is a signature of this file.
  private static func manifest(
    of executable: UninstalledExecutable, vouchedBy signature: PackageSignature,
    in packages: PackageFolder, asking inspector: ManifestInspector
  ) throws(InstalledPackage.Unusable) -> ManifestDocument {
    let file = executable.path
    let place = UninstalledExecutable.signatureFile(of: file)
    guard let signed = signature.manifest else {
      throw Unusable(description: "\(place) is not a signature: manifest: required field missing")
    }
    let manifest = try ManifestDocument(signed, from: place)
    if packages.requiresSignature { try packages.check(manifest, signature, of: file) }
    guard manifest.sha256 == executable.sha256 else {
      throw Unusable(description: "\(place) is the signature of another file: the digest differs")
    }
    switch try packages.trustedKeys.vouching(for: manifest.canonical, by: signature) {
    case .trusted: return manifest
    case .invalid(let key):
      throw Unusable(
        description: "\(place) was altered: the key '\(key.name)' did not make this signature")
    case .unsigned, .untrusted:
      guard try executable.manifest(asking: inspector) == manifest else {
        throw Unusable(
          description: "\(place) is the signature of another manifest than \(file) prints")
      }
      return manifest
    }
  }

  /// Writes the signature of a file that is not installed yet beside it, as ``install(_:into:asking:)`` reads it.
  ///
  /// - Returns: who the file says it is, and where the signature is.
  package static func sign(
    _ file: String, with key: borrowing SigningKey, asking inspector: ManifestInspector
  ) throws(InstalledPackage.Unusable) -> (name: String, version: String, signature: String) {
    let manifest = try UninstalledExecutable(file).manifest(asking: inspector)
    var signature = try PackageSignature(of: manifest, with: key)
    signature.manifest = manifest.value
    let place = UninstalledExecutable.signatureFile(of: file)
    do {
      try signature.data.write(to: URL(fileURLWithPath: place), options: .atomic)
    } catch {
      throw Unusable(description: "\(place): \(error.reason)")
    }
    return (manifest.name, manifest.version, place)
  }

  /// Removes a version. Processes of it that run go on; they cannot be started again.
  package static func remove(
    _ name: String, version: String, from packages: PackageFolder
  ) throws(InstalledPackage.Unusable) {
    let installed = try InstalledPackage.versions(of: name, in: packages)
    guard installed.contains(version) else {
      throw Unusable(description: InstalledPackage.absence(of: name, version, installed, packages))
    }
    let staging = try StagingFolder(in: packages)
    defer { staging.discard() }
    try staging.take(name, version)
  }
}
