// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

/// Tells who the client is by the request's path: `/key/K` or `/name/N`.
private struct TellingPlugin: Plugin, RequestPhase, RetryPhase {
  struct Config: DefaultedConfig {
    var concealed = ConcealedRanges()
  }

  struct ConcealedRanges: Codable, Sendable {
    var from = 0
    var to = 0
  }

  static let manifest = Manifest(
    name: "telling", version: "1.0.0", services: [.consumers], takesConsumers: false)
  let config: Config
  let host: Host
  init(config: Config, host: Host) {
    self.config = config
    self.host = host
  }

  var requestInterest: Interest? { Interest(body: .whole()) }

  mutating func request(_ request: inout Request) async throws -> RequestReply {
    let parts = request.path.split(separator: "/").map(String.init)
    if config.concealed.to > 0 {
      request.concealed.headers = ["x-key"]
      request.concealed.query = ["key"]
      request.concealed.body = [config.concealed.from..<config.concealed.to]
    }
    if parts[0] == "key" {
      guard let found = try await host.consumers.find(key: parts[1].utf8) else {
        return .respond(.text("nobody", status: 401))
      }
      request.authentication = Authentication(found)
      request.headers["x-consumer"] = "\(found.consumer)"
    } else {
      guard let consumer = try await host.consumers.find(named: parts[1]) else {
        return .respond(.text("nobody", status: 401))
      }
      request.authentication = Authentication(anonymous: consumer)
    }
    return .proceed
  }

  mutating func retry(_ request: inout Request, after _: FailedTry) -> RetryReply {
    request.authentication = Authentication(anonymous: Consumer(id: "late"))
    return .tryAgain
  }
}

/// The same without the service in its manifest.
private struct SilentPlugin: Plugin, RequestPhase {
  static let manifest = Manifest(name: "silent", version: "1.0.0")
  let host: Host
  init(config: NoConfig, host: Host) { self.host = host }

  mutating func request(_ request: inout Request) async throws -> RequestReply {
    if request.path == "/ask" { _ = try await host.consumers.find(named: "a") }
    if request.path == "/conceal" { request.concealed.query = ["key"] }
    if request.path == "/tell" {
      request.authentication = Authentication(anonymous: Consumer(id: "a"))
    }
    return .proceed
  }
}

struct ConsumersTests {
  private let alice = Consumer(
    id: "id-a", username: "alice", customID: "7", tags: ["t", "u"], accessGroups: ["staff"],
    groups: ["gold", "silver"])

  private func exchange(
    _ path: String, config: String = "{}"
  ) async throws -> HarnessExchange<TellingPlugin> {
    let harness = try await PluginHarness(TellingPlugin.self, configJSON: config)
    harness.add(alice, keys: ["k": "cred"])
    return try await harness.exchange(.post(path, body: "0123456789"))
  }

  @Test func `a key finds its consumer with all that is known of it`() async throws {
    let result = try await exchange("/key/k").request()
    #expect(
      result.request.authentication
        == Authentication(FoundCredential(id: "cred", consumer: alice)))
    #expect(result.request.headers["x-consumer"] == "\(alice)")
  }

  @Test(arguments: ["/name/alice", "/name/id-a"])
  func `a consumer is found by id or username`(_ path: String) async throws {
    let result = try await exchange(path).request()
    #expect(result.request.authentication == Authentication(anonymous: alice))
    #expect(result.request.authentication?.credential == nil)
  }

  @Test(arguments: ["/key/K", "/name/7"]) func `or nobody is`(_ path: String) async throws {
    let result = try await exchange(path).request()
    #expect(result.response?.status == 401 && result.request.authentication == nil)
  }

  @Test func `what is concealed reaches the host`() async throws {
    let result = try await exchange("/key/k", config: #"{"concealed": {"from": 2, "to": 10}}"#)
      .request()
    var expected = ConcealedFields()
    expected.headers = ["x-key"]
    expected.query = ["key"]
    expected.body = [2..<10]
    #expect(result.request.concealed == expected)
  }

  @Test func `what is concealed is in the body`() async throws {
    let exchange = try await exchange("/key/k", config: #"{"concealed": {"from": 2, "to": 11}}"#)
    let error = await #expect(throws: CallError.self) { try await exchange.request() }
    #expect(error?.code == "bad-edit")
  }

  @Test func `who a client is, is said of a request only`() async throws {
    let exchange = try await exchange("/key/k")
    let error = await #expect(throws: CallError.self) { try await exchange.retry() }
    #expect(error?.code == "undeclared")
  }

  @Test(arguments: ["/ask", "/conceal", "/tell"])
  func `a plugin that does not name the service may not`(_ path: String) async throws {
    let exchange = try await PluginHarness(SilentPlugin.self).exchange(.get(path))
    let error = await #expect(throws: CallError.self) { try await exchange.request() }
    #expect(error?.code == "undeclared")
  }
}
