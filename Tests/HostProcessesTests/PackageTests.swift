// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import HostProcesses

@Suite struct PackageTests {
  @Test func `versions are ordered as semver orders them`() throws {
    let ordered = [
      "0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
      "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0", "10.0.0+build.5",
    ]
    let versions = try ordered.map { try #require(SemanticVersion($0)) }
    #expect(versions.sorted() == versions)
    #expect(zip(versions, versions.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test(arguments: [
    "", "1", "1.2", "1.2.3.4", "1.2.x", "1.2.-3", "../1.2.3", "1.2.3-", "1.2.3-a..b",
  ])
  func `what is no version is none`(_ text: String) {
    #expect(SemanticVersion(text) == nil)
  }

  @Test func `the newest version is found, and another one when it is asked for`() throws {
    let plugins = try TestPlugins()
    for version in ["1.9.0", "1.10.0", "1.10.0-rc.1"] {
      try plugins.install("normal", version: version)
    }
    try plugins.makeFolder("normal/2.0.0")
    #expect(try InstalledPackage.newest("normal", in: plugins.folder).version == "1.10.0")
    let older = try InstalledPackage.named("normal", version: "1.9.0", in: plugins.folder)
    #expect(older.version == "1.9.0")
    #expect(throws: InstalledPackage.Unusable.self) {
      try InstalledPackage.named("normal", version: "3.0.0", in: plugins.folder)
    }
  }

  @Test func `what is installed is listed by name, the newest version first`() throws {
    let plugins = try TestPlugins()
    for version in ["1.9.0", "1.10.0"] { try plugins.install("normal", version: version) }
    try plugins.makeFolder("normal/2.0.0")
    try plugins.makeFolder("Not-a-plugin/1.0.0")
    #expect(
      InstalledPackage.all(in: plugins.folder).map { "\($0.name) \($0.version)" }
        == ["normal 1.10.0", "normal 1.9.0"])
    #expect(InstalledPackage.all(in: PackageFolder(plugins.directory + "/nowhere")).isEmpty)
  }

  @Test(arguments: ["../normal", "a/b", "", "-a", "Upper", ".."])
  func `a name that would leave the folder is refused`(_ name: String) throws {
    let plugins = try TestPlugins()
    let error = #expect(throws: InstalledPackage.Unusable.self) {
      try InstalledPackage.newest(name, in: plugins.folder)
    }
    #expect(error?.description.contains("is no name of a plugin") == true)
  }

  @Test func `an executable that was changed is not opened`() throws {
    let plugins = try TestPlugins()
    try plugins.install("normal")
    let package = try InstalledPackage.newest("normal", in: plugins.folder)
    close(try package.open())
    try plugins.replaceExecutable("normal", with: "#!/bin/false\n")
    let error = #expect(throws: InstalledPackage.Unusable.self) { try package.open() }
    #expect(error?.description.contains("its digest differs") == true)
  }

  @Test func `an executable is installed by what it says of itself`() throws {
    let plugins = try TestPlugins()
    let package = try PackageInstaller.install(TestPlugins.executable, into: plugins.folder)
    #expect(package.name == "test-plugin")
    #expect(package.version == "1.0.0")
    #expect(package.executable == "\(plugins.directory)/test-plugin/1.0.0/test-plugin")
    close(try package.open())
    let text = try String(
      contentsOfFile: "\(plugins.directory)/test-plugin/1.0.0/manifest.json", encoding: .utf8)
    #expect(text.contains("\"priority\":3"))
    #expect(text.contains(package.sha256))
    // Once more replaces it.
    try PackageInstaller.install(TestPlugins.executable, into: plugins.folder)
    close(try InstalledPackage.newest("test-plugin", in: plugins.folder).open())
  }

  @Test func `what prints no manifest is not installed`() throws {
    let plugins = try TestPlugins()
    #expect(throws: InstalledPackage.Unusable.self) {
      try PackageInstaller.install("/bin/echo", into: plugins.folder)
    }
    #expect(throws: InstalledPackage.Unusable.self) {
      try PackageInstaller.install("/does/not/exist", into: plugins.folder)
    }
    #expect(try plugins.contents().isEmpty)
  }

  @Test func `a version is removed, and the plugin with its last one`() throws {
    let plugins = try TestPlugins()
    for version in ["1.0.0", "2.0.0"] { try plugins.install("normal", version: version) }
    try PackageInstaller.remove("normal", version: "2.0.0", from: plugins.folder)
    #expect(try InstalledPackage.versions(of: "normal", in: plugins.folder) == ["1.0.0"])
    let error = #expect(throws: InstalledPackage.Unusable.self) {
      try PackageInstaller.remove("normal", version: "2.0.0", from: plugins.folder)
    }
    #expect(error?.description.hasSuffix("there is 1.0.0") == true)
    try PackageInstaller.remove("normal", version: "1.0.0", from: plugins.folder)
    #expect(try plugins.contents().isEmpty)
    #expect(throws: InstalledPackage.Unusable.self) {
      try PackageInstaller.remove("..", version: "1.0.0", from: plugins.folder)
    }
  }

  @Test func `a package that lost its manifest's members cannot be used`() throws {
    let plugins = try TestPlugins()
    try plugins.install("normal")
    let file = "\(plugins.directory)/normal/1.0.0/manifest.json"
    for (text, reason) in [
      ("{}", "is not a manifest: it has no name or no version"),
      ("no JSON", "is not a manifest: it is no JSON"),
      (
        #"{"name":"other","version":"1.0.0"}"#,
        "is the manifest of 'other' 1.0.0, not of 'normal' 1.0.0"
      ),
      (#"{"name":"normal","version":"1.0.0"}"#, "is not the manifest of a package"),
      (
        #"{"name":"normal","version":"1.0.0","sha256":"0","executable":"../x"}"#,
        "is not the manifest of a package"
      ),
    ] {
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      let error = #expect(throws: InstalledPackage.Unusable.self) {
        try InstalledPackage.newest("normal", in: plugins.folder)
      }
      #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
  }

  @Test func `what a link leads to is installed, not the link`() throws {
    let plugins = try TestPlugins()
    let link = "\(plugins.directory)/link"
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: TestPlugins.executable)
    let package = try PackageInstaller.install(link, into: plugins.folder)
    let attributes = try FileManager.default.attributesOfItem(atPath: package.executable)
    #expect(attributes[.type] as? FileAttributeType == .typeRegular)
    close(try package.open())
  }
}
