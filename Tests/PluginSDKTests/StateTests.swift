// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Synchronization
import Testing

/// How often states were encoded in a test: the name tells the tests apart.
private let encodings = Mutex<[String: Int]>([:])

/// Keeps what the client asks it to keep.
private struct KeepingPlugin: Plugin, RequestPhase, ChunkPhase, Stateful {
  struct State: Codable, Equatable {
    var name = ""
    var kept = ""

    func encode(to encoder: any Encoder) throws {
      encodings.withLock { $0[name, default: 0] += 1 }
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      try container.encode(kept, forKey: .kept)
    }

    enum CodingKeys: CodingKey { case name, kept }
  }

  static let manifest = Manifest(name: "keeping", version: "1.0.0")
  var state = State()
  init(config: NoConfig, host: Host) {}

  var requestInterest: Interest? { Interest(headers: ["x-name"]) }

  mutating func request(_ request: inout Request) -> RequestReply {
    state.name = request.headers["x-name"] ?? ""
    return .proceed
  }

  mutating func chunk(_ chunk: inout Chunk) -> ChunkReply {
    if chunk.body.text == "?" {
      chunk.body.replaceAll(with: String(state.kept.utf8.count))
    } else {
      state.kept = chunk.body.text
    }
    return .release
  }
}

struct StateTests {
  private func exchange(_ name: String) async throws -> HarnessExchange<KeepingPlugin> {
    try await PluginHarness(KeepingPlugin.self).exchange(.get("/", headers: ["x-name": name]))
  }

  @Test func `a state that equals the former is neither encoded nor sent`() async throws {
    let name = "equal"
    let exchange = try await exchange(name)
    try await exchange.request()
    for (piece, isSent) in [("a", true), ("a", false), ("?", false), ("b", true), ("b", false)] {
      let result = try await exchange.chunk(Array(piece.utf8))
      #expect((result.checkpoint != nil) == isSent, "\(piece)")
    }
    #expect(encodings.withLock { $0[name] } == 3, "by the request, and for a and b")
  }

  @Test func `a state that was restored equals itself`() async throws {
    let name = "restored"
    let exchange = try await exchange(name)
    try await exchange.request()
    #expect(try await exchange.chunk(Array("abc".utf8)).checkpoint != nil)
    try await exchange.move()
    let same = try await exchange.chunk(Array("?".utf8))
    #expect(same.released == Array("3".utf8))
    #expect(same.checkpoint == nil)
    #expect(try await exchange.chunk(Array("abcd".utf8)).checkpoint != nil)
    #expect(encodings.withLock { $0[name] } == 3)
  }

  /// Bytes around both values.
  private static let frame = #"{"name":"","kept":""}"#.utf8.count

  @Test func `a state that is too large fails its call, and says by how much`() async throws {
    let name = "large"
    let limit = 64 << 10
    let exchange = try await exchange(name)
    try await exchange.request()
    let largest = limit - Self.frame - name.utf8.count
    let whole = try await exchange.chunk(Array(repeating: UInt8(ascii: "x"), count: largest))
    #expect(whole.checkpoint?.utf8.count == limit)
    let error = await #expect(throws: CallError.self) {
      try await exchange.chunk(Array(repeating: UInt8(ascii: "x"), count: largest + 1))
    }
    #expect(error?.code == "state-too-large")
    #expect(
      error?.message
        == "the state, State, has 65537 bytes as a checkpoint; 65536 are allowed")
    // The host has the former one still, from which another process goes on.
    try await exchange.move()
    #expect(try await exchange.chunk(Array("?".utf8)).released == Array("\(largest)".utf8))
  }
}
