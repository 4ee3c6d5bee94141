// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import HostProcesses

/// What a release is started from when another file was installed under its name.
@Suite(.timeLimit(.minutes(1))) struct KeptExecutableTests {
  /// Descriptors of this process that are files below a folder.
  private func openFiles(below folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
      try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
    }.filter { $0.hasPrefix(folder) }
  }

  private func reason(_ body: () async throws -> Void) async -> String {
    do {
      try await body()
      return "nothing was refused"
    } catch {
      return "\(error)"
    }
  }

  @Test func `a release restarts from its own file, and lets go of it when it is forgotten`()
    async throws
  {
    try await Supervised.run(installed: ["normal"], permissions: [TestPlugins.runtime]) { it in
      let release = try await it.launch("normal")
      _ = try await it.configure(release, "{}")
      let first = await it.observed.nextReady()
      try it.plugins.replaceExecutable("normal", with: "#!/bin/false\n")
      for incarnation in first.incarnation + 1...first.incarnation + 3 {
        kill(try #require(await it.supervisor.status().first?.pid), SIGKILL)
        #expect(await it.observed.nextReady().incarnation == incarnation)
      }
      let folder = URL(fileURLWithPath: it.plugins.directory).resolvingSymlinksInPath().path
      #expect(try openFiles(below: folder).count == 1)
      await it.supervisor.retire(release, within: .zero)
      #expect(try openFiles(below: folder).isEmpty)
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

  @Test func `a file that was written over where it is does not pass`() async throws {
    let plugins = try TestPlugins()
    try plugins.install("normal")
    let package = try InstalledPackage.newest("normal", in: plugins.folder)
    close(try await package.verified())
    let file = try #require(FileHandle(forWritingAtPath: package.executable))
    try file.write(contentsOf: Data("#!/bin/false\n".utf8))
    try file.close()
    #expect(await reason { close(try await package.verified()) }.hasSuffix("its digest differs"))
    // As it was, in another file.
    try FileManager.default.removeItem(atPath: package.executable)
    try FileManager.default.copyItem(atPath: TestPlugins.executable, toPath: package.executable)
    close(try await package.verified())
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
