// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import request_termination

struct RequestTerminationTests {
  private func answer(
    _ config: String, _ request: TestRequest = .get("/")
  ) async throws -> TestResponse? {
    let harness = try await PluginHarness(RequestTermination.self, configJSON: config)
    let result = try await harness.exchange(request).request()
    return result.responded ? result.response : nil
  }

  @Test(arguments: [
    ("{}", 503, #"{"message":"Service unavailable"}"#),
    (#"{"status_code":401}"#, 401, #"{"message":"Unauthorized"}"#),
    (#"{"status_code":404}"#, 404, #"{"message":"Not found"}"#),
    (#"{"status_code":405}"#, 405, #"{"message":"Method not allowed"}"#),
    (#"{"status_code":500}"#, 500, #"{"message":"An unexpected error occurred"}"#),
    (#"{"status_code":502}"#, 502, #"{"message":"Bad Gateway"}"#),
    (#"{"message":"so \"long\"","status_code":200}"#, 200, #"{"message":"so \"long\""}"#),
  ])
  func `the answer is a message`(config: String, status: Int, body: String) async throws {
    let response = try #require(try await answer(config))
    #expect(response.status == status)
    #expect(response.text == body)
    #expect(response.headers["content-type"] == "application/json; charset=utf-8")
  }

  @Test func `a status for which Kong has no words has no body`() async throws {
    let response = try #require(try await answer(#"{"status_code":204}"#))
    #expect(response.status == 204)
    #expect(response.body.isEmpty)
    #expect(response.headers.all.isEmpty)
  }

  @Test func `the answer is a body`() async throws {
    let config = #"{"status_code":200,"content_type":"text/html","body":"<p>é</p>"}"#
    let response = try #require(try await answer(config))
    #expect(response.text == "<p>é</p>")
    #expect(response.headers["content-type"] == "text/html")
    let bare = try #require(try await answer(#"{"body":"x"}"#))
    #expect((bare.status, bare.text) == (503, "x"))
    #expect(bare.headers["content-type"] == nil)
  }

  @Test(arguments: [
    (TestRequest.get("/"), false), (.get("/?x=trigger"), false), (.get("/?trigger-2"), false),
    (.get("/?a=1&trigger"), true), (.get("/?trigger=0"), true),
    (.get("/", headers: ["Trigger": ""]), true), (.get("/", headers: ["trigger-2": ""]), false),
  ])
  func `only requests with the trigger are answered`(request: TestRequest, is answered: Bool)
    async throws
  {
    #expect(try await (answer(#"{"trigger":"trigger"}"#, request) != nil) == answered)
  }

  @Test func `an echo tells what the request was`() async throws {
    var request = TestRequest.post(
      "/a/b?x=1&x=2&flag", headers: ["X-A": "1", "x-a": "2", "Authorization": "Bearer secret"],
      body: "hello")
    request.authority = "gateway.test:8000"
    request.captures = ["name": "b"]
    let response = try #require(try await answer(#"{"echo":true,"status_code":404}"#, request))
    #expect(response.status == 404)
    #expect(!response.text.contains("secret"))
    let expected: JSONValue = [
      "message": "Not found",
      "request": [
        "scheme": "http", "host": "gateway.test", "port": 8000, "method": "POST", "path": "/a/b",
        "query": ["x": ["1", "2"], "flag": true], "headers": ["x-a": ["1", "2"]],
        "raw_body": "hello", "uri_captures": ["named": ["name": "b"]],
      ],
      "matched_route": ["name": "route"], "matched_service": ["name": "service"],
    ]
    #expect(try JSONValue(parsing: response.text) == expected)
  }

  private static let bodies: [(String, String, JSONValue)] = [
    ("application/json; charset=utf-8", #"{"a":[1]}"#, ["a": [1]]),
    ("Application/JSON", "[", .null),
    ("application/x-www-form-urlencoded", "a=1&b=x+y&a=%C3%A9", ["a": ["1", "é"], "b": "x y"]),
    ("text/plain", "{}", .null),
  ]

  @Test(arguments: bodies)
  func `an echo reads the body as its type says`(type: String, body: String, read: JSONValue)
    async throws
  {
    let request = TestRequest.post("/", headers: ["content-type": type], body: body)
    let response = try #require(
      try await answer(#"{"echo":true,"trigger":"content-type","message":"m"}"#, request))
    let echo = try JSONValue(parsing: response.text)
    #expect(echo["message"] == "m")
    #expect((echo.at("/request/body") ?? .null) == read)
    #expect(echo.at("/request/raw_body") == .string(body))
    #expect(echo.at("/request/port") == 80)
  }

  @Test(arguments: [
    (#"{"message":"a","body":"b"}"#, "", "message cannot be used with content_type or body"),
    (
      #"{"message":"a","content_type":"b"}"#, "", "message cannot be used with content_type or body"
    ),
    (#"{"content_type":"text/html"}"#, "", "content_type requires a body"),
    (#"{"echo":true,"body":"x"}"#, "", "echo cannot be used with content_type and body"),
    (#"{"status_code":199}"#, "/status_code", "value should be between 200 and 599"),
    (
      #"{"trigger":"a b"}"#, "/trigger",
      "bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', and '-'"
    ),
  ])
  func `a wrong config is refused with its place`(
    config: String, pointer: String, message: String
  ) async throws {
    let found = try await PluginHarness.diagnostics(RequestTermination.self, configJSON: config)
    #expect(found.first?.pointer == pointer)
    #expect(found.first?.message == message)
  }

  @Test func `a body of many members costs no more than its bytes`() async throws {
    let body = "{" + (0..<200_000).map { "\"m\($0)\":0" }.joined(separator: ",") + "}"
    let request = TestRequest.post("/", headers: ["content-type": "application/json"], body: body)
    let clock = ContinuousClock()
    let time = try await clock.measure { _ = try await answer(#"{"echo":true}"#, request) }
    // To search for each name among those before it would take minutes.
    #expect(time < .seconds(20))
  }
}
