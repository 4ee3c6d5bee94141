// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostClients
import PluginProtocol
import Testing

@testable import HostConfiguration

struct SettingsTests {
  /// Every field of the block.
  private static let everything = """
    plugins: [{name: p}]
    patchbay:
      listen: ["0.0.0.0:80 reuseport", "[::]:443 ssl http2 proxy_protocol backlog=100"]
      admin: "[::1]:9001 ssl"
      tls:
        {certificate: /etc/a.pem, key: /etc/a.key, cipher_suite: modern, handshake_timeout: 500,
         client_verify: optional, client_ca: /etc/clients.pem, certificates: [
           {certificate: /etc/b.pem, key: /etc/b.key, snis: [b.example, "*.b.example"],
            client_verify: required, client_ca: /etc/others.pem}]}
      workers: 3
      cpu_latency: 20
      plugins_directory: /opt/plugins
      plugins: {require_signed: true, trusted_keys: /etc/keys}
      log_level: debug
      trusted_certificates: /etc/ca.pem
      limits:
        {request_body: 1MiB, response_body: 2048, retry_body: 1KiB, request_head: 16KiB,
         header_count: 64, request_target: 4KiB, client_header_timeout: 100, client_body_timeout: 200,
         send_timeout: 300, keepalive_timeout: 0, keepalive_requests: 5, connections: 6,
         connections_per_address: 7}
      trusted_ips: [10.0.0.0/8, "::1", "unix:"]
      real_ip_header: proxy_protocol
      real_ip_recursive: true
      headers: [latency_tokens, Via, X-Kong-Upstream-Status]
      headers_upstream: off
      error_default_type: text/plain
      upstream: {max_connections: 100}
      sandbox: required
      processes:
        p:
          {instances: 2, on_failure: open, deadline: 250, memory: 64MiB,
           permissions: [network, processes, "read:/etc/ssl", "write:/var/log/p"]}
    """

