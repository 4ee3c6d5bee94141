// SPDX-License-Identifier: Apache-2.0

import PluginProtocol
import PluginSDK
import PluginTesting
import Testing

@testable import tcp_log

struct TCPLogTests {
  private func tcp(_ config: String) async throws -> QueueMessage.TCP {
    let harness = try await PluginHarness(TCPLog.self, configJSON: config)
    let queue = try #require(harness.queues.first)
    #expect(harness.queues.count == 1)
    #expect(queue.name == "tcp" && queue.batchSize == 200 && queue.coalescingDelay == 0)
    guard case .tcp(let tcp) = queue.destination else {
      throw OtherDestination()
    }
    return tcp
  }

  @Test func `an entry goes to the queue`() async throws {
    let harness = try await PluginHarness(
      TCPLog.self, configJSON: #"{"host":"logs.example","port":5140}"#)
    let exchange = try await harness.exchange(.get("/x"))
    await exchange.respond(TestResponse(text: "hello"))
    let result = try await exchange.complete(TestSummary())
    #expect(result.deliveries.map(\.queue) == ["tcp"])
    let entry = try JSONValue(parsing: result.deliveries[0].entry)
    #expect(entry.at("/request/uri") == "/x")
    #expect(!result.deliveries[0].entry.contains("\n"))
  }

  @Test func `every field reaches the host`() async throws {
    var expected = QueueMessage.TCP()
    expected.host = "logs.example"
    expected.port = 5140
    expected.timeout = 10_000
    expected.keepalive = 60_000
    #expect(try await tcp(#"{"host":"logs.example","port":5140}"#) == expected)
    expected.timeout = 20
    expected.keepalive = 30
    expected.usesTLS = true
    expected.serverName = "other.example"
    expected.isInsecure = true
    let config = #"""
      {"host":"logs.example","port":5140,"timeout":20,"keepalive":30,"tls":true,
       "tls_sni":"other.example","ssl_verify":false}
      """#
    #expect(try await tcp(config) == expected)
  }

  static let refusals: [(String, String, String)] = [
    (#"{"port":1}"#, "/host", "required field missing"),
    (#"{"host":"h"}"#, "/port", "required field missing"),
    (#"{"host":"a b","port":1}"#, "/host", "invalid value: a b"),
    (#"{"host":"h","port":70000}"#, "/port", "value should be between 0 and 65535"),
    (#"{"host":"h","port":0}"#, "/port", "entries cannot be sent to port 0"),
    (
      #"{"host":"h","port":1,"custom_fields_by_lua":{"a":"return 1"}}"#, "/custom_fields_by_lua",
      "Lua is not supported; let a plugin set log fields instead"
    ),
  ]

  @Test(arguments: refusals)
  func `a wrong config is refused with its place`(
    config: String, pointer: String, message: String
  ) async throws {
    let found = try await PluginHarness.diagnostics(TCPLog.self, configJSON: config)
    #expect(found == [ConfigDiagnostic(pointer, message)])
  }

  @Test func `a log that cannot be written stops nobody`() {
    #expect(TCPLog.manifest.onFailure == .open && TCPLog.manifest.priority == 7)
  }
}

private struct OtherDestination: Error {}
