// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import file_log

struct FileLogTests {
  private static let config = #"{"path":"/var/log/kong.json"}"#

  private func entry(
    _ request: TestRequest, _ response: TestResponse? = nil,
    _ change: (inout TestSummary) -> Void = { _ in }
  ) async throws -> JSONValue {
    let harness = try await PluginHarness(FileLog.self, configJSON: Self.config)
    let exchange = try await harness.exchange(request)
    if let response { await exchange.respond(response) }
    var summary = TestSummary()
    change(&summary)
    let lines = try await exchange.complete(summary).lines
    #expect(lines.map(\.file) == ["/var/log/kong.json"])
    let line = try #require(lines.first?.line)
    #expect(!line.contains("\n"))
    return try JSONValue(parsing: line)
  }

  @Test func `an entry is Kong's, key by key`() async throws {
    var request = TestRequest.get(
      "/a%20b?q=1&q=2&e=&flag&n%C3%A4me=x%20y", headers: ["X-Twice": "a", "x-twice": "b"])
    request.authority = "gateway.test:8000"
    let response = TestResponse(headers: ["Content-Type": "text/plain", "Via": "1"], text: "hello")
    let entry = try await entry(request, response) {
      $0.requestID = "abc"
      $0.requestHeadBytes = 100
      $0.requestBytes = 20
      $0.responseHeadBytes = 50
      $0.responseBytes = 5
      $0.upstream = .milliseconds(30)
      $0.firstByte = .microseconds(32_500)
      $0.total = .milliseconds(50)
      $0.upstreamURL = "http://192.0.2.7:81/v1/x"
      $0.upstreamTries = [
        UpstreamTry(
          host: "192.0.2.7", port: 81, startedAt: 1_700_000_000_001_500,
          connected: .microseconds(2700))
      ]
      $0.tls = ("TLSv1.3", "TLS_AES_256_GCM_SHA384", "NONE")
      $0.serviceJSON = #"{"name":"s","port":80}"#
      $0.routeJSON = #"{"name":"r","paths":["/a"]}"#
    }
    let expected: JSONValue = [
      "request": [
        "id": "abc", "method": "GET", "uri": "/a%20b?q=1&q=2&e=&flag&n%C3%A4me=x%20y",
        "url": "http://gateway.test:8000/a%20b?q=1&q=2&e=&flag&n%C3%A4me=x%20y",
        "querystring": ["q": ["1", "2"], "e": "", "flag": true, "näme": "x y"],
        "headers": ["x-twice": ["a", "b"]], "size": 120,
        "tls": [
          "version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384", "client_verify": "NONE",
        ],
      ],
      "response": [
        "status": 200, "headers": ["content-type": "text/plain", "via": "1"], "size": 55,
      ],
      "latencies": ["request": 50, "kong": 2, "proxy": 30, "receive": 18],
      "tries": [
        [
          "ip": "192.0.2.7", "port": 81, "balancer_start": 1_700_000_000_001,
          "balancer_start_ns": 1_700_000_000_001_500_000, "balancer_latency": 2,
        ]
      ],
      "client_ip": "192.0.2.1", "started_at": 1_700_000_000_000, "upstream_uri": "/v1/x",
      "upstream_status": "200", "source": "upstream",
      "workspace": "0dc6f45b-8f8d-40d2-a504-473544ee190b", "workspace_name": "default",
      "service": ["name": "s", "port": 80], "route": ["name": "r", "paths": ["/a"]],
    ]
    #expect(entry == expected)
  }

