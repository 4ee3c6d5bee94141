// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import key_auth

/// Keys in bodies: forms and JSON objects.
struct BodyKeyTests {
  private let form = "application/x-www-form-urlencoded"

  private func ask(
    _ body: String, _ type: String, _ config: String = #"{"key_in_body": true}"#
  ) async throws -> CallResult {
    let request = TestRequest.post("/", headers: ["content-type": type], body: body)
    return try await Gate(config).ask(request)
  }

  @Test(arguments: [
    ("apikey=k1", ""), ("apikey=k1&a=1", "a=1"), ("a=1&apikey=k1", "a=1"),
    ("a=1&apikey=k1&b=2", "a=1&b=2"), ("a=1&api%6bey=%6B1&b=2", "a=1&b=2"), ("apikey=k1&", ""),
    ("&apikey=k1", ""), ("a&apikey=k1", "a"),
  ])
  func `of a form, which goes on without it`(_ body: String, _ rest: String) async throws {
    let result = try await ask(body, form)
    #expect(result.request.authentication == Gate.alice)
    #expect(result.request.text == rest)
  }

  @Test(arguments: [
    (#"{"apikey":"k1"}"#, "{}"), (#"{"apikey": "k1", "a": 1}"#, #"{"a": 1}"#),
    (#"{"a": 1, "apikey": "k1"}"#, #"{"a": 1}"#),
    (#"{"api\u006bey": "\u006b1", "a": {"apikey": "x"}}"#, #"{"a": {"apikey": "x"}}"#),
  ])
  func `of an object, which goes on without it`(_ body: String, _ rest: String) async throws {
    let result = try await ask(body, "Application/JSON; charset=utf-8")
    #expect(result.request.authentication == Gate.alice)
    #expect(result.request.text == rest)
  }

  @Test func `where it stands is not logged, right or wrong`() async throws {
    let form = try await ask(
      "a=1&apikey=k1&b=2", form, #"{"key_in_body": true, "hide_credentials": false}"#)
    #expect(form.request.concealed.body == [11..<13] && form.request.text == "a=1&apikey=k1&b=2")
    let json = try await ask(#"{"apikey":"wrong"}"#, "application/json")
    #expect(json.request.concealed.body == [11..<16] && json.response?.status == 401)
  }

  @Test func `twice is once too often`() async throws {
    for (body, type) in [
      ("apikey=k1&apikey=k1", form), (#"{"apikey":"k1","apikey":"k1"}"#, "application/json"),
      (#"{"apikey":["k1"]}"#, "application/json"),
    ] {
      let result = try await ask(body, type)
      #expect(result.response?.text == #"{"message":"Duplicate API key found"}"#)
    }
  }

  @Test(arguments: [
    ("apikey=k1", "text/plain"), (#"{"apikey":"k1""#, "application/json"),
    ("[]", "application/json"),
    (#"{"apikey":1}"#, "application/json"), ("", "application/json"),
    ("", "application/x-www-form-urlencoded"), ("apikey", "application/x-www-form-urlencoded"),
  ])
  func `other bodies have none`(_ body: String, _ type: String) async throws {
    let result = try await ask(body, type)
    #expect(result.response?.text == #"{"message":"No API key found in request"}"#)
  }

  @Test func `a header or a parameter comes first, and the body is clean all the same`()
    async throws
  {
    let request = TestRequest.post(
      "/", headers: ["content-type": form, "apikey": "k1"], body: "apikey=k2&a=1")
    let result = try await Gate(#"{"key_in_body": true}"#).ask(request)
    #expect(result.request.authentication == Gate.alice && result.request.text == "a=1")
  }
}
