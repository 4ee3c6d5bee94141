// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostConfiguration

struct PluginSchemaTests {
  private func config(_ schema: String) throws -> String {
    let document = try #require(PluginSchema.document(of: Array(schema.utf8)))
    let value = try YAMLReader.parse(String(decoding: document, as: UTF8.self)).value
    let config = value["fields"]?.elements?.last?["config"]
    return String(decoding: try #require(config).json(revealing: false), as: UTF8.self)
  }

  @Test func `the fields of a config are told as Kong tells them`() throws {
    #expect(
      try config(
        #"""
        {"type":"object","required":["path"],"properties":{
          "path":{"type":"string","minLength":1,"description":"where"},
          "mode":{"type":"string","enum":["a","b"],"default":"a"},
          "share":{"type":"number","minimum":0,"maximum":1},
          "wait":{"type":"integer","exclusiveMinimum":0},
          "key":{"type":"string","x-secret":true}}}
        """#)
        == #"{"type":"record","fields":[{"path":{"type":"string","required":true,"#
        + #""description":"where","len_min":1}},{"mode":{"type":"string","required":false,"#
        + #""default":"a","one_of":["a","b"]}},{"share":{"type":"number","required":false,"#
        + #""between":[0,1]}},{"wait":{"type":"integer","required":false,"gt":0}},"#
        + #"{"key":{"type":"string","required":false,"referenceable":true,"encrypted":true}}],"#
        + #""required":true}"#)
  }

  @Test func `records, arrays and maps nest`() throws {
    #expect(
      try config(
        #"""
        {"type":"object","properties":{
          "list":{"type":"array","items":{"type":"object","properties":{"n":{"type":"integer"}}}},
          "map":{"type":"object","additionalProperties":{"type":"boolean"}}}}
        """#)
        == #"{"type":"record","fields":[{"list":{"type":"array","elements":{"type":"record","#
        + #""fields":[{"n":{"type":"integer","required":false}}],"required":true},"#
        + #""required":false}},{"map":{"type":"map","keys":{"type":"string"},"#
        + #""values":{"type":"boolean","required":true},"required":false}}],"required":true}"#)
  }

  @Test func `a plugin without fields has a record without any`() throws {
    #expect(
      try config(#"{"type":"object","properties":{}}"#)
        == #"{"type":"record","fields":[],"required":true}"#)
  }
}
