// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import cors

struct CORSTests {
  private func exchange(
    _ config: String, origin: String?, _ headers: Headers = [:], method: String = "GET"
  ) async throws -> HarnessExchange<CORS> {
    var request = TestRequest(method: method, path: "/", headers: headers)
    if let origin { request.headers["Origin"] = origin }
    return try await PluginHarness(CORS.self, configJSON: config).exchange(request)
  }

  /// The headers of a response to a request of this origin.
  private func response(
    _ config: String, origin: String?, _ upstream: Headers = [:]
  ) async throws -> [String: [String]] {
    let exchange = try await exchange(config, origin: origin)
    let result = try await exchange.response(TestResponse(headers: upstream))
    return grouped(try #require(result.response).headers)
  }

  private func preflight(
    _ config: String, origin: String = "https://a.example", _ headers: Headers = [:]
  ) async throws -> TestResponse {
    var headers = headers
    headers["Access-Control-Request-Method"] = "POST"
    let exchange = try await exchange(config, origin: origin, headers, method: "OPTIONS")
    let result = try await exchange.request()
    #expect(result.responded)
    return try #require(result.response)
  }

  private func grouped(_ headers: Headers) -> [String: [String]] {
    Dictionary(headers.all.map { ($0.name.lowercased(), [$0.value]) }, uniquingKeysWith: +)
  }

  // MARK: Who may

  @Test(arguments: [
    ("{}", "https://a.example", "*", false),
    ("{}", nil, "*", false),
    (#"{"origins":[]}"#, "https://a.example", "*", false),
    (#"{"origins":["*"]}"#, "https://a.example", "*", false),
    (#"{"origins":["https://b.example","*"]}"#, "https://a.example", "*", true),
    // One that is no pattern is told to everybody.
    (#"{"origins":["https://b.example"]}"#, "https://a.example", "https://b.example", true),
    (#"{"origins":["https://b.example"]}"#, nil, "https://b.example", true),
    (
      #"{"origins":["https://b.example","https://a.example"]}"#, "https://a.example",
      "https://a.example", true
    ),
    (#"{"origins":["https://b.example","https://c.example"]}"#, "https://a.example", nil, true),
    (#"{"origins":["https://b.example","https://c.example"]}"#, nil, nil, true),
    (#"{"origins":["https://a.example:443","x"]}"#, "https://a.example", "https://a.example", true),
    (#"{"origins":["http://a.example","x"]}"#, "http://a.example:80", "http://a.example", true),
    (#"{"origins":["http://a.example","x"]}"#, "http://a.example:8080", nil, true),
    (#"{"origins":["http://a.example","x"]}"#, "https://a.example", nil, true),
    (#"{"origins":["null","x"]}"#, "null", "null", true),
    (#"{"origins":["http://.*"]}"#, "http://[::1]:8080", "http://[::1]:8080", true),
  ])
  func `an origin is told that it may, or not`(
    config: String, origin: String?, allowed: String?, varies: Bool
  ) async throws {
    let headers = try await response(config, origin: origin)
    #expect(headers["access-control-allow-origin"] == allowed.map { [$0] })
    #expect(headers["vary"] == (varies ? ["Origin"] : nil))
    #expect(headers["access-control-allow-credentials"] == nil)
  }

  @Test(arguments: [
    // Without a colon a pattern is about the host.
    (#".*\\.example"#, "https://a.example", true),
    (#".*\\.example"#, "https://a.example:8443", true),
    (#".*\\.example"#, "https://a.example.evil", false),
    (#".*\\.example"#, "https://evil/a.example", false),
    (#"^a\\.example$"#, "http://a.example", true),
    (#"https?://a\\.example"#, "http://a.example", true),
    (#"https?://a\\.example"#, "http://a.example:8080", false),
    (#"https?://a\\.example(:[0-9]+)?"#, "http://a.example:8080", true),
    // It has to match all, each of its alternatives too.
    (#"https://a\\.example|https://b\\.example"#, "https://b.example", true),
    (#"https://a\\.example|https://b\\.example"#, "https://a.example.evil", false),
    (#"https://a\\.example|https://b\\.example"#, "evil-https://b.example", false),
    (#"^https://a\\.example"#, "https://a.example.evil", false),
  ])
  func `a pattern has to match all of it`(pattern: String, origin: String, may: Bool) async throws {
    let headers = try await response(#"{"origins":["\#(pattern)"]}"#, origin: origin)
    #expect(headers["access-control-allow-origin"] == (may ? [origin] : nil))
  }

  @Test func `a pattern that reaches its limit allows nobody`() async throws {
    let origin = "https://" + String(repeating: "a", count: 5000) + "!"
    let headers = try await response(#"{"origins":["https://(a+)+(a+)+(a+)+$"]}"#, origin: origin)
    #expect(headers["access-control-allow-origin"] == nil)
  }

  // MARK: Responses

  @Test func `what the upstream says of origins does not count, its other variations do`()
    async throws
  {
    let upstream: Headers = ["Access-Control-Allow-Origin": "https://evil", "Vary": "Accept"]
    let config = #"{"origins":["https://b.example","https://c.example"]}"#
    let headers = try await response(config, origin: "https://a.example", upstream)
    #expect(headers["access-control-allow-origin"] == nil)
    #expect(headers["vary"]?.contains("Origin") == true)
    let exchange = try await exchange(config, origin: nil)
    let result = try await exchange.response(TestResponse(headers: upstream))
    #expect(result.response?.headers.all.contains { $0.value == "Accept" } == true)
  }

  @Test func `with credentials everybody is told its own origin`() async throws {
    let all = try await response(#"{"credentials":true}"#, origin: "https://a.example")
    #expect(all["access-control-allow-origin"] == ["https://a.example"])
    #expect(all["access-control-allow-credentials"] == ["true"])
    #expect(all["vary"] == ["Origin"])
    let none = try await response(#"{"credentials":true}"#, origin: nil)
    #expect(none["access-control-allow-origin"] == ["*"])
    #expect(none["access-control-allow-credentials"] == nil)
    #expect(none["vary"] == nil)
    let one = #"{"credentials":true,"origins":["https://b.example"]}"#
    let headers = try await response(one, origin: "https://a.example")
    #expect(headers["access-control-allow-origin"] == ["https://b.example"])
    #expect(headers["access-control-allow-credentials"] == ["true"])
  }

  @Test func `headers are exposed`() async throws {
    let config = #"{"exposed_headers":["X-A","X-B"]}"#
    let headers = try await response(config, origin: "https://a.example")
    #expect(headers["access-control-expose-headers"] == ["X-A,X-B"])
    #expect(headers["access-control-allow-methods"] == nil)
  }

  // MARK: Preflights

  @Test func `a preflight is answered`() async throws {
    let response = try await preflight("{}")
    #expect(response.status == 200)
    #expect(response.body.isEmpty)
    #expect(
      grouped(response.headers) == [
        "access-control-allow-origin": ["*"],
        "access-control-allow-methods": ["GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT"],
      ])
  }

  @Test func `a preflight is told what the configuration says`() async throws {
    let config = """
      {"origins":["https://a.example","https://b.example"],"methods":["GET","POST"],\
      "headers":["X-A","X-B"],"exposed_headers":["X-C"],"max_age":1.5,"credentials":true,\
      "private_network":true}
      """
    let asked: Headers = [
      "Access-Control-Request-Headers": "x-z", "Access-Control-Request-Private-Network": "true",
    ]
    let response = try await preflight(config, asked)
    #expect(
      grouped(response.headers) == [
        "access-control-allow-origin": ["https://a.example"], "vary": ["Origin"],
        "access-control-allow-credentials": ["true"], "access-control-allow-methods": ["GET,POST"],
        "access-control-allow-headers": ["X-A,X-B"], "access-control-max-age": ["1.5"],
        "access-control-allow-private-network": ["true"],
      ])
    let other = try await preflight(config, origin: "https://c.example")
    #expect(grouped(other.headers)["access-control-allow-origin"] == nil)
    #expect(grouped(other.headers)["access-control-allow-private-network"] == nil)
  }

  @Test func `without a list a preflight may send the headers that it asks for`() async throws {
    let response = try await preflight("{}", ["Access-Control-Request-Headers": "x-a, x-b"])
    #expect(response.headers["access-control-allow-headers"] == "x-a, x-b")
  }

  @Test func `preflights may go on to the upstream`() async throws {
    let onward = try await exchange(#"{"preflight_continue":true}"#, origin: "https://a.example")
    await #expect(throws: HarnessError.self) { try await onward.request() }
  }

  @Test(arguments: ["{}", #"{"preflight_continue":true}"#])
  func `the answer to a preflight is not touched again`(config: String) async throws {
    let headers: Headers = ["Access-Control-Request-Method": "POST"]
    let exchange = try await exchange(
      config, origin: "https://a.example", headers, method: "OPTIONS")
    let upstream = TestResponse(headers: ["Access-Control-Allow-Origin": "https://z.example"])
    #expect(try await exchange.response(upstream).response == upstream)
  }

  @Test func `OPTIONS alone is no preflight`() async throws {
    let exchange = try await exchange("{}", origin: "https://a.example", method: "OPTIONS")
    let result = try await exchange.response(TestResponse())
    #expect(result.response?.headers["access-control-allow-origin"] == "*")
  }

  // MARK: Configurations

  @Test(arguments: [
    (
      #"{"origins":["*","https://(a"]}"#, "/origins/1",
      "'https://(a' is not a valid regex: missing closing parenthesis at offset 10"
    ),
    (
      #"{"origins":["a)(b"]}"#, "/origins/0",
      "'a)(b' is not a valid regex: unmatched closing parenthesis at offset 1"
    ),
    (
      #"{"methods":["get"]}"#, "/methods/0",
      "expected one of: GET, HEAD, PUT, PATCH, POST, DELETE, OPTIONS, TRACE, CONNECT"
    ),
    (#"{"headers":["a\nb"]}"#, "/headers/0", "must not have control characters"),
    (#"{"max_age":"1"}"#, "/max_age", "expected a number"),
  ])
  func `a wrong config is refused with its place`(
    config: String, pointer: String, message: String
  ) async throws {
    let found = try await PluginHarness.diagnostics(CORS.self, configJSON: config)
    #expect(found.first?.pointer == pointer)
    #expect(found.first?.message == message)
  }
}
