// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import HostProcesses

/// What a release is started from when another file was installed under its name.
@Suite(.timeLimit(.minutes(1))) struct KeptExecutableTests {
  /// The digest of what a descriptor leads to, which is closed.
  private func digest(_ descriptor: CInt) -> String? {
    defer { close(descriptor) }
    return FileDigest.sha256(of: descriptor)
  }

  private func reason(_ body: () async throws -> Void) async -> String {
    do {
      try await body()
      return "nothing was refused"
    } catch {
      return "\(error)"
    }
  }

  @Test func `a release restarts from its own file`() async throws {
    try await Supervised.run(installed: ["normal"], permissions: [TestPlugins.runtime]) { it in
      let release = try await it.launch("normal")
      _ = try await it.configure(release, "{}")
      let first = await it.observed.nextReady()
      try it.plugins.replaceExecutable("normal", with: "#!/bin/false\n")
      for incarnation in first.incarnation + 1...first.incarnation + 3 {
        kill(try #require(await it.supervisor.status().first?.pid), SIGKILL)
        #expect(await it.observed.nextReady().incarnation == incarnation)
      }
    }
  }

  @Test func `what is installed anew is another release`() async throws {
    let plugins = try TestPlugins()
    try plugins.install("normal")
    let old = try InstalledPackage.newest("normal", in: plugins.folder)
    close(try await old.verified())
    try plugins.replaceExecutable("normal", with: "#!/bin/false\n")
    close(try await old.verified())
    let new = try InstalledPackage.newest("normal", in: plugins.folder)
    #expect(await reason { close(try await new.verified()) }.hasSuffix("its digest differs"))
  }

  @Test func `what was verified cannot be changed, wherever it is written to`() async throws {
    let plugins = try TestPlugins()
    try plugins.install("normal")
    let folder = plugins.folder
    let package = try InstalledPackage.newest("normal", in: folder)
    let first = try await package.verified()
    var byte: UInt8 = 0
    #expect(pwrite(first, &byte, 1, 0) == -1)
    #expect(ftruncate(first, 0) == -1)
    #expect(open("/proc/self/fd/\(first)", O_RDWR | O_TRUNC) == -1)
    #expect(digest(first) == package.sha256)
    let file = try #require(FileHandle(forWritingAtPath: package.executable))
    try file.write(contentsOf: Data("#!/bin/false\n".utf8))
    try file.close()
    #expect(digest(try await package.verified()) == package.sha256)
    // A version that is swapped in again is what it was.
    let again = try InstalledPackage.newest("normal", in: folder)
    #expect(digest(try await again.verified()) == package.sha256)
    // Whoever has never seen it does not take it for that.
    let other = try InstalledPackage.newest("normal", in: plugins.folder)
    #expect(await reason { close(try await other.verified()) }.hasSuffix("its digest differs"))
  }

  @Test func `a copy goes with the last one who may start it`() async throws {
    let plugins = try TestPlugins()
    try plugins.install("normal")
    let folder = plugins.folder
    var package: InstalledPackage? = try InstalledPackage.newest("normal", in: folder)
    let sha256 = try #require(package?.sha256)
    for _ in 0..<2 { close(try #require(try await package?.verified())) }
    #expect(folder.verified[sha256]?.isSealed == true)
    package = nil
    #expect(folder.verified[sha256] == nil)
  }

  @Test func `of several starts at once one verifies`() async throws {
    let plugins = try TestPlugins()
    try plugins.install("normal")
    let package = try InstalledPackage.newest("normal", in: plugins.folder)
    let inodes = try await withThrowingTaskGroup(of: UInt.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let descriptor = try await package.verified()
          defer { close(descriptor) }
          var facts = stat()
          return fstat(descriptor, &facts) == 0 ? UInt(facts.st_ino) : 0
        }
      }
      return try await group.reduce(into: Set<UInt>()) { $0.insert($1) }
    }
    #expect(inodes.count == 1)
  }

  @Test func `what is no file, or is too large, is not copied`() throws {
    let plugins = try TestPlugins()
    let path = "\(plugins.directory)/sparse"
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    #expect(truncate(path, (64 << 20) + 1) == 0)
    let sparse = open(path, O_RDONLY | O_CLOEXEC)
    let large = VerifiedExecutable(sparse, name: "large") { _ in }
    #expect(!large.isSealed)
    let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
    #expect(!VerifiedExecutable(null, name: "null") { _ in }.isSealed)
  }

  @Test func `a version that was removed is not started again`() async throws {
    let plugins = try TestPlugins()
    try plugins.install("normal")
    let package = try InstalledPackage.newest("normal", in: plugins.folder)
    close(try await package.verified())
    try PackageInstaller.remove("normal", version: "1.0.0", from: plugins.folder)
    #expect(
      await reason { close(try await package.verified()) }
        == "plugin 'normal' 1.0.0 was removed from \(plugins.folder)")
  }

  @Test func `where signatures are required the key of what runs must still be trusted`()
    async throws
  {
    let plugins = try TestPlugins()
    let vendor = try SigningVendor()
    let strict = PackageFolder(plugins.directory, requiresSignature: true)
    _ = try strict.trustedKeys.add(vendor.publicKey, name: nil)
    let package = try PackageInstaller.install(vendor.signedExecutable(), into: strict)
    close(try await package.verified())
    // Another signed package of the same version.
    let manifest = "\(package.directory)/manifest.json"
    let text = try String(contentsOfFile: manifest, encoding: .utf8)
    try text.replacing(#""priority":3"#, with: #""priority":4"#)
      .write(toFile: manifest, atomically: true, encoding: .utf8)
    _ = try InstalledPackage.newest("test-plugin", in: plugins.folder).sign(with: vendor.key())
    close(try await package.verified())
    _ = try strict.trustedKeys.remove("vendor")
    #expect(await reason { close(try await package.verified()) }.contains("which is not trusted"))
  }
}
