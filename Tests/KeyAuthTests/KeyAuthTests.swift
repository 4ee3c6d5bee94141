// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import key_auth

/// A gateway with two consumers: `alice`, who has a key, and `guest`.
struct Gate {
  let harness: PluginHarness<KeyAuth>

  init(_ config: String = "{}") async throws {
    harness = try await PluginHarness(KeyAuth.self, configJSON: config)
    harness.add(Consumer(id: "id-a", username: "alice"), keys: ["k1": "cred-1"])
    harness.add(Consumer(id: "id-g", username: "guest"))
  }

  func ask(_ request: TestRequest) async throws -> CallResult {
    try await harness.exchange(request).request()
  }

  static let alice = Authentication(
    FoundCredential(id: "cred-1", consumer: Consumer(id: "id-a")))
  static let guest = Authentication(anonymous: Consumer(id: "id-g"))
}

struct KeyAuthTests {
  private func refusal(_ result: CallResult) -> String {
    guard let response = result.response, result.responded else { return "none" }
    let challenge = response.headers["www-authenticate"] ?? ""
    return "\(response.status) \(response.text) \(challenge)"
  }

  @Test(arguments: [
    TestRequest.get("/", headers: ["apikey": "k1"]), .get("/", headers: ["ApiKey": "k1"]),
    .get("/?apikey=k1"), .get("/?a=1&api%6Bey=%6B1"),
    .get("/?apikey=wrong", headers: ["apikey": "k1"]),
  ])
  func `a key says who the client is`(_ request: TestRequest) async throws {
    let result = try await Gate().ask(request)
    #expect(!result.responded)
    #expect(result.request.authentication == Gate.alice)
  }

  @Test func `a client without a key is told so`() async throws {
    let expected = #"401 {"message":"No API key found in request"} Key"#
    for request in [
      TestRequest.get("/"), .get("/?apikey"), .get("/?apikey="), .get("/", headers: ["apikey": ""]),
      .get("/?Apikey=k1"),
    ] {
      let result = try await Gate().ask(request)
      #expect(refusal(result) == expected)
      #expect(result.request.authentication == nil)
    }
  }

  @Test func `a key that is nobody's is not taken, nor two of them`() async throws {
    let gate = try await Gate()
    let unknown = try await gate.ask(.get("/", headers: ["apikey": "k2"]))
    #expect(refusal(unknown) == #"401 {"message":"Unauthorized"} Key"#)
    for request in [
      TestRequest.get("/", headers: ["apikey": "k1", "APIKEY": "k1"]),
      .get("/?apikey=k1&apikey=k1"),
    ] {
      let result = try await gate.ask(request)
      #expect(refusal(result) == #"401 {"message":"Duplicate API key found"} Key"#)
    }
  }

  @Test func `a request whose key is nobody's is what it was`() async throws {
    let result = try await Gate().ask(.get("/?apikey=k2", headers: ["apikey": "k2"]))
    #expect(result.request.path == "/?apikey=k2" && result.request.headers == ["apikey": "k2"])
    #expect(result.request.concealed.headers == ["apikey"])
  }

