// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostConfiguration
import HostProcesses
import Testing

@testable import patchbay

struct PluginArgumentsTests {
  @Test(arguments: [
    ("10%", 10), ("10", 10), ("0.5%", 0.5), ("99.9", 99.9), ("0%", nil), ("100%", nil),
    ("-1", nil), ("ten", nil), ("", nil), ("%", nil), ("nan", nil), ("10%%", nil),
  ])
  func percents(_ text: String, _ value: Double?) {
    #expect(Percent(argument: text)?.value == value)
  }

  @Test(arguments: [
    ("90", 90), ("90s", 90), ("5m", 300), ("1h", 3600), ("168h", 604_800), ("169h", nil),
    ("0s", nil), ("-5", nil), ("s", nil), ("", nil), ("1d", nil), ("1.5m", nil),
    ("99999999999999999999", nil),
  ])
  func times(_ text: String, _ value: Int?) {
    #expect(Seconds(argument: text)?.value == value)
  }

  private func body(_ arguments: String...) throws -> String {
    let command = try Patchbay.parseAsRoot(["plugin", "swap", "p"] + arguments)
    return try #require(command as? PluginCommand.Swap).body().text
  }

  @Test func `a version is named, a path is absolute`() throws {
    #expect(try body("1.2.0-rc.1") == #"{"version":"1.2.0-rc.1"}"#)
    #expect(try body("/opt/p") == #"{"path":"/opt/p"}"#)
    let relative = try body("Package.swift", "--canary", "2.5%", "--promote-after", "5m")
    #expect(relative.hasPrefix(#"{"canary":2.5,"path":"/"#))
    #expect(relative.hasSuffix(#"/Package.swift","promote_after":300}"#))
    #expect(throws: CommandRefusal.self) { try body("1.2") }
  }

  @Test(arguments: [
    (["swap", "p", "1.0.0", "--promote-after", "1m"], "--promote-after is for a --canary"),
    (
      ["swap", "p", "1.0.0", "--canary", "100%"],
      "The value '100%' is invalid for '--canary <percent>'"
    ),
    (
      ["attach", "p", "--header", "x-dev"],
      "--header: expected a name and a value such as 'x-dev: alice'"
    ),
    (
      ["attach", "p", "--header", "x dev: a"],
      "--header: expected a name and a value such as 'x-dev: alice'"
    ),
    (
      ["attach", "p", "--header", "x: a\r\ny: b"],
      "--header: expected a name and a value such as 'x-dev: alice'"
    ),
    (
      ["attach", "p", "--header", "x: "],
      "--header: expected a name and a value such as 'x-dev: alice'"
    ),
    (["remove", "p", "1.0.0", "--all"], "give a version or --all, not both"),
    (["status", "--admin", "8001"], "The value '8001' is invalid for '--admin <address>'"),
  ])
  func `what is wrong is said in one line`(_ arguments: [String], _ reason: String) {
    let error = #expect(throws: (any Error).self) {
      _ = try Patchbay.parseAsRoot(["plugin"] + arguments)
    }
    #expect(error.map { Patchbay.reason(for: $0) } == reason)
  }

  @Test func `the gateway is the option's, the environment's, or the usual one`() throws {
    #expect(try AdminOptions.address([:]) == Address(host: "127.0.0.1", port: 8001))
    #expect(try AdminOptions.address(["PATCHBAY_ADMIN": ""]).port == 8001)
    #expect(
      try AdminOptions.address(["PATCHBAY_ADMIN": "[::1]:9"]) == Address(host: "::1", port: 9))
    #expect(throws: CommandRefusal.self) { try AdminOptions.address(["PATCHBAY_ADMIN": "9"]) }
  }

  @Test(arguments: [("p", "p", nil), ("p@1.0.0", "p", "1.0.0"), ("p@", "p", "")])
  func `packages are named with or without a version`(
    _ text: String, _ name: String, _ version: String?
  ) throws {
    let reference = try PackageReference(text)
    #expect(reference.name == name)
    #expect(reference.version == version)
  }

  @Test(arguments: ["", "@1.0.0", "../x", "a/b@1.0.0"])
  func `what is no package's name is refused`(_ text: String) {
    #expect(throws: InstalledPackage.Unusable.self) { try PackageReference(text) }
  }
}
