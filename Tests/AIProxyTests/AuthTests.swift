// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

struct AuthTests {
  private static func parameter(_ location: String, override: Bool = false) -> String {
    #""param_name":"key","param_value":"{key}","param_location":"\#(location)","allow_override":\#(override)"#
  }

  @Test func `a client's credential counts only where that is allowed`() async throws {
    for (allowed, expected) in [(false, "(secret)"), (true, "Bearer mine")] {
      let harness = try await Proxy.harness(
        auth:
          #""header_name":"x-key","header_value":"{key}","allow_override":\#(allowed)"#)
      let given = try await harness.exchange(
        Proxy.post("{\(Proxy.messages)}", headers: ["x-key": "Bearer mine"])
      ).request()
      #expect(given.request.headers.values("x-key") == [expected])
      let absent = try await harness.exchange(Proxy.post("{\(Proxy.messages)}")).request()
      #expect(absent.request.headers.values("x-key") == ["(secret)"])
    }
  }

  @Test func `a key goes into the query`() async throws {
    let harness = try await Proxy.harness(auth: Self.parameter("query"))
    let result = try await harness.exchange(
      Proxy.post("{\(Proxy.messages)}", path: "/c?a=1&key=mine")
    ).request()
    #expect(result.request.path == "/v1/chat/completions?a=1&key=(secret)")
    let allowing = try await Proxy.harness(auth: Self.parameter("query", override: true))
    let own = try await allowing.exchange(
      Proxy.post("{\(Proxy.messages)}", path: "/c?key=mine")
    ).request()
    #expect(own.request.path == "/v1/chat/completions?key=mine")
  }

  static let bodies: [(String, Bool, String)] = [
    (
      "{\(Proxy.messages)}", false,
      #"{\#(Proxy.messages),"model":"gpt-4o-mini","stream":false,"key":"(secret)"}"#
    ),
    (
      #"{\#(Proxy.messages),"key":"mine"}"#, false,
      #"{\#(Proxy.messages),"key":"(secret)","model":"gpt-4o-mini","stream":false}"#
    ),
    (
      #"{"key":[1,2],\#(Proxy.messages),"key":"mine","top_k":1}"#, false,
      #"{"key":"(secret)",\#(Proxy.messages),"key":"(secret)","model":"gpt-4o-mini","stream":false}"#
    ),
    (
      #"{\#(Proxy.messages),"key":"mine"}"#, true,
      #"{\#(Proxy.messages),"key":"mine","model":"gpt-4o-mini","stream":false}"#
    ),
    (
      #"{\#(Proxy.messages),"key":null}"#, true,
      #"{\#(Proxy.messages),"key":"(secret)","model":"gpt-4o-mini","stream":false}"#
    ),
  ]

  @Test(arguments: bodies)
  func `a key goes into the body, beside what else is changed there`(
    body: String, override: Bool, expected: String
  ) async throws {
    let harness = try await Proxy.harness(auth: Self.parameter("body", override: override))
    let result = try await harness.exchange(Proxy.post(body)).request()
    #expect(result.request.text == expected)
  }

  @Test func `a preserved body gets its key too, and one that cannot is refused`() async throws {
    let harness = try await Proxy.harness(
      route: "preserve", model: "", auth: Self.parameter("body"))
    let json = try await harness.exchange(Proxy.post(#"{ "a": 1 }"#)).request()
    #expect(json.request.text == #"{ "a": 1,"key":"(secret)" }"#)
    let empty = try await harness.exchange(Proxy.post("{}")).request()
    #expect(empty.request.text == #"{"key":"(secret)"}"#)
    let none = try await harness.exchange(.get("/v1/models")).request()
    #expect(!none.responded)
    let form = try await harness.exchange(Proxy.post("a=b")).request()
    #expect(form.response?.status == 400)
    #expect(form.response?.text.contains("param_location") == true)
  }

  @Test func `no log field, variable, checkpoint or splice shows a handle`() async throws {
    let harness = try await Proxy.harness(auth: Self.parameter("body"), Proxy.logging)
    let exchange = try await harness.exchange(Proxy.post("{\(Proxy.messages)}"))
    let request = try await exchange.request()
    let response = try await exchange.response(Answers.json(Answers.chat))
    let end = try await exchange.complete()
    for result in [request, response, end] {
      #expect(!"\(result)".contains("{key}"))
    }
  }
}
