// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// What the tests of the runtime start as a process.
@main
struct SDKTestPlugin: Plugin, RequestPhase, Stateful {
  struct Config: DefaultedConfig {
    var name = "x-hello"
    var value = "world"
  }

  struct State: Codable { var calls = 0 }

  static let manifest = Manifest(
    name: "sdk-test", version: "1.2.3", priority: 5, services: [.kv],
    permissions: [.network, .read("/etc/ssl"), .write("/var/log/x"), .processes])
  let config: Config
  let host: Host
  var state = State()

  init(config: Config, host: Host) throws {
    guard !config.name.isEmpty else { throw ConfigError("/name", "must not be empty") }
    self.config = config
    self.host = host
  }

  var requestInterest: Interest? { Interest(headers: ["x-mode"], body: .whole()) }

  mutating func request(_ request: inout Request) async throws -> RequestReply {
    state.calls += 1
    switch request.headers["x-mode"] {
    case "wait":
      try await host.sleep(for: .seconds(3600))
    case "nap":
      try await host.sleep(for: .milliseconds(30))
    case "echo":
      return .respond(Response(body: Array(request.body.bytes)))
    case "kv":
      let value = try await host.kv.get("greeting")
      return .respond(.text(value?.value.text ?? "none"))
    case "crash":
      preconditionFailure("asked for by a test")
    default: break
    }
    request.headers[config.name] = config.value
    return .proceed
  }
}
