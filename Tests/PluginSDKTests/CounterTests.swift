// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

/// Counts requests and pieces, and says what it counted.
private struct CountingPlugin: Plugin, RequestPhase, ChunkPhase {
  static let manifest = Manifest(name: "counting", version: "1.0.0", services: [.counter])
  let host: Host
  init(config: NoConfig, host: Host) { self.host = host }

  var requestInterest: Interest? { Interest(headers: ["x-mode"]) }
  var chunkInterest: ChunkInterest? { ChunkInterest(.transform) }

  mutating func request(_ request: inout Request) async throws -> RequestReply {
    switch request.headers["x-mode"] {
    case "overflow":
      try await host.counter.add("full", by: .max)
      try await host.counter.add("full")
    case "no-window": try await host.counter.add("n", window: .zero)
    case "window":
      let first = try await host.counter.add("w", window: .milliseconds(1500))
      try await host.sleep(for: first.timeLeft ?? .zero)
      let second = try await host.counter.add("w", window: .milliseconds(1500))
      return .respond(
        .text("\(second.value) \((second.windowEnd ?? 0) - (first.windowEnd ?? 0))"))
    case "kv": _ = try await host.kv.get("k")
    default:
      let added = try await host.counter.add("n", by: 3)
      let other = try await host.counter.get("n", window: .seconds(1))
      let same = try await host.counter.get("n")
      return .respond(
        .text("\(added.value) \(other.value) \(same.value) \(added.windowEnd == nil)"))
    }
    return .proceed
  }

  mutating func chunk(_ chunk: inout Chunk) async throws -> ChunkReply {
    try await host.counter.add("pieces", by: 1)
    return .release
  }
}

struct CounterTests {
  private func harness() async throws -> PluginHarness<CountingPlugin> {
    try await PluginHarness(CountingPlugin.self)
  }

  private func request(_ mode: String) -> TestRequest { .get("/", headers: ["x-mode": mode]) }

  @Test func `a counter adds up over exchanges, and is another one with a window`() async throws {
    let harness = try await harness()
    let first = try await harness.exchange(request("count")).request()
    #expect(first.response?.text == "3 0 3 true")
    let second = try await harness.exchange(request("count")).request()
    #expect(second.response?.text == "6 0 6 true")
    #expect(await harness.counter("n") == 6)
    #expect(await harness.counter("n", window: .seconds(1)) == 0)
  }

  @Test func `a counter begins anew with its window`() async throws {
    let result = try await harness().exchange(request("window")).request()
    #expect(result.response?.text == "1 1500")
  }

  @Test(arguments: [
    ("overflow", "counter-overflow"), ("no-window", "bad-window"), ("kv", "undeclared"),
  ])
  func `what cannot be counted is an error`(mode: String, code: String) async throws {
    let exchange = try await harness().exchange(request(mode))
    let error = await #expect(throws: CallError.self) { try await exchange.request() }
    #expect(error?.code == code)
  }

  @Test func `a call that is run again counts once`() async throws {
    let harness = try await harness()
    let exchange = try await harness.exchange(request("count"))
    let first = try await exchange.request()
    let again = try await exchange.runAgain()
    #expect(again.response == first.response)
    #expect(await harness.counter("n") == 3)
  }

  @Test func `pieces are counted once each, whichever is run again`() async throws {
    let harness = try await harness()
    for again in 0..<5 {
      let exchange = try await harness.exchange(.get("/"))
      let before = await harness.counter("pieces")
      for piece in 0..<5 {
        try await exchange.chunk([UInt8(piece)], isLast: piece == 4)
        if piece == again { try await exchange.runAgain() }
      }
      #expect(await harness.counter("pieces") == before + 5)
    }
  }
}