  @Test func `credentials are redacted, and cookies are not shown`() async throws {
    let entry = try await entry(
      .get(
        "/",
        headers: [
          "Authorization": "Bearer secret-1", "Proxy-Authorization": "Basic secret-2",
          "Cookie": "secret-3", "Accept": "*/*",
        ]))
    #expect(
      entry.at("/request/headers")
        == ["authorization": "REDACTED", "proxy-authorization": "REDACTED", "accept": "*/*"])
    #expect(!entry.description.contains("secret"))
  }

  @Test func `a response of the gateway's own is Kong's`() async throws {
    for source in [Source.plugin, .host] {
      let entry = try await entry(.get("/")) {
        $0.source = source
        $0.status = 404
        $0.tries = 0
        $0.upstreamURL = ""
        $0.upstreamStatus = 0
        $0.upstream = .zero
        $0.firstByte = .milliseconds(3)
        $0.total = .milliseconds(3)
      }
      #expect(entry["source"] == "kong")
      #expect(entry["upstream_status"] == "")
      #expect(entry["upstream_uri"] == "")
      #expect(entry["tries"] == [])
      #expect(entry["latencies"] == ["request": 3, "kong": 3, "proxy": -1, "receive": 0])
      #expect(entry["service"] == nil)
      #expect(entry["authenticated_entity"] == nil)
    }
  }

  @Test func `a client that left before the head has only waited`() async throws {
    let entry = try await entry(.get("/")) {
      $0.clientAborted = true
      $0.firstByte = .zero
      $0.upstream = .zero
      $0.total = .milliseconds(7)
    }
    #expect(entry["latencies"] == ["request": 7, "kong": 7, "proxy": 0, "receive": 0])
    #expect(entry.at("/response/headers") == [:])
  }

  @Test func `tries are a list, and failed ones say so`() async throws {
    let entry = try await entry(.get("/")) {
      $0.upstreamTries = [
        UpstreamTry(host: "2001:db8::1", port: 8080, error: "upstream_unreachable", status: 503),
        UpstreamTry(host: "api.test", port: 443, connected: .milliseconds(4)),
      ]
      $0.tries = 2
    }
    #expect(
      entry["tries"] == [
        [
          "ip": "2001:db8::1", "port": 8080, "balancer_start": 0, "balancer_start_ns": 0,
          "balancer_latency": 0, "state": "failed", "code": 503,
        ],
        [
          "host": "api.test", "port": 443, "balancer_start": 0, "balancer_start_ns": 0,
          "balancer_latency": 4,
        ],
      ])
  }

  @Test func `a query of many names costs no more than its bytes`() async throws {
    let path = "/?" + (0..<30_000).map { "n\($0)" }.joined(separator: "&")
    let clock = ContinuousClock()
    let time = try await clock.measure {
      let entry = try await entry(.get(path))
      #expect(entry.at("/request/querystring")?.object?.members.count == 30_000)
    }
    // To search for each name among those before it would take a minute.
    #expect(time < .seconds(20))
  }

  @Test func `what the upstream answered is told, whatever became of it`() async throws {
    let entry = try await entry(.get("/")) {
      $0.source = .plugin
      $0.status = 200
      $0.upstreamStatus = 502
    }
    #expect(entry["upstream_status"] == "502")
    #expect(entry["source"] == "kong")
  }

  @Test func `fields of other plugins stand where their paths say`() async throws {
    let entry = try await entry(.get("/")) {
      $0.logFields = [
        ("ai.proxy.usage.cost", "0.00000315"), ("ai.proxy.meta", #"{"a":1}"#),
        ("ai.proxy.usage.total_tokens", "12"), ("ai.sanitizer", #"{"n":1.50,"o":{"p":[]}}"#),
        ("ai.sanitizer.items", "[2]"), ("source", #""mine""#), ("broken", "{"),
      ]
    }
    #expect(entry.at("/ai/proxy/usage/cost")?.description == "0.00000315")
    #expect(entry.at("/ai/proxy/usage/total_tokens") == 12)
    #expect(entry.at("/ai/proxy/meta/a") == 1)
    #expect(
      entry.at("/ai/sanitizer")?.description == #"{"n":1.50,"o":{"p":[]},"items":[2]}"#)
    #expect(entry["source"] == "mine")
    #expect(entry["broken"] == nil)
  }

  @Test func `fields stand in the order in which they came, also where they meet`() async throws {
    let entry = try await entry(.get("/")) {
      $0.routeJSON = #"{"id":"r","tags":[1]}"#
      $0.logFields = [
        ("ai.a.x", "1"), ("ai.a.y", #""é\u0041\/\n""#), ("ai.b", "[1, 2]"), ("ai.a.z", "1.50"),
        ("route.name", "true"), ("ai.a", "null"), ("ai.a.w", "{}"), (".ai..c.", "-2e1"),
        ("..", "7"),
        ("ai.b.d", #""say \"a\"""#), ("ai.b", "01"), ("", "1"), ("response.status", "500"),
      ]
    }
    #expect(entry["ai"]?.description == #"{"a":{"w":{}},"b":{"d":"say \"a\""},"c":-2e1}"#)
    #expect(entry["route"]?.description == #"{"id":"r","tags":[1],"name":true}"#)
    #expect(
      entry["response"]?.description == #"{"status":500,"headers":{},"size":0}"#)
    #expect(entry.object?.members.map(\.name).suffix(2) == ["route", "ai"])
  }

  @Test func `texts are escaped as JSON wants it, and spelled in one way`() async throws {
    let request = TestRequest.get(
      "/a?q=%22%5C%0A%FF", headers: ["X-Quote": #"a "b" \c"#, "X-Long": "0123456789 \t\"é"])
    let entry = try await entry(request) {
      $0.logFields = [
        ("text", #" "\u0009\u00e9\/\u001f" "#), ("list", "[ 1.0 ,{ } ]"),
        ("plain", #"{"a":{"b":-1.50e3,"c":null},"d":[true,false],"e":"","f":{}}"#),
        ("twice", #"{"a":1,"b":{"c":true,"c":false},"a":2}"#), ("cut", #"{"a":1"#),
        ("more", #"{"a":1}}"#), ("open", #"{"a":"b}"#), ("comma", #"{"a":1,}"#), ("minus", "-"),
      ]
    }
    #expect(
      entry.at("/request")?.description.contains(
        #""querystring":{"q":"\"\\\n\#u{FFFD}"},"headers":{"x-quote":"a \"b\" \\c","x-long":"0123456789 \t\"é"}"#
      ) == true)
    #expect(entry["text"]?.description == #""\té/\u001f""#)
    #expect(entry["list"]?.description == "[1.0,{}]")
    #expect(
      entry["plain"]?.description
        == #"{"a":{"b":-1.50e3,"c":null},"d":[true,false],"e":"","f":{}}"#)
    #expect(entry["twice"]?.description == #"{"a":2,"b":{"c":false}}"#)
    for broken in ["cut", "more", "open", "comma", "minus"] { #expect(entry[broken] == nil) }
  }

  @Test func `fields of many names cost no more than their bytes`() async throws {
    let names = (0..<3000).map { "X-\($0)" }
    var headers = Headers()
    for name in names + ["x-7", "X-7"] { headers.add(name, "v") }
    let entry = try await entry(.get("/", headers: headers))
    let logged = entry.at("/request/headers")?.object
    #expect(logged?.members.map(\.name) == names.map { $0.lowercased() })
    #expect(logged?["x-7"] == ["v", "v", "v"])
  }

  static let refusals: [(String, String, String)] = [
    ("{}", "/path", "required field missing"),
    (#"{"path":""}"#, "/path", "length must be at least 1"),
    (#"{"path":"relative.log"}"#, "/path", "must be an absolute path"),
    (#"{"path":"/tmp/a*b"}"#, "/path", "not a valid filename"),
    (#"{"path":"/x","reopen":1}"#, "/reopen", "expected a boolean"),
    (#"{"path":"/x","other":1}"#, "/other", "unknown field"),
    (
      #"{"path":"/x","custom_fields_by_lua":{"a":"return 1"}}"#, "/custom_fields_by_lua",
      "Lua is not supported; let a plugin set log fields instead"
    ),
  ]

  @Test(arguments: refusals)
  func `a wrong config is refused with its place`(
    config: String, pointer: String, message: String
  ) async throws {
    let found = try await PluginHarness.diagnostics(FileLog.self, configJSON: config)
    #expect(found == [ConfigDiagnostic(pointer, message)])
  }

  @Test func `a log that cannot be written stops nobody`() {
    #expect(FileLog.manifest.onFailure == .open)
    #expect(FileLog.manifest.priority == 9)
  }
}
