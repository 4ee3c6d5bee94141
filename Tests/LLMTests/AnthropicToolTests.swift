// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LLM

@Suite struct AnthropicToolTests {
  private let chat = AnthropicChat()
  private let tool =
    #"{"type":"function","function":{"name":"f","description":"d","#
    + #""parameters":{"type":"object","properties":{"a":{"type":"integer","minimum":1}}}}}"#

  private func body(_ members: String) -> String { asking(#""tools":[\#(tool)],\#(members)"#) }

  @Test func `a function's parameters are the tool's schema, as they are spelled`() throws {
    #expect(
      try chat.member("tools", of: body(#""n":1"#))
        == #"[{"name":"f","description":"d","input_schema":{"type":"object","#
        + #""properties":{"a":{"type":"integer","minimum":1}}}}]"#)
  }

  @Test func `a schema that says nothing says that it is an object`() throws {
    let none = asking(#""tools":[{"type":"function","function":{"name":"f"}}]"#)
    #expect(
      try chat.member("tools", 0, "input_schema", of: none)
        == #"{"type":"object","properties":{}}"#)
    let empty = asking(
      #""tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{}}}}]"#)
    #expect(
      try chat.member("tools", 0, "input_schema", of: empty)
        == #"{"type":"object","properties":{}}"#)
  }

  @Test func `a strict tool has a closed schema`() throws {
    let strict = tool.replacing(#""name":"f","#, with: #""name":"f","strict":true,"#)
    let body = asking(#""tools":[\#(strict)]"#)
    #expect(try chat.member("tools", 0, "strict", of: body) == "true")
    #expect(
      try chat.member("tools", 0, "input_schema", of: body)
        == #"{"type":"object","properties":{"a":{"type":"integer","description":"{minimum: 1}"}},"#
        + #""additionalProperties":false}"#)
    let old = AnthropicChat(model: "claude-3-5-haiku-20241022")
    #expect(try old.member("tools", 0, "strict", of: body) == nil)
    #expect(try old.unsupported(body) == ["tools[0].function.strict"])
  }

  @Test(arguments: [
    (#""auto""#, #"{"type":"auto"}"#), (#""required""#, #"{"type":"any"}"#),
    (#""none""#, #"{"type":"none"}"#),
    (#"{"type":"function","function":{"name":"f"}}"#, #"{"type":"tool","name":"f"}"#),
  ])
  func `the choice has other words`(choice: String, expected: String) throws {
    #expect(try chat.member("tool_choice", of: body(#""tool_choice":\#(choice)"#)) == expected)
  }

  @Test func `one call at a time is part of the choice`() throws {
    let one = #""parallel_tool_calls":false"#
    let disabled = #""disable_parallel_tool_use":true}"#
    #expect(try chat.member("tool_choice", of: body(one)) == #"{"type":"auto",\#(disabled)"#)
    #expect(
      try chat.member("tool_choice", of: body(#""tool_choice":"required",\#(one)"#))
        == #"{"type":"any",\#(disabled)"#)
    #expect(
      try chat.member("tool_choice", of: body(#""tool_choice":"none",\#(one)"#))
        == #"{"type":"none"}"#)
    #expect(try chat.member("tool_choice", of: asking(one)) == nil)
  }

  @Test func `Anthropic's own tools pass, those of others are named`() throws {
    let own = #"{"type":"web_search_20260318","name":"web_search"}"#
    let body = asking(#""tools":[\#(own),{"type":"custom","custom":{"name":"x"}}]"#)
    #expect(try chat.member("tools", of: body) == "[\(own)]")
    #expect(try chat.unsupported(body) == ["tools[1]"])
  }

  @Test func `a choice that cannot be made is named`() throws {
    #expect(try chat.unsupported(asking(#""tool_choice":"required""#)) == ["tool_choice"])
    let allowed = #""tool_choice":{"type":"allowed_tools","allowed_tools":{"tools":[]}}"#
    #expect(try chat.unsupported(body(allowed)) == ["tool_choice"])
  }
}

@Suite struct AnthropicSchemaTests {
  private func closed(_ schema: String) throws -> String {
    AnthropicSchema.closed(try JSONTree(parsing: Array(schema.utf8))).text.string
  }

  @Test(arguments: [
    #"{"type":"string","enum":["a","b"]}"#,
    #"{"type":"array","items":{"type":"number"},"minItems":1}"#,
    #"{"type":"object","properties":{},"required":[],"additionalProperties":false}"#,
    ##"{"$ref":"#/$defs/a","$defs":{"a":{"type":["string","null"],"format":"date"}}}"##,
    #"{"anyOf":[{"type":"null"},{"const":1}]}"#,
  ])
  func `what a grammar knows stays`(schema: String) throws {
    #expect(try closed(schema) == schema)
  }

  @Test func `every object is closed`() throws {
    #expect(
      try closed(
        #"{"type":"object","properties":{"a":{"type":"object","additionalProperties":true}},"#
          + #""$defs":{"b":{"properties":{}}}}"#)
        == #"{"type":"object","properties":{"a":{"type":"object","#
        + #""additionalProperties":false,"description":"{additionalProperties: true}"}},"#
        + #""$defs":{"b":{"properties":{},"additionalProperties":false}},"additionalProperties":false}"#
    )
  }

  @Test func `what a grammar does not know is told in words`() throws {
    #expect(
      try closed(#"{"type":"integer","description":"A number","minimum":1,"maximum":10}"#)
        == #"{"type":"integer","description":"A number\n\n{minimum: 1, maximum: 10}"}"#)
    #expect(
      try closed(#"{"type":"array","minItems":2,"items":{"type":"string","format":"x"}}"#)
        == #"{"type":"array","items":{"type":"string","description":"{format: \"x\"}"},"#
        + #""description":"{minItems: 2}"}"#)
  }

  @Test func `other spellings become those that are known`() throws {
    #expect(
      try closed(#"{"$schema":"x","oneOf":[{"type":"null"}],"definitions":{"a":{"type":"null"}}}"#)
        == #"{"anyOf":[{"type":"null"}],"$defs":{"a":{"type":"null"}}}"#)
  }
}
