// SPDX-License-Identifier: Apache-2.0

import Foundation
import PluginProtocol
import Testing

@testable import HostConfiguration

struct SettingsTests {
  /// Every field of the block.
  private static let everything = """
    plugins: [{name: p}]
    patchbay:
      listen: "0.0.0.0:80"
      admin: "[::1]:9001"
      workers: 3
      plugins_directory: /opt/plugins
      plugins: {require_signed: true, trusted_keys: /etc/keys}
      log_level: debug
      trusted_certificates: /etc/ca.pem
      limits: {request_body: 1MiB, response_body: 2048, request_head: 16KiB, header_count: 64}
      upstream: {max_connections: 100}
      sandbox: required
      processes:
        p:
          {instances: 2, on_failure: open, deadline: 250, memory: 64MiB,
           permissions: [network, processes, "read:/etc/ssl", "write:/var/log/p"]}
    """

  @Test func `every field is read`() throws {
    let settings = try GatewayConfiguration.read(Self.everything).settings
    #expect(settings.listen == Address(host: "0.0.0.0", port: 80))
    #expect(settings.admin == Address(host: "::1", port: 9001))
    #expect(settings.workers == 3)
    #expect(settings.pluginsDirectory == "/opt/plugins")
    #expect(settings.requiresSignedPlugins)
    #expect(settings.trustedKeys == "/etc/keys")
    #expect(settings.logLevel == "debug")
    #expect(settings.trustedCertificates == "/etc/ca.pem")
    #expect(settings.requestBody == 1 << 20)
    #expect(settings.responseBody == 2048)
    #expect(settings.requestHead == 16 << 10)
    #expect(settings.headerCount == 64)
    let processes = try #require(settings.processes["p"])
    #expect(processes.instances == .fixed(2))
    #expect(processes.failsOpen == true)
    #expect(processes.deadline == 250)
    #expect(processes.memory == 64 << 20)
    #expect(
      processes.permissions == [.network, .processes, .read("/etc/ssl"), .write("/var/log/p")])
    #expect(settings.sandbox == .required)
  }

  @Test(
    arguments: [
      ("auto", .auto), ("'auto'", .auto), ("256", .fixed(256)), ("null", .fixed(1)),
    ] as [(String, HostSettings.Instances)])
  func `instances are a number or auto`(_ text: String, _ instances: HostSettings.Instances) throws
  {
    let settings = try GatewayConfiguration.read(
      "plugins: [{name: p}]\npatchbay: {processes: {p: {instances: \(text)}}}"
    ).settings
    #expect(settings.processes["p"]?.instances == instances)
  }

  @Test(arguments: [
    ("[]", ": expected a record, found an array"),
    ("{listen: 8000}", ".listen: expected a string"),
    ("{listen: '8000'}", ".listen: expected an address such as 127.0.0.1:8000 or [::1]:8000"),
    ("{admin: 'x:99999'}", ".admin: expected an address such as 127.0.0.1:8000 or [::1]:8000"),
    ("{workers: 0}", ".workers: value should be between 1 and 1024"),
    ("{plugins_directory: ''}", ".plugins_directory: length must be at least 1"),
    ("{plugins: true}", ".plugins: expected a record, found a boolean"),
    ("{plugins: {require_signed: yes please}}", ".plugins.require_signed: expected a boolean"),
    ("{plugins: {trusted_keys: [a]}}", ".plugins.trusted_keys: expected a string"),
    (
      "{plugins: {require_sign: true}}",
      ".plugins.require_sign: unknown field; did you mean 'require_signed'?"
    ),
    (
      "{log_level: loud}",
      ".log_level: expected one of: trace, debug, info, notice, warning, error, critical"
    ),
    (
      "{limits: {request_body: 1MB}}",
      ".limits.request_body: expected a size such as 1048576 or 8MiB"
    ),
    (
      "{limits: {request_body: -1}}",
      ".limits.request_body: expected a size such as 1048576 or 8MiB"
    ),
    (
      "{limits: {request_body: 99999999999GiB}}",
      ".limits.request_body: expected a size such as 1048576 or 8MiB"
    ),
    (
      "{limits: {request_head: 2MiB}}",
      ".limits.request_head: value should be between 1KiB and 1MiB"
    ),
    ("{limits: {header_count: 1}}", ".limits.header_count: value should be between 8 and 4096"),
    ("{limits: {body: 1}}", ".limits.body: unknown field"),
    ("{processes: []}", ".processes: expected a map"),
    ("{processes: {q: {}}}", ".processes.q: no plugin of this name is configured"),
    ("{processes: {p: 2}}", ".processes.p: expected a record, found a number"),
    (
      "{processes: {p: {instances: 0}}}",
      ".processes.p.instances: value should be between 1 and 256"
    ),
    (
      "{processes: {p: {instances: 257}}}",
      ".processes.p.instances: value should be between 1 and 256"
    ),
    ("{processes: {p: {instances: 1.5}}}", ".processes.p.instances: expected an integer"),
    ("{processes: {p: {instances: many}}}", ".processes.p.instances: expected auto or an integer"),
    ("{processes: {p: {instances: [2]}}}", ".processes.p.instances: expected auto or an integer"),
    (
      "{processes: {p: {on_failure: skip}}}",
      ".processes.p.on_failure: expected one of: open, closed"
    ),
    ("{processes: {p: {deadline: 1s}}}", ".processes.p.deadline: expected an integer"),
    ("{sandbox: some}", ".sandbox: expected one of: required, preferred, off"),
    ("{processes: {p: {memory: 8MiB}}}", ".processes.p.memory: value should be at least 16MiB"),
    ("{processes: {p: {permissions: network}}}", ".processes.p.permissions: expected an array"),
    (
      "{processes: {p: {permissions: ['read:etc']}}}",
      ".processes.p.permissions[0]: expected network, processes, read:/PATH or write:/PATH, with an "
        + "absolute path"
    ),
    ("{listn: x}", ".listn: unknown field; did you mean 'listen'?"),
  ])
  func `what is wrong is named with its place`(_ block: String, _ error: String) {
    #expect(
      GatewayConfiguration.errors("plugins: [{name: p}]\npatchbay: \(block)")
        == ["patchbay\(error) (line 3)"])
  }

  @Test(
    arguments: [
      ("127.0.0.1:8000", Address(host: "127.0.0.1", port: 8000)),
      ("localhost:0", Address(host: "localhost", port: 0)),
      ("[::1]:8000", Address(host: "::1", port: 8000)),
      ("[fe80::1%eth0]:65535", Address(host: "fe80::1%eth0", port: 65535)),
      ("::1:8000", nil), ("8000", nil), (":8000", nil), ("a:", nil), ("a:65536", nil),
      ("a:-1", nil),
      ("[::1]", nil), ("[]:1", nil), ("http://a:1", nil), ("a b:1", nil), ("", nil),
    ] as [(String, Address?)])
  func `addresses`(_ text: String, _ address: Address?) {
    #expect(Address(text) == address)
    if let address { #expect(address.description == text) }
  }

  // MARK: - docs/configuration.md

  /// A row of the documentation's table.
  struct Row {
    var field: String
    var standard: String
  }

  static func documented() throws -> [Row] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "docs/configuration.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    return text.matches(of: /(?m)^\| `([a-z0-9_.NAME]+)` \| [^|]+ \| ([^|]+?) \| [^|]+ \|$/).map {
      Row(field: String($0.1), standard: String($0.2.replacing("`", with: "")))
    }
  }

  @Test func `the documentation has every field that is read, and no other`() throws {
    let value = try YAMLReader.parse(Self.everything).value
    var reader = SettingsReader(plugins: ["p"])
    _ = reader.read(try #require(value["patchbay"]), Place())
    let read = reader.fields.subtracting(["limits", "plugins", "processes", "upstream"])
    #expect(Set(try Self.documented().map(\.field)) == read)
  }

  @Test func `the documentation has the defaults of the code`() throws {
    let settings = HostSettings()
    let processes = HostSettings.Processes()
    func size(_ bytes: Int) -> String {
      bytes % (1 << 20) == 0 ? "\(bytes >> 20)MiB" : "\(bytes >> 10)KiB"
    }
    guard case .fixed(let instances) = processes.instances else {
      Issue.record("the default is a number")
      return
    }
    let defaults = [
      "listen": "\(settings.listen)", "admin": "\(settings.admin)",
      "plugins_directory": settings.pluginsDirectory,
      "plugins.require_signed": "\(settings.requiresSignedPlugins)", "log_level": settings.logLevel,
      "limits.request_body": size(settings.requestBody),
      "limits.response_body": size(settings.responseBody),
      "limits.request_head": size(settings.requestHead),
      "limits.header_count": "\(settings.headerCount)",
      "processes.NAME.instances": "\(instances)",
      "processes.NAME.memory": size(processes.memory), "sandbox": settings.sandbox.rawValue,
    ]
    #expect(settings.workers == nil)
    #expect(settings.trustedCertificates == nil)
    #expect(settings.trustedKeys == nil)
    for row in try Self.documented() {
      guard let expected = defaults[row.field] else { continue }
      #expect(row.standard == expected, "\(row.field)")
    }
  }
}