  @Test func `the realm is named`() async throws {
    let gate = try await Gate(#"{"realm": "a \"b\" \\"}"#)
    let result = try await gate.ask(.get("/"))
    #expect(result.response?.headers["www-authenticate"] == #"Key realm="a \"b\" \\""#)
  }

  @Test func `the first name that the request has counts`() async throws {
    let gate = try await Gate(#"{"key_names": ["x-key", "apikey"]}"#)
    let first = try await gate.ask(.get("/?x-key=k1", headers: ["apikey": "k2"]))
    #expect(first.request.authentication == Gate.alice)
    let second = try await gate.ask(.get("/?x-key=k2", headers: ["apikey": "k1"]))
    #expect(second.response?.status == 401)
  }

  @Test func `where no key is looked for, none is found`() async throws {
    let query = try await Gate(#"{"key_in_header": false}"#)
    #expect(try await query.ask(.get("/", headers: ["apikey": "k1"])).response?.status == 401)
    #expect(try await query.ask(.get("/?apikey=k1")).request.authentication == Gate.alice)
    let header = try await Gate(#"{"key_in_query": false}"#)
    #expect(try await header.ask(.get("/?apikey=k1")).response?.status == 401)
    let result = try await header.ask(.get("/?apikey=k1", headers: ["apikey": "k1"]))
    #expect(result.request.authentication == Gate.alice && result.request.path == "/?apikey=k1")
  }

  @Test func `the key does not go on, unless it shall`() async throws {
    let request = TestRequest.get("/p?a=1&apikey=k1&b=2", headers: ["apikey": "k1", "x": "y"])
    let hidden = try await Gate().ask(request)
    #expect(hidden.request.path == "/p?a=1&b=2")
    #expect(hidden.request.headers == ["x": "y"])
    let shown = try await Gate(#"{"hide_credentials": false}"#).ask(request)
    #expect(shown.request.path == request.path && shown.request.headers == request.headers)
  }

  @Test func `logs show no key, be it right, wrong or one too many`() async throws {
    for config in ["{}", #"{"hide_credentials": false}"#, #"{"anonymous": "guest"}"#] {
      let gate = try await Gate(config)
      for path in ["/?apikey=k1", "/?apikey=k2", "/?apikey=k1&apikey=k1"] {
        let result = try await gate.ask(.get(path))
        #expect(result.request.concealed.headers == ["apikey"])
        #expect(result.request.concealed.query == ["apikey"])
      }
    }
  }

  @Test func `logs show no key that is not looked at either`() async throws {
    let everywhere =
      #"{"key_in_body": true, "anonymous": "guest", "run_on_preflight": false}"#
    let gate = try await Gate(everywhere)
    for (method, isKnown) in [("OPTIONS", false), ("POST", true)] {
      let request = TestRequest(
        method: method, path: "/?apikey=k1",
        headers: ["apikey": "k1", "content-type": "application/x-www-form-urlencoded"],
        body: Array("apikey=k1&a=1".utf8))
      let exchange = try await gate.harness.exchange(request)
      if isKnown { await exchange.set("credential.id", "other") }
      let result = try await exchange.request()
      #expect(!result.responded && result.request.authentication == nil)
      #expect(result.request.concealed.headers == ["apikey"])
      #expect(result.request.concealed.query == ["apikey"])
      #expect(result.request.concealed.body == [7..<9])
      #expect(result.request.path == "/?apikey=k1" && result.request.text == "apikey=k1&a=1")
      #expect(result.request.headers["apikey"] == "k1")
    }
  }

  @Test func `who is not authenticated passes as the anonymous consumer`() async throws {
    for anonymous in ["guest", "id-g"] {
      let gate = try await Gate(#"{"anonymous": "\#(anonymous)"}"#)
      for path in ["/", "/?apikey=k2", "/?apikey=k1&apikey=k1"] {
        let result = try await gate.ask(.get(path))
        #expect(!result.responded && result.request.authentication == Gate.guest)
        #expect(result.request.path == "/", "a wrong key does not go on either")
      }
      #expect(try await gate.ask(.get("/?apikey=k1")).request.authentication == Gate.alice)
    }
  }

  @Test func `an anonymous consumer that does not exist is an error of the gateway's`() async throws
  {
    let gate = try await Gate(#"{"anonymous": "nobody"}"#)
    let result = try await gate.ask(.get("/"))
    #expect(
      refusal(result)
        == #"500 {"message":"anonymous consumer nobody is configured but doesn't exist"} "#)
    #expect(await gate.harness.logLines.count == 1)
  }

  @Test func `one plugin that knows the client is enough, with anonymous`() async throws {
    let harness = try await Gate(#"{"anonymous": "guest"}"#).harness
    let exchange = try await harness.exchange(.get("/?apikey=k2"))
    await exchange.set("credential.id", "other")
    let result = try await exchange.request()
    #expect(!result.responded && result.request.authentication == nil)
    #expect(result.request.path == "/?apikey=k2")
  }

  @Test func `without anonymous each plugin must know the client`() async throws {
    let harness = try await Gate().harness
    let exchange = try await harness.exchange(.get("/?apikey=k2"))
    await exchange.set("credential.id", "other")
    #expect(try await exchange.request().response?.status == 401)
  }

  @Test func `OPTIONS needs a key unless it shall not`() async throws {
    let request = TestRequest(method: "OPTIONS", path: "/")
    #expect(try await Gate().ask(request).response?.status == 401)
    let open = try await Gate(#"{"run_on_preflight": false}"#)
    let result = try await open.ask(request)
    #expect(!result.responded && result.request.authentication == nil)
    #expect(try await open.ask(.get("/")).response?.status == 401)
  }

  @Test func `a process that dies before its reply was read is asked again`() async throws {
    let exchange = try await Gate().harness.exchange(.get("/?apikey=k1"))
    _ = try await exchange.request()
    #expect(try await exchange.runAgain().request.authentication == Gate.alice)
  }

  @Test func `no more is asked for than must be`() {
    var config = KeyAuthConfig(
      keyNames: ["apikey"], hideCredentials: true, keyInHeader: true, keyInQuery: true,
      keyInBody: false, runOnPreflight: true)
    #expect(config.interest == Interest(headers: ["apikey"]))
    config.hideCredentials = false
    config.keyInHeader = false
    #expect(config.interest == Interest(inspects: true))
    config.keyInBody = true
    config.anonymous = "guest"
    #expect(
      config.interest
        == Interest(
          headers: ["content-type"], body: .whole(), variables: ["credential.id"], inspects: true))
  }
}
