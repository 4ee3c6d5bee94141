// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct BedrockToolTests {
  private let ask = BedrockAsk()
  private let tool = #"{"type":"function","function":{"name":"f"}}"#
  private let spec =
    #"{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}}}}"#

  @Test func `tools have a schema that says it is one of an object`() throws {
    let (body, unsupported) = try ask.with(
      #"""
      "tools":[
        {"type":"function","function":{"name":"f","description":"","strict":true,"parameters":{"type":"object","properties":{"a":{}}}}},
        {"type":"function","function":{"name":"g","description":"Does.","strict":false,"parameters":{ "properties":{}}}},
        {"type":"function","function":{"name":"h","parameters":{}}},
        {"type":"custom","custom":{"name":"i"}}]
      """#)
    #expect(
      body
        == BedrockAsk.behind(
          #""toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{"a":{}}}},"strict":true}},{"toolSpec":{"name":"g","description":"Does.","inputSchema":{"json":{"type":"object", "properties":{}}}}},{"toolSpec":{"name":"h","inputSchema":{"json":{"type":"object","properties":{}}}}}]}"#
        ))
    #expect(unsupported == ["tools[3]"])
  }

  static let choices: [(String, String, [String])] = [
    (#""auto""#, "", []),
    (#""required""#, #","toolChoice":{"any":{}}"#, []),
    (
      #"{"type":"function","function":{"name":"f"}}"#, #","toolChoice":{"tool":{"name":"f"}}"#, []
    ),
    (#"{"type":"allowed_tools"}"#, "", ["tool_choice"]),
  ]

  @Test(arguments: choices)
  func `a choice of tools`(choice: String, said: String, lost: [String]) throws {
    let asked = try ask.with(#""tools":[\#(tool)],"tool_choice":\#(choice)"#)
    #expect(asked.body == BedrockAsk.behind(#""toolConfig":{"tools":[\#(spec)]\#(said)}"#))
    #expect(asked.unsupported == lost)
  }

  @Test func `no tool is called where none is told of`() throws {
    let asked = try ask.with(#""tools":[\#(tool)],"tool_choice":"none","parallel_tool_calls":true"#)
    #expect(asked.body == BedrockAsk.behind(""))
    #expect(asked.unsupported == [])
  }

  @Test func `calls of the conversation need their tools, whatever may be called next`() throws {
    let messages = #"""
      {"role":"user","content":"a"},
      {"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
      {"role":"tool","tool_call_id":"c","content":""}
      """#
    let kept = try ask(#"{"messages":[\#(messages)],"tools":[\#(tool)],"tool_choice":"none"}"#)
    #expect(kept.body.hasSuffix(#""toolConfig":{"tools":[\#(spec)]}}"#))
    #expect(kept.unsupported == ["tool_choice"])
    let bare = try ask(#"{"messages":[\#(messages)],"parallel_tool_calls":false}"#)
    #expect(bare.body.hasSuffix(#""toolConfig":{"tools":[\#(spec)]}}"#))
    #expect(bare.body.contains(#"{"toolResult":{"toolUseId":"c","content":[]}}"#))
    #expect(bare.unsupported == ["parallel_tool_calls"])
  }
}