  @Test func `every field is read`() throws {
    let settings = try GatewayConfiguration.read(Self.everything).settings
    #expect(
      settings.listen.map(\.description) == [
        "0.0.0.0:80 reuseport", "[::]:443 ssl http2 proxy_protocol backlog=100",
      ])
    #expect(settings.admin.map(\.description) == ["[::1]:9001 ssl"])
    #expect(settings.admin.map(\.address) == [Address(host: "::1", port: 9001)])
    let standard = try #require(settings.tls.standard)
    #expect(standard.certificate == "/etc/a.pem" && standard.key == "/etc/a.key")
    #expect(standard.clients.verification == .optional)
    #expect(standard.clients.authorities == "/etc/clients.pem")
    let named = try #require(settings.tls.certificates.first)
    #expect(named.certificate == "/etc/b.pem" && named.key == "/etc/b.key")
    #expect(named.snis == ["b.example", "*.b.example"])
    #expect(named.clients.verification == .required)
    #expect(named.clients.authorities == "/etc/others.pem")
    #expect(settings.tls.cipherSuite == "modern")
    #expect(settings.tls.handshakeTimeout == 500)
    #expect(settings.workers == 3)
    #expect(settings.cpuLatency == 20)
    #expect(settings.pluginsDirectory == "/opt/plugins")
    #expect(settings.requiresSignedPlugins)
    #expect(settings.trustedKeys == "/etc/keys")
    #expect(settings.logLevel == "debug")
    #expect(settings.trustedCertificates == "/etc/ca.pem")
    #expect(settings.requestBody == 1 << 20)
    #expect(settings.responseBody == 2048)
    #expect(settings.retryBody == 1 << 10)
    #expect(settings.requestHead == 16 << 10)
    #expect(settings.headerCount == 64)
    let clients = settings.clients
    #expect(clients.requestTarget == 4 << 10)
    #expect(clients.headerTimeout == 100)
    #expect(clients.bodyTimeout == 200)
    #expect(clients.sendTimeout == 300)
    #expect(clients.keepaliveTimeout == 0)
    #expect(clients.keepaliveRequests == 5)
    #expect(clients.connections == 6)
    #expect(clients.connectionsOfAddress == 7)
    let trusted = ["10.0.0.0/8", "::1", "unix:"].compactMap { AddressBlock($0) }
    #expect(clients.trustedIPs == trusted)
    #expect(clients.realIPHeader == .proxyProtocol)
    #expect(clients.isRealIPRecursive)
    #expect(
      clients.headers
        == [.upstreamLatency, .proxyLatency, .responseLatency, .via, .upstreamStatus])
    #expect(clients.upstreamHeaders.isEmpty)
    #expect(clients.errorDefaultType == .plain)
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
    ("{cpu_latency: -1}", ".cpu_latency: value should be between 0 and 1000000"),
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
    (
      "{limits: {request_head: 2KiB, request_target: 4KiB}}",
      ".limits.request_target: value should not be above request_head"
    ),
    (
      "{limits: {client_header_timeout: 0}}",
      ".limits.client_header_timeout: value should be between 1 and 3600000"
    ),
    (
      "{limits: {client_body_timeout: 60s}}",
      ".limits.client_body_timeout: expected an integer"
    ),
    (
      "{limits: {send_timeout: -1}}",
      ".limits.send_timeout: value should be between 1 and 3600000"
    ),
    (
      "{limits: {keepalive_timeout: 3600001}}",
      ".limits.keepalive_timeout: value should be between 0 and 3600000"
    ),
    (
      "{limits: {keepalive_requests: 0}}",
      ".limits.keepalive_requests: value should be between 1 and 1000000000"
    ),
    (
      "{limits: {connections: 0}}",
      ".limits.connections: value should be between 1 and 10000000"
    ),
    (
      "{limits: {connections_per_address: x}}",
      ".limits.connections_per_address: expected an integer"
    ),
    (
      "{trusted_ips: [10.0.0.0/33]}",
      ".trusted_ips[0]: expected an address, a range such as 10.0.0.0/8, or unix:"
    ),
    ("{trusted_ips: 10.0.0.1}", ".trusted_ips: expected an array"),
    ("{real_ip_header: 'X Real'}", ".real_ip_header: invalid header name"),
    ("{real_ip_recursive: maybe}", ".real_ip_recursive: expected a boolean"),
    (
      "{headers: [X-Powered-By]}",
      ".headers[0]: expected one of: server, via, x-kong-upstream-latency, x-kong-proxy-latency, "
        + "x-kong-response-latency, x-kong-upstream-status, x-kong-request-id, latency_tokens, "
        + "server_tokens"
    ),
    ("{headers: on}", ".headers: expected an array"),
    ("{headers_upstream: [Via]}", ".headers_upstream[0]: expected one of: x-kong-request-id"),
    (
      "{error_default_type: text/css}",
      ".error_default_type: expected one of: application/json, application/xml, text/html, text/plain"
    ),
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
    let read = reader.fields.subtracting([
      "limits", "plugins", "processes", "tls", "tls.certificates", "upstream",
    ])
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
      "listen": settings.listen.map(\.description).joined(),
      "admin": settings.admin.map(\.description).joined(),
      "tls.cipher_suite": settings.tls.cipherSuite,
      "tls.handshake_timeout": "\(settings.tls.handshakeTimeout)",
      "tls.client_verify": settings.tls.clients.verification.rawValue,
      "plugins_directory": settings.pluginsDirectory,
      "plugins.require_signed": "\(settings.requiresSignedPlugins)", "log_level": settings.logLevel,
      "limits.request_body": size(settings.requestBody),
      "limits.response_body": size(settings.responseBody),
      "limits.retry_body": size(settings.retryBody),
      "limits.request_head": size(settings.requestHead),
      "limits.header_count": "\(settings.headerCount)",
      "limits.request_target": size(settings.clients.requestTarget),
      "limits.client_header_timeout": "\(settings.clients.headerTimeout)",
      "limits.client_body_timeout": "\(settings.clients.bodyTimeout)",
      "limits.send_timeout": "\(settings.clients.sendTimeout)",
      "limits.keepalive_timeout": "\(settings.clients.keepaliveTimeout)",
      "limits.keepalive_requests": "\(settings.clients.keepaliveRequests)",
      "real_ip_recursive": "\(settings.clients.isRealIPRecursive)",
      "error_default_type": settings.clients.errorDefaultType.rawValue,
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
