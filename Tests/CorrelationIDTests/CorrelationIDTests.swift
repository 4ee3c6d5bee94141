// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import correlation_id

struct CorrelationIDTests {
  private static let uuid = #"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"#

  private func exchange(
    _ config: String, _ request: TestRequest = .get("/")
  ) async throws -> HarnessExchange<CorrelationID> {
    try await PluginHarness(CorrelationID.self, configJSON: config).exchange(request)
  }

  private func matches(_ text: String, _ pattern: String) throws -> Bool {
    try Regex(pattern).wholeMatch(in: text) != nil
  }

  @Test func `a request without an id gets one, and the log has it`() async throws {
    let result = try await exchange("{}").request()
    let id = try #require(result.request.headers["Kong-Request-ID"])
    #expect(try matches(id, Self.uuid + "#[0-9]+"))
    #expect(result.logFields == ["correlation_id": .string(id)])
    #expect(result.variables.isEmpty)
  }

  @Test func `a process counts its requests`() async throws {
    let harness = try await PluginHarness(CorrelationID.self)
    var ids: [[Substring]] = []
    for _ in 0..<2 {
      let id = try await harness.exchange(.get("/")).request().request.headers["kong-request-id"]
      ids.append(try #require(id).split(separator: "#"))
    }
    #expect(ids[0][0] == ids[1][0])
    // Other tests count beside.
    #expect(try #require(Int(ids[1][1])) > #require(Int(ids[0][1])))
  }

  @Test func `UUIDs are random`() async throws {
    var seen: Set<String> = []
    for _ in 0..<100 {
      let result = try await exchange(#"{"generator":"uuid"}"#).request()
      seen.insert(try #require(result.request.headers["kong-request-id"]))
    }
    #expect(seen.count == 100)
    #expect(try seen.allSatisfy { try matches($0, Self.uuid) })
  }

  @Test(arguments: [
    ("http", "gateway.test:8000", "gateway.test-8000"), ("http", "gateway.test", "gateway.test-80"),
    ("https", "[::1]", "[::1]-443"), ("https", "[::1]:8443", "[::1]-8443"),
  ])
  func `a tracker is made of the request's facts`(
    scheme: String, authority: String, place: String
  ) async throws {
    var request = TestRequest.get("/")
    request.scheme = scheme
    request.authority = authority
    let result = try await exchange(#"{"generator":"tracker"}"#, request).request()
    let id = try #require(result.request.headers["kong-request-id"])
    #expect(id.hasPrefix(place + "-"))
    #expect(
      try matches(String(id.dropFirst(place.count)), #"-[0-9]+-[0-9]+-[0-9]+-1700000000\.000"#))
  }

  @Test func `a client's own id is kept, an empty one is none`() async throws {
    let config = #"{"header_name":"X-Id","generator":"uuid"}"#
    let kept = try await exchange(config, .get("/", headers: ["x-id": "mine"])).request()
    #expect(kept.request.headers.all.map(\.value) == ["mine"])
    #expect(kept.logFields == ["correlation_id": "mine"])
    let made = try await exchange(config, .get("/", headers: ["x-id": ""])).request()
    #expect(try matches(made.request.headers["x-id"] ?? "", Self.uuid))
  }

  @Test func `the client gets the id, from another process too`() async throws {
    let exchange = try await exchange(#"{"echo_downstream":true}"#)
    let id = try await exchange.request().request.headers["kong-request-id"]
    try await exchange.move()
    let response = try await exchange.response(TestResponse(headers: ["kong-request-id": "other"]))
    #expect(response.response?.headers.all.map(\.value) == [try #require(id)])
  }

  @Test func `a request that passed it by still has an id in its response`() async throws {
    let config = #"{"echo_downstream":true,"generator":"uuid"}"#
    let given = try await exchange(config, .get("/", headers: ["Kong-Request-ID": "mine"]))
    #expect(try await given.response(TestResponse()).response?.headers["kong-request-id"] == "mine")
    let none = try await exchange(config).response(TestResponse())
    #expect(try matches(none.response?.headers["kong-request-id"] ?? "", Self.uuid))
  }

  @Test func `without echo responses are left alone`() async throws {
    let exchange = try await exchange("{}")
    await #expect(throws: HarnessError.self) { try await exchange.response(TestResponse()) }
  }

  @Test(arguments: [
    (#"{"generator":"uuid4"}"#, "/generator", "expected one of: uuid, uuid#counter, tracker"),
    (
      #"{"header_name":"a b"}"#, "/header_name",
      "bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', and '-'"
    ),
    (#"{"echo_downstream":1}"#, "/echo_downstream", "expected a boolean"),
  ])
  func `a wrong config is refused with its place`(
    config: String, pointer: String, message: String
  ) async throws {
    let found = try await PluginHarness.diagnostics(CorrelationID.self, configJSON: config)
    #expect(found.first?.pointer == pointer)
    #expect(found.first?.message == message)
  }
}
