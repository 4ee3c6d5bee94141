// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct GeminiSchemaTests {
  private func sent(
    _ schema: String, _ settings: ProviderSettings = ProviderSettings()
  ) throws -> (declaration: String, unsupported: [String]) {
    let sent = try GeminiAsked.beside(
      #""tools":[{"type":"function","function":{"name":"f","parameters":\#(schema)}}]"#, settings)
    let head = #""tools":[{"functionDeclarations":[{"name":"f""#
    let place = "tools[0].function.parameters"
    return (
      String(sent.body.dropFirst(head.count).dropLast(4).drop { $0 == "," }),
      sent.unsupported.map { String($0.dropFirst(place.count)) }
    )
  }

  private func expect(
    _ schema: String, _ declaration: String, _ unsupported: [String] = [],
    _ settings: ProviderSettings = ProviderSettings(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let sent = try sent(schema, settings)
    #expect(sent.declaration == declaration, sourceLocation: sourceLocation)
    #expect(sent.unsupported == unsupported, sourceLocation: sourceLocation)
  }

  private func property(_ schema: String) -> String {
    #"{"type":"object","properties":{"a":\#(schema)}}"#
  }

  private func asSchema(_ schema: String) -> String {
    #""parameters":{"type":"OBJECT","properties":{"a":\#(schema)}}"#
  }

  private func asJSONSchema(_ schema: String) -> String {
    #""parametersJsonSchema":{"type":"object","properties":{"a":\#(schema)}}"#
  }

  @Test func `a schema in Google's words`() throws {
    try expect(
      #"""
      {"$schema":"x","type":"object","title":"T","description":"D","additionalProperties":false,
      "properties":{"s":{"type":"string","description":"d","minLength":1,"pattern":"^a"},
      "l":{"type":"array","items":{"type":"integer","minimum":0,"format":"int64"},"maxItems":3},
      "e":{"enum":["x","y"],"default":"x"}},"required":["s","l"]}
      """#,
      #""parameters":{"type":"OBJECT","description":"D","title":"T","properties":{"#
        + #""s":{"type":"STRING","description":"d","minLength":1,"pattern":"^a"},"#
        + #""l":{"type":"ARRAY","maxItems":3,"items":{"type":"INTEGER","minimum":0,"format":"int64"}},"#
        + #""e":{"type":"STRING","default":"x","enum":["x","y"]}},"required":["s","l"]}"#)
  }

  @Test(arguments: [
    "{}", #"{"type":"object"}"#, #"{"type":"object","properties":{}}"#,
    #"{"type":"object","properties":{},"additionalProperties":false,"required":[]}"#,
  ])
  func `a function without parameters has no schema`(schema: String) throws {
    try expect(schema, "")
  }

  @Test(arguments: [
    (#"{"type":["string","null"]}"#, #"{"type":"STRING","nullable":true}"#),
    (
      #"{"anyOf":[{"type":"integer"},{"type":"null"}],"title":"t","description":"d"}"#,
      #"{"type":"INTEGER","nullable":true,"description":"d"}"#
    ),
    (
      #"{"oneOf":[{"type":"string","description":"s"},{"type":"integer"},{"type":"null"}],"description":"d"}"#,
      #"{"anyOf":[{"type":"STRING","description":"s"},{"type":"INTEGER","description":"d"},{"type":"NULL"}]}"#
    ),
    (#"{"const":"x"}"#, #"{"type":"STRING","enum":["x"]}"#),
    (#"{"enum":["x",null]}"#, #"{"type":"STRING","nullable":true,"enum":["x"]}"#),
    (#"{"allOf":[{"type":"string"}],"description":"d"}"#, #"{"type":"STRING","description":"d"}"#),
    (#"{"type":"null"}"#, #"{"type":"NULL"}"#),
    (#"{"type":"string","format":"date-time"}"#, #"{"type":"STRING","format":"date-time"}"#),
  ])
  func `unions, choices and formats`(schema: String, written: String) throws {
    try expect(property(schema), asSchema(written))
  }

  @Test func `references are put in place`() throws {
    try expect(
      #"""
      {"type":"object","properties":{"a":{"$ref":"#/$defs/A","description":"d"},"b":{"$ref":"#/definitions/B"}},
      "$defs":{"A":{"type":"object","properties":{"b":{"$ref":"#/definitions/B"}},"description":"A"}},
      "definitions":{"B":{"type":"number"}}}
      """#,
      #""parameters":{"type":"OBJECT","properties":{"#
        + #""a":{"type":"OBJECT","description":"A","properties":{"b":{"type":"NUMBER"}}},"#
        + #""b":{"type":"NUMBER"}}}"#)
  }

  @Test func `what Google's schema cannot say is JSON Schema`() throws {
    let free = #"{"type":"object","additionalProperties":{"type":"string"}}"#
    try expect(property(free), asJSONSchema(free))
    let numbers = #"{"type":"integer","enum":[1,2]}"#
    try expect(property(numbers), asJSONSchema(numbers))
    let tuple = #"{"type":"array","prefixItems":[{"type":"string"},{"const":1}]}"#
    try expect(
      property(tuple),
      asJSONSchema(#"{"type":"array","prefixItems":[{"type":"string"},{"enum":[1]}]}"#))
    try expect(
      ##"{"type":"object","properties":{"a":{"$ref":"#/definitions/N","description":"d"}},"definitions":{"N":{"type":"object","properties":{"n":{"$ref":"#/definitions/N"}}}}}"##,
      ##""parametersJsonSchema":{"type":"object","properties":{"a":{"$ref":"#/$defs/N"}},"$defs":{"N":{"type":"object","properties":{"n":{"$ref":"#/$defs/N"}}}}}"##,
      [".properties.a.description"])
  }

  @Test func `what neither knows is named`() throws {
    try expect(
      #"{"type":"object","properties":{"a":{"type":"string","format":"uuid","examples":[1]}},"additionalProperties":true,"required":["a","z"],"not":{}}"#,
      #""parameters":{"type":"OBJECT","properties":{"a":{"type":"STRING"}},"required":["a"]}"#,
      [
        ".not", ".properties.a.examples", ".properties.a.format", ".required",
        ".additionalProperties",
      ])
    try expect(
      property(#"{"type":"object","patternProperties":{"x":{}}}"#),
      asJSONSchema(#"{"type":"object"}"#), [".properties.a.patternProperties"])
  }

  @Test func `Vertex takes additional properties`() throws {
    try expect(
      #"{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}"#,
      #""parameters":{"type":"OBJECT","properties":{"a":{"type":"STRING"}},"additionalProperties":false}"#,
      [], GeminiAsked.vertex)
  }

  @Test func `references that multiply are not put in place`() throws {
    var schema = ##"{"type":"object","properties":{"a":{"$ref":"#/$defs/d0"}},"$defs":{"##
    for number in 0..<30 {
      let next = ##"{"$ref":"#/$defs/d\##(number + 1)"}"##
      schema += #""d\#(number)":{"type":"object","properties":{"x":\#(next),"y":\#(next)}},"#
    }
    schema += #""d30":{"type":"string"}}}"#
    let sent = try sent(schema)
    #expect(sent.declaration.hasPrefix(#""parametersJsonSchema""#))
    #expect(sent.declaration.utf8.count < 2 * schema.utf8.count)
  }

  @Test func `the shape of an answer`() throws {
    func format(_ schema: String) throws -> String {
      try GeminiAsked.beside(
        #""response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":\#(schema)}}"#
      ).body
    }
    let mime = #""generationConfig":{"responseMimeType":"application/json""#
    #expect(
      try format(property(#"{"type":"string"}"#))
        == mime
        + #","responseSchema":{"type":"OBJECT","properties":{"a":{"type":"STRING"}}}}"#)
    #expect(
      try format(property(#"{"type":"object"}"#))
        == mime
        + #","responseJsonSchema":{"type":"object","properties":{"a":{"type":"object"}}}}"#)
    #expect(try format(#"{"type":"object"}"#) == mime + "}")
  }
}
