// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostConfiguration

struct SecretTests {
  private static let secret = "sk-very-secret"

  private func key(_ reference: String, _ environment: [String: String]) throws -> String {
    let configuration = try GatewayConfiguration.read(
      "plugins: [{name: p, config: {key: '\(reference)'}}]", environment: environment)
    return String(
      decoding: configuration.plugins[0].config.json(revealing: true), as: UTF8.self)
  }

  @Test(arguments: [
    ("{vault://env/MY_KEY}", #"{"key":"v"}"#), ("{vault://env/my-key}", #"{"key":"v"}"#),
    ("{vault://env/json/user}", #"{"key":"me"}"#), ("{vault://env/json/port}", #"{"key":"1"}"#),
    // No references: text that only looks like it.
    ("vault://env/MY_KEY", #"{"key":"vault://env/MY_KEY"}"#),
    ("x {vault://env/MY_KEY}", #"{"key":"x {vault://env/MY_KEY}"}"#),
  ])
  func `references stand for variables`(_ reference: String, _ config: String) throws {
    let environment = ["MY_KEY": "v", "JSON": #"{"user": "me", "port": 1}"#]
    #expect(try key(reference, environment) == config)
  }

  @Test(arguments: [
    ("{vault://env/NOT-SET}", "the environment variable NOT_SET is not set"),
    ("{vault://env/KEY/a}", "the environment variable KEY is not a JSON object"),
    ("{vault://env/JSON/b}", "the environment variable JSON has no member 'b'"),
    ("{vault://env/JSON/deep}", "member 'deep' of the environment variable JSON is no string"),
    ("{vault://aws/KEY}", "vault 'aws' is not known; 'env' is"),
    ("{vault://env}", "a reference has the form {vault://env/NAME} or {vault://env/NAME/key}"),
    ("{vault://env/}", "a reference has the form {vault://env/NAME} or {vault://env/NAME/key}"),
    (
      "{vault://env/A/B/C}", "a reference has the form {vault://env/NAME} or {vault://env/NAME/key}"
    ),
    ("{vault://env/KEY?prefix=X}", "options and versions of a vault reference are not supported"),
  ])
  func `one that cannot be resolved names the variable, never its value`(
    _ reference: String, _ message: String
  ) {
    let environment = [
      "KEY": Self.secret, "JSON": #"{"deep": {"a": "\#(Self.secret)"}}"#,
    ]
    let errors = GatewayConfiguration.errors(
      "plugins: [{name: p, config: {list: [{key: '\(reference)'}]}}]", environment: environment)
    #expect(errors == ["plugins[0].config.list[0].key: \(message) (line 2)"])
  }

  @Test(arguments: [
    "services: [{name: REF, host: h}]", "services: [{host: REF}]", "services: [{url: REF}]",
    "services: [{host: h, tags: [REF]}]", "routes: [{paths: [REF]}]", "routes: [{hosts: [REF]}]",
    "routes: [{paths: [/], service: REF}]", "plugins: [{name: REF}]",
    "plugins: [{name: p, id: REF}]",
    "plugins: [{name: p, config: REF}]", "services: [{host: h, port: REF}]",
    "consumers: [{username: REF}]", "patchbay: {listen: REF}", "patchbay: {log_level: REF}",
    "patchbay: {limits: {request_body: REF}}", "patchbay: REF", "services: REF", "odd: REF",
    "_format_version: REF",
  ])
  func `no value of a reference is in an error`(_ file: String) {
    let errors = GatewayConfiguration.errors(
      file.replacing("REF", with: "'{vault://env/KEY}'"), environment: ["KEY": Self.secret])
    #expect(!errors.isEmpty)
    #expect(!errors.contains { $0.contains(Self.secret) }, "\(errors)")
  }

  @Test func `values of references never show themselves`() throws {
    let configuration = try GatewayConfiguration.read(
      "plugins: [{name: p, config: {key: '{vault://env/KEY}'}}]",
      environment: ["KEY": Self.secret])
    var dumped = ""
    dump(configuration, to: &dumped)
    #expect(!dumped.contains(Self.secret))
    #expect(!String(describing: configuration).contains(Self.secret))
    #expect(!String(reflecting: configuration).contains(Self.secret))
    let shown = configuration.plugins[0].config.json(revealing: false)
    #expect(String(decoding: shown, as: UTF8.self) == #"{"key":"{vault://env/KEY}"}"#)
  }

  @Test func `plugins get handles in place of secrets`() throws {
    let configuration = try GatewayConfiguration.read(
      """
      plugins:
        - name: p
          config:
            auth: {value: '{vault://env/KEY}', name: '{vault://env/NAME}'}
            list: [{value: plain}, {value: '{vault://env/KEY}'}]
      """, environment: ["KEY": Self.secret, "NAME": "x-key"])
    var table = SecretTable()
    let concealed = table.conceal(
      configuration.plugins[0].config, at: ["/auth/value", "/list/*/value", "/not/there"],
      of: "p")
    let text = String(decoding: concealed.json(revealing: true), as: UTF8.self)
    #expect(!text.contains(Self.secret))
    #expect(!text.contains("plain"))
    #expect(text.contains("x-key"), "what the schema does not call a secret is no secret")
    let handles = text.matches(of: /secret:[0-9a-f]{32}/).map { String($0.0) }
    try #require(handles.count == 3)
    #expect(handles[0] == handles[2], "one value has one handle")
    #expect(table.value(of: handles[0]) == Array(Self.secret.utf8))
    #expect(table.value(of: handles[1]) == Array("plain".utf8))
    #expect(table.value(of: "secret:00") == nil)
    #expect(table.isHeld(handles[0], by: "p"))
    #expect(!table.isHeld(handles[0], by: "q"), "a handle is worth nothing to another plugin")
    #expect(!table.isHeld("secret:00", by: "p"))
  }

  @Test func `a secret is found whatever its field is called`() throws {
    let schema = #"""
      {"properties": {"a/b": {"properties": {"c~d": {"x-secret": true}}},
       "list": {"items": {"properties": {"~1": {"x-secret": true}}}}}}
      """#
    let config = try YAMLReader.parse("{a/b: {c~d: hidden}, list: [{~1: hidden}]}").value
    var table = SecretTable()
    let pointers = SecretPointers.find(in: Array(schema.utf8))
    #expect(pointers == ["/a~1b/c~0d", "/list/*/~01"])
    let concealed = table.conceal(config, at: pointers, of: "p")
    let text = String(decoding: concealed.json(revealing: true), as: UTF8.self)
    #expect(!text.contains("hidden"))
    #expect(text.matches(of: /secret:[0-9a-f]{32}/).count == 2)
  }

  @Test func `a secret that looks like a handle is a secret all the same`() throws {
    let config = try YAMLReader.parse("key: 'secret:mine'").value
    var table = SecretTable()
    let once = table.conceal(config, at: ["/key", "/*"], of: "p")
    guard case .string(let handle) = once["key"]?.content else {
      Issue.record("no handle")
      return
    }
    #expect(table.value(of: handle) == Array("secret:mine".utf8))
  }
}
