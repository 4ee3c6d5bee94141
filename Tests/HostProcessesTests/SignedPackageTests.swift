// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import HostProcesses

/// What is refused where signatures are required, and what is not.
@Suite struct SignedPackageTests {
  private let plugins: TestPlugins
  private let vendor: SigningVendor
  /// The folder, once with and once without the requirement.
  private let strict: PackageFolder
  private let lenient: PackageFolder

  init() throws {
    plugins = try TestPlugins()
    vendor = try SigningVendor()
    strict = PackageFolder(plugins.directory, requiresSignature: true)
    lenient = PackageFolder(plugins.directory)
    _ = try strict.trustedKeys.add(vendor.publicKey, name: nil)
  }

  private var installed: String { "\(plugins.directory)/test-plugin/1.0.0" }

  private func reason(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "nothing was refused"
    } catch {
      return "\(error)"
    }
  }

  /// Puts other text into a file.
  private func alter(_ path: String, _ old: String, _ new: String) throws {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try #require(text.contains(old))
    try text.replacing(old, with: new).write(toFile: path, atomically: true, encoding: .utf8)
  }

  private func append(to path: String) throws {
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.seekToEnd()
    try file.write(contentsOf: Data([0]))
    try file.close()
  }

  // MARK: - At install

  @Test func `what a trusted key signed is installed and opened`() throws {
    let package = try PackageInstaller.install(vendor.signedExecutable(), into: strict)
    close(try package.open())
    #expect(
      try package.vouching()
        == .trusted(TrustedKey(name: "vendor", key: vendor.key().publicKey)))
    // The signature of the whole manifest, which openssl can check by itself.
    let signature = try #require(try PackageSignature.read("\(installed)/manifest.sig"))
    #expect(signature.manifest == nil)
    let raw = "\(vendor.folder)/raw"
    try Data(signature.signature).write(to: URL(fileURLWithPath: raw))
    try SigningVendor.openssl(
      "pkeyutl", "-verify", "-pubin", "-inkey", vendor.publicKey, "-rawin", "-in",
      "\(installed)/manifest.json", "-sigfile", raw)
    #expect(try plugins.contents().sorted() == [".trust", "test-plugin"])
  }

  @Test func `where signatures are required nothing is executed`() throws {
    let nobody = ManifestInspector.nobody
    let file = "\(vendor.folder)/spy"
    try "#!/bin/sh\necho I ran >&2\nexit 1\n".write(
      toFile: file, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
    #expect(
      reason { try PackageInstaller.install(file, into: strict, asking: nobody) }
        == "\(file) is not signed; the signature of a trusted key is required, in \(file).sig")
    #expect(
      reason { try PackageInstaller.install(file, into: lenient, asking: nobody) }
        == "\(file): the spawner is gone")
    #expect(reason { try PackageInstaller.install(file, into: lenient) }.contains("I ran"))
    #expect(try plugins.contents() == [".trust"])
    // A trusted key has said what it is.
    let signed = try vendor.signedExecutable()
    try PackageInstaller.install(signed, into: strict, asking: nobody)
    let stranger = try SigningVendor("stranger")
    let strange = try stranger.signedExecutable()
    #expect(
      reason { try PackageInstaller.install(strange, into: strict, asking: nobody) }
        .contains("which is not trusted"))
  }

  @Test func `an executable that was altered after it was signed`() throws {
    let file = try vendor.signedExecutable()
    try append(to: file)
    for folder in [strict, lenient] {
      #expect(
        reason { try PackageInstaller.install(file, into: folder) }
          == "\(file).sig is the signature of another file: the digest differs")
    }
  }

  @Test func `a manifest that was altered in the signature`() throws {
    let file = try vendor.signedExecutable()
    try alter("\(file).sig", #""priority":3"#, #""priority":4"#)
    #expect(
      reason { try PackageInstaller.install(file, into: strict) }
        == "\(file) was altered: the key 'vendor' did not sign this manifest")
    #expect(
      reason { try PackageInstaller.install(file, into: lenient) }
        == "\(file).sig was altered: the key 'vendor' did not make this signature")
  }

  @Test func `a key that is not trusted`() throws {
    let stranger = try SigningVendor("stranger")
    let file = try stranger.signedExecutable()
    let text = reason { try PackageInstaller.install(file, into: strict) }
    #expect(text.hasPrefix("\(file) is signed with the key "))
    #expect(text.contains("which is not trusted"))
    // Who does not ask for a signature may have it, and what it is worth is told.
    let package = try PackageInstaller.install(file, into: lenient)
    #expect(try package.vouching() == .untrusted(keyID: stranger.key().publicKey.id))
    // A stranger's claim about the manifest is compared with what the executable says.
    try alter("\(file).sig", #""priority":3"#, #""priority":4"#)
    #expect(
      reason { try PackageInstaller.install(file, into: lenient) }
        == "\(file).sig is the signature of another manifest than \(file) prints")
  }

  @Test(arguments: [
    (#""ed25519""#, #""rsa""#, "algorithm: expected 'ed25519'"),
    (#""key_id":""#, #""key_id":"X"#, "key_id: expected 64 hexadecimal digits"),
    (#""signature":""#, #""signature":"AAAA"#, "signature: expected 64 bytes in Base64"),
    (#""manifest""#, #""menifest""#, "manifest: required field missing"),
    ("{", "", "it is no JSON"),
  ])
  func `a signature that is none`(_ old: String, _ new: String, _ what: String) throws {
    let file = try vendor.signedExecutable()
    try alter("\(file).sig", old, new)
    #expect(
      reason { try PackageInstaller.install(file, into: lenient) }
        == "\(file).sig is not a signature: \(what)")
  }

  @Test func `what is refused leaves what was installed as it was`() throws {
    let file = try vendor.signedExecutable()
    try PackageInstaller.install(file, into: strict)
    try append(to: file)
    #expect(throws: InstalledPackage.Unusable.self) {
      try PackageInstaller.install(file, into: strict)
    }
    close(try InstalledPackage.newest("test-plugin", in: strict).open())
    #expect(try plugins.contents().sorted() == [".trust", "test-plugin"])
  }

  @Test func `an unsigned package that replaces a signed one is unsigned`() throws {
    try PackageInstaller.install(vendor.signedExecutable(), into: lenient)
    let package = try PackageInstaller.install(TestPlugins.executable, into: lenient)
    #expect(try package.vouching() == .unsigned)
  }

  // MARK: - At every start

  @Test func `an executable that was altered where it is installed`() throws {
    let package = try PackageInstaller.install(vendor.signedExecutable(), into: strict)
    try append(to: package.executable)
    #expect(reason { close(try package.open()) }.hasSuffix("its digest differs"))
  }

  @Test func `a manifest that was altered where it is installed`() throws {
    let package = try PackageInstaller.install(vendor.signedExecutable(), into: strict)
    try alter("\(installed)/manifest.json", #""priority":3"#, #""priority":4"#)
    let altered =
      "plugin 'test-plugin' 1.0.0 was altered: the key 'vendor' did not sign this manifest"
    #expect(reason { close(try package.open()) } == altered)
    #expect(reason { _ = try InstalledPackage.newest("test-plugin", in: strict) } == altered)
  }

  @Test func `an executable and a manifest that go together, and no signature of them`() throws {
    let package = try PackageInstaller.install(vendor.signedExecutable(), into: strict)
    try append(to: package.executable)
    let digest = try UninstalledExecutable.digest(of: package.executable)
    try alter("\(installed)/manifest.json", package.sha256, digest)
    #expect(reason { close(try package.open()) }.contains("was altered"))
    close(try InstalledPackage.newest("test-plugin", in: lenient).open())
    try FileManager.default.removeItem(atPath: "\(installed)/manifest.sig")
    #expect(
      reason { close(try package.open()) }
        == "plugin 'test-plugin' 1.0.0 is not signed; the signature of a trusted key is required")
  }

  @Test func `another package with a good signature is not the one that was read`() throws {
    let package = try PackageInstaller.install(vendor.signedExecutable(), into: strict)
    try alter("\(installed)/manifest.json", #""priority":3"#, #""priority":4"#)
    let altered = try InstalledPackage.newest("test-plugin", in: lenient)
    _ = try altered.sign(with: vendor.key())
    #expect(
      reason { close(try package.open()) }
        == "the manifest of plugin 'test-plugin' 1.0.0 was changed since it was read")
    close(try InstalledPackage.newest("test-plugin", in: strict).open())
  }

  @Test func `white space in the manifest is nobody's matter`() throws {
    let package = try PackageInstaller.install(vendor.signedExecutable(), into: strict)
    try alter("\(installed)/manifest.json", #""priority":3"#, "\"priority\" :\n  3.0")
    close(try package.open())
  }

  @Test func `a key that is not trusted any more`() throws {
    let package = try PackageInstaller.install(vendor.signedExecutable(), into: strict)
    close(try package.open())
    _ = try strict.trustedKeys.remove("vendor")
    #expect(reason { close(try package.open()) }.contains("which is not trusted"))
    close(try InstalledPackage.newest("test-plugin", in: lenient).open())
  }

  @Test func `a file among the trusted keys that is none`() throws {
    let package = try PackageInstaller.install(vendor.signedExecutable(), into: strict)
    let file = strict.trustedKeys.path(of: "broken")
    try "x".write(toFile: file, atomically: true, encoding: .utf8)
    #expect(reason { close(try package.open()) }.hasPrefix("\(file) is no public key"))
  }

  // MARK: - Signing what is installed

  @Test func `a package can be signed where it is installed`() throws {
    let package = try PackageInstaller.install(TestPlugins.executable, into: lenient)
    #expect(
      reason { _ = try InstalledPackage.newest("test-plugin", in: strict) }.contains(
        "is not signed"))
    let signed = try package.sign(with: vendor.key())
    #expect(try signed.vouching() != .unsigned)
    close(try InstalledPackage.newest("test-plugin", in: strict).open())
  }

  @Test func `a package that was altered is not signed`() throws {
    let package = try PackageInstaller.install(TestPlugins.executable, into: lenient)
    try append(to: package.executable)
    #expect(throws: InstalledPackage.Unusable.self) { try package.sign(with: vendor.key()) }
    #expect(!FileManager.default.fileExists(atPath: "\(installed)/manifest.sig"))
  }
}
