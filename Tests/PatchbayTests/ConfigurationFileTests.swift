// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import HostConfiguration
import Logging
import Testing

@testable import patchbay

struct ConfigurationFileTests {
  private let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("configuration-\(UUID().uuidString).yml").path

  private func reason(_ path: String) -> String {
    do {
      _ = try ConfigurationFile.read(path)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func `why a file cannot be read is said in words`() throws {
    #expect(reason(path) == "No such file or directory")
    #expect(reason("/") == "Is a directory")
    try Data([0x61, 0xFF]).write(to: URL(filePath: path))
    #expect(reason(path) == "not UTF-8")
    try Data("a: é".utf8).write(to: URL(filePath: path))
    #expect(try ConfigurationFile.read(path) == "a: é")
    try FileManager.default.removeItem(atPath: path)
  }

  @Test func `a line for each error, and a count`() throws {
    let invalid = try #require(throws: GatewayConfiguration.Invalid.self) {
      _ = try GatewayConfiguration.parse("services: [{}]\nplugins:\n  - {name: P}") { _ in nil }
    }
    #expect(
      ConfigurationFile.lines(for: invalid, of: "kong.yml") == [
        "_format_version: required field missing (line 1)",
        "services[0].host: required field missing (or give a 'url') (line 1)",
        "plugins[0].name: is not the name of a plugin: lower-case letters, digits and dashes (line 3)",
        "kong.yml: 3 errors",
      ])
    let one = GatewayConfiguration.Invalid(errors: [ConfigurationError(Place(), "odd")])
    #expect(ConfigurationFile.lines(for: one, of: "k") == ["odd", "k: 1 error"])
  }
}

struct CommandLineTests {
  @Test func `options are read`() throws {
    let run = try #require(
      try Patchbay.parseAsRoot([
        "run", "kong.yml", "--listen", "[::]:80", "--admin", "localhost:0", "--plugins", "p",
        "--log-level", "debug",
      ]) as? Run)
    #expect(run.file == "kong.yml")
    #expect(run.listen == [ListenerList([Listener(Address(host: "::", port: 80))])])
    #expect(run.admin == [ListenerList([Listener(Address(host: "localhost", port: 0))])])
    #expect(run.plugins == "p")
    #expect(run.logLevel == .debug)
  }

  @Test func `listeners stand behind commas, or behind options of their own`() throws {
    let run = try #require(
      try Patchbay.parseAsRoot([
        "run", "k", "--listen", "[::]:80, 0.0.0.0:443 ssl http2", "--listen", "[::1]:8443 ssl",
        "--admin", "off",
      ]) as? Run)
    #expect(
      run.listen.flatMap(\.listeners).map(\.description) == [
        "[::]:80", "0.0.0.0:443 ssl http2", "[::1]:8443 ssl",
      ])
    #expect(run.admin == [ListenerList([])])
  }

  @Test(arguments: [
    (["run", "k", "--listen", "off"], "--listen: at least one address is needed"),
    (
      ["run", "k", "--listen", "[::]:80", "--listen", "[::]:80 ssl"],
      "--listen: [::]:80 occurs twice"
    ),
    (
      ["run", "k", "--admin", "[::1]:80 http2"], "--admin: the admin API has no options but ssl"
    ),
    (["run"], "Missing expected argument '<file>'"),
    (["run", "k", "--listen", "8000"], "The value '8000' is invalid for '--listen <address>'"),
    (
      ["run", "k", "--log-level", "loud"],
      "The value 'loud' is invalid for '--log-level <level>'. Please provide one of the "
        + "following: trace, debug, info, notice, warning, error, critical"
    ),
    (["run", "k", "--colour"], "Unknown option '--colour'"),
    (["fly"], "Unexpected argument 'fly'"),
  ])
  func `what is wrong on the command line is said in one line`(
    _ arguments: [String], _ reason: String
  ) {
    let error = #expect(throws: (any Error).self) { _ = try Patchbay.parseAsRoot(arguments) }
    #expect(error.map { Patchbay.reason(for: $0) } == reason)
  }

  @Test func `help names every option`() {
    let text = Patchbay.helpMessage(for: Run.self, columns: 100)
    for option in ["--listen", "--admin", "--plugins", "--log-level", "127.0.0.1:8000"] {
      #expect(text.contains(option))
    }
  }
}
