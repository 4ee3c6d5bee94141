// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import Testing

struct ConfigSchemaTests {
  private func diagnostics(_ schema: ConfigSchema, _ json: String) throws -> [String] {
    try schema.validate(JSONValue(parsing: json)).diagnostics.map { "\($0.pointer) \($0.message)" }
  }

  @Test(arguments: [
    (ConfigType.string, "1", "expected a string"),
    (.integer, "1.5", "expected an integer"),
    (.integer, #""1""#, "expected an integer"),
    (.number, "true", "expected a number"),
    (.boolean, "0", "expected a boolean"),
    (.array(of: .string), "{}", "expected an array"),
    (.map(of: .string), "[]", "expected a map"),
    (.record([:]), "7", "expected a record"),
    (.string.oneOf("a", "b"), #""c""#, "expected one of: a, b"),
    (.integer.oneOf(1, 2), "3", "expected one of: 1, 2"),
    (.number.between(0, 5), "5.5", "value should be between 0 and 5"),
    (.integer.greaterThan(0), "0", "value must be greater than 0"),
    (.string.minLength(2), #""a""#, "length must be at least 2"),
    (.string.maxLength(2), #""abc""#, "length must be at most 2"),
    (.array(of: .any).minCount(1), "[]", "length must be at least 1"),
    (.map(of: .any).maxCount(0), #"{"a":1}"#, "length must be at most 0"),
    (.string.startsWith("/"), #""a""#, "should start with: /"),
    (.string.url, #""https://""#, "missing host in url"),
    (.string.url, #""ftp://a""#, "missing host in url"),
    (.string.check { _ in "never right" }, #""a""#, "never right"),
  ])
  func `a wrong value is named with Kong's words`(
    type: ConfigType, value: String, message: String
  ) throws {
    let schema = ConfigSchema(["field": type])
    #expect(try diagnostics(schema, #"{"field":\#(value)}"#) == ["/field \(message)"])
  }

  @Test func `everything that is wrong is told at once, with its pointer`() throws {
    let schema = ConfigSchema([
      "model": .record(["name": .string.required, "options": .record(["n": .integer])]).required,
      "tags": .array(of: .string),
      "a/b": .boolean,
    ])
    let json = #"{"model":{"options":{"n":"x"}},"tags":["a",1],"a/b":3,"extra":null}"#
    #expect(
      try diagnostics(schema, json) == [
        "/model/name required field missing",
        "/model/options/n expected an integer",
        "/tags/1 expected a string",
        "/a~1b expected a boolean",
        "/extra unknown field",
      ])
  }

  @Test func `defaults fill what is absent or null, and required records`() throws {
    let schema = ConfigSchema([
      "retries": .integer.default(3),
      "logging": .record(["payloads": .boolean.default(false)]).required,
      "auth": .record(["name": .string.default("x")]),
    ])
    let completed = try schema.validate(JSONValue(parsing: #"{"retries":null}"#))
    #expect(completed.diagnostics.isEmpty)
    #expect(completed.config.description == #"{"retries":3,"logging":{"payloads":false}}"#)
  }

  @Test func `checks span fields`() throws {
    let schema = ConfigSchema(
      ["a": .string, "b": .string, "kind": .string, "n": .integer],
      checks: [
        .mutuallyRequired("a", "b"), .atLeastOneOf("kind", "n"), .distinct("a", "b"),
        .conditional(
          if: "kind", is: { $0.text == "many" }, then: "n", must: .integer.greaterThan(1).required),
      ])
    #expect(
      try diagnostics(schema, #"{"a":"x"}"#) == [
        " all or none of these fields must be set: 'a', 'b'",
        " at least one of these fields must be non-empty: 'kind', 'n'",
      ])
    #expect(
      try diagnostics(schema, #"{"a":"x","b":"x","n":1}"#) == [
        " values of these fields must be distinct: 'a', 'b'"
      ])
    #expect(
      try diagnostics(schema, #"{"kind":"many"}"#) == [
        "/n required field missing",
        " failed conditional validation given value of field 'kind'",
      ])
    #expect(try diagnostics(schema, #"{"kind":"many","n":2}"#) == [])
  }

  @Test func `exactly one means one`() throws {
    let schema = ConfigSchema(["a": .string, "b": .string], checks: [.onlyOneOf("a", "b")])
    let message = " only one of these fields must be non-empty: 'a', 'b'"
    #expect(try diagnostics(schema, "{}") == [message])
    #expect(try diagnostics(schema, #"{"a":"1","b":"2"}"#) == [message])
    #expect(try diagnostics(schema, #"{"a":"1","b":""}"#) == [])
  }

  @Test func `a check of the plugin's own sees the completed record, once its fields are right`()
    throws
  {
    let schema = ConfigSchema([
      "limits": .array(
        of: .record(
          ["low": .integer.default(1), "high": .integer],
          checks: [
            .custom { record in
              (record["low"]?.int ?? 0) > (record["high"]?.int ?? 0)
                ? [ConfigDiagnostic("/high", "must not be below low")] : []
            }
          ]))
    ])
    #expect(
      try diagnostics(schema, #"{"limits":[{"high":2},{"high":0}]}"#) == [
        "/limits/1/high must not be below low"
      ])
    #expect(
      try diagnostics(schema, #"{"limits":[{"high":"0"}]}"#) == [
        "/limits/0/high expected an integer"
      ])
  }

  @Test func `a deprecated field is a warning`() throws {
    let schema = ConfigSchema(["old": .string.deprecated("use 'new'")])
    let found = try schema.validate(JSONValue(parsing: #"{"old":"x"}"#)).diagnostics
    #expect(found == [ConfigDiagnostic("/old", "deprecated: use 'new'", isWarning: true)])
  }

  @Test func `rules do not look into secrets`() throws {
    let schema = ConfigSchema(["key": .string.minLength(100).secret])
    #expect(try diagnostics(schema, #"{"key":"handle"}"#) == [])
  }

  @Test func `fields are joined, the right one counts`() throws {
    let base: ConfigFields = ["a": .string, "b": .string]
    let schema = ConfigSchema(base + ["b": .integer, "c": .boolean])
    #expect(try diagnostics(schema, #"{"a":"x","b":1,"c":true}"#) == [])
  }

  @Test func `the JSON Schema says what the schema says`() throws {
    let schema = ConfigSchema([
      "key": .string.secret.required,
      "n": .integer.default(2).between(0, 9).describe("how many"),
      "kinds": .array(of: .string.oneOf("a", "b")).minCount(1),
      "headers": .map(of: .string),
      "path": .string.startsWith("/a.b"),
      "nested": .record(["x": .string.required]).required,
      "filled": .record(["y": .number.default(0.5)]).required,
    ])
    let expected = """
      {"type":"object","properties":{"key":{"type":"string","x-secret":true},\
      "n":{"type":"integer","description":"how many","default":2,"minimum":0,"maximum":9},\
      "kinds":{"type":"array","items":{"type":"string","enum":["a","b"]},"minItems":1},\
      "headers":{"type":"object","additionalProperties":{"type":"string"}},\
      "path":{"type":"string","pattern":"^/a\\\\.b"},\
      "nested":{"type":"object","properties":{"x":{"type":"string"}},"required":["x"],\
      "additionalProperties":false},\
      "filled":{"type":"object","properties":{"y":{"type":"number","default":0.5}},\
      "additionalProperties":false}},"required":["key","nested"],"additionalProperties":false,\
      "$schema":"https://json-schema.org/draft/2020-12/schema"}
      """
    #expect(schema.jsonSchema.description == expected)
  }

  @Test(arguments: ["", "a b", "a:b", "é", "a.b", "\u{7F}"])
  func `a header's name has few characters`(_ name: String) {
    #expect(
      HeaderName.problem(name)
        == "bad header name '\(name)', allowed characters are A-Z, a-z, 0-9, '_', and '-'")
    #expect(HeaderName.problem("X-a_0") == nil)
  }
}
