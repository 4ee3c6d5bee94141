// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import Testing

struct ConfigInferenceTests {
  enum Mode: String, Codable, CaseIterable { case fast, exact }

  struct Nested: Codable {
    var depth = 1
    var label: String?
  }

  struct Defaulted: DefaultedConfig {
    var name = "x-hello"
    var count = 3
    var ratio = 0.5
    var isOn = true
    var mode = Mode.exact
    var optional: String?
    var key: Secret?
    var tags = ["a"]
    var headers: [String: String] = [:]
    var nested = Nested()
    var free: JSONValue = ["a": 1]
  }

  struct Required: Decodable {
    var url: String
    var mode: Mode
    var limit: Int?
    var entries: [Nested]
  }

  @Test func `property values are the defaults, optionals may be absent, secrets are marked`()
    throws
  {
    let schema = ConfigSchema(inferredFrom: Defaulted.self)
    #expect(schema.validate([:]).diagnostics.isEmpty)
    let properties = try #require(schema.jsonSchema["properties"])
    #expect(properties["name"]?.description == #"{"type":"string","default":"x-hello"}"#)
    #expect(
      properties["mode"]?.description
        == #"{"type":"string","default":"exact","enum":["fast","exact"]}"#)
    #expect(properties["optional"]?.description == #"{"type":"string"}"#)
    #expect(properties["key"]?.description == #"{"type":"string","x-secret":true}"#)
    #expect(properties["nested"]?["properties"]?["depth"]?["default"] == 1)
    #expect(properties["free"]?.description == #"{"default":{"a":1}}"#)
    #expect(schema.jsonSchema["required"] == nil)
  }

  @Test func `the completed config decodes to the type`() throws {
    let schema = ConfigSchema(inferredFrom: Defaulted.self)
    let given = try JSONValue(
      parsing: #"{"count":7,"key":"h1","nested":{"label":"l"},"headers":{"a":"b"},"mode":"fast"}"#)
    let completed = schema.validate(given)
    #expect(completed.diagnostics.isEmpty)
    let config = try completed.config.decode(Defaulted.self)
    #expect(config.name == "x-hello")
    #expect(config.count == 7)
    #expect(config.mode == .fast)
    #expect(config.nested.depth == 1)
    #expect(config.nested.label == "l")
    #expect(config.headers == ["a": "b"])
    #expect(config.key != nil)
  }

  @Test func `properties without values are required`() throws {
    let schema = ConfigSchema(inferredFrom: Required.self)
    let found = schema.validate(
      try JSONValue(parsing: #"{"mode":"slow","entries":[{"depth":"1"}]}"#))
    #expect(
      found.diagnostics == [
        ConfigDiagnostic("/url", "required field missing"),
        ConfigDiagnostic("/mode", "expected one of: fast, exact"),
        ConfigDiagnostic("/entries/0/depth", "expected an integer"),
      ])
  }

  @Test func `a secret never shows itself`() throws {
    struct Holder: Codable { var key: Secret }
    let holder = try JSONValue(parsing: #"{"key":"handle-7"}"#).decode(Holder.self)
    #expect(!"\(holder)".contains("handle"))
    #expect(!String(reflecting: holder.key).contains("handle"))
    var dumped = ""
    dump(holder, to: &dumped)
    #expect(!dumped.contains("handle"))
  }
}
