// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct GeminiToolCallTests {
  private let asked = #"{"role":"user","content":"a"}"#

  private func call(_ id: String, _ name: String, _ arguments: String) -> String {
    #"{"id":"\#(id)","type":"function","function":{"name":"\#(name)","arguments":"\#(arguments)"}}"#
  }

  private func result(_ id: String, _ text: String) -> String {
    #"{"role":"tool","tool_call_id":"\#(id)","content":"\#(text)"}"#
  }

  /// The turns behind the first one.
  private func turns(_ messages: String, model: String = "gemini-2.5-flash") throws -> String {
    let body = try GeminiAsked.contents("\(asked),\(messages)", model: model)
    let head = #"{"contents":[{"role":"user","parts":[{"text":"a"}]},"#
    return String(body.dropFirst(head.count).dropLast(2))
  }

  @Test func `results have the names of their calls, and their order`() throws {
    let calls = [call("c1", "f", ""), call("c2", "g", #"{\"x\": 1}"#)].joined(separator: ",")
    let turns = try turns(
      #"{"role":"assistant","content":"so","tool_calls":[\#(calls)]},"#
        + result("c2", #"{\"y\": 2.50}"#) + "," + result("c1", "plain") + "," + asked)
    #expect(
      turns
        == #"{"role":"model","parts":[{"text":"so"},{"functionCall":{"name":"f","args":{}}},"#
        + #"{"functionCall":{"name":"g","args":{"x": 1}}}]},"#
        + #"{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"plain"}}},"#
        + #"{"functionResponse":{"name":"g","response":{"y": 2.50}}}]},"#
        + #"{"role":"user","parts":[{"text":"a"}]}"#)
  }

  @Test func `the newest call of an id names its result`() throws {
    let turns = try turns(
      #"{"role":"assistant","tool_calls":[\#(call("c", "f", "{}"))]},\#(result("c", "1")),"#
        + #"{"role":"assistant","tool_calls":[\#(call("c", "g", "{}"))]},\#(result("c", "2"))"#)
    #expect(turns.contains(#"{"name":"f","response":{"output":"1"}}"#))
    #expect(turns.contains(#"{"name":"g","response":{"output":"2"}}"#))
  }

  @Test func `arguments that are no object are kept as text`() throws {
    let turns = try turns(
      #"{"role":"assistant","tool_calls":[\#(call("c", "f", "{oops"))]},\#(result("c", "[1]"))"#)
    #expect(turns.contains(#""args":{"arguments":"{oops"}"#))
    #expect(turns.contains(#""response":{"output":"[1]"}"#))
  }

  @Test func `a result without its call is refused`() {
    let problem = #expect(throws: RequestProblem.self) { try turns(result("c9", "x")) }
    #expect(
      problem?.message
        == "messages[1].tool_call_id: no message before it calls a tool with the id 'c9'")
  }

  @Test func `ids and signatures come back as Gemini gave them`() throws {
    let calls = [call("gemini_i-1__ts_AB-_ww", "f", "{}"), call("call_7_01__ts_Zz_-", "g", "{}")]
    let turns = try turns(
      #"{"role":"assistant","tool_calls":[\#(calls.joined(separator: ","))]},"#
        + result("gemini_i-1__ts_AB-_ww", "1") + "," + result("call_7_01__ts_Zz_-", "2"),
      model: "gemini-3.8-flash")
    #expect(
      turns.contains(
        #"{"functionCall":{"id":"i-1","name":"f","args":{}},"thoughtSignature":"AB+/ww=="}"#))
    #expect(
      turns.contains(#"{"functionCall":{"name":"g","args":{}},"thoughtSignature":"Zz/+"}"#))
    #expect(turns.contains(#"{"functionResponse":{"id":"i-1","name":"f","#))
    #expect(turns.contains(#"{"functionResponse":{"name":"g","#))
  }

  @Test(arguments: [("gemini-2.5-pro", false), ("gemini-3.8-flash", true)])
  func `calls that another model made are excused`(model: String, isExcused: Bool) throws {
    let calls = [call("call_x", "f", "{}"), call("call_y", "g", "{}")].joined(separator: ",")
    let turns = try turns(
      #"{"role":"assistant","tool_calls":[\#(calls)]},\#(result("call_x", "1")),"#
        + result("call_y", "2"), model: model)
    let excuse = #","thoughtSignature":"skip_thought_signature_validator""#
    #expect(
      turns.contains(#"{"name":"f","args":{}}\#(isExcused ? excuse : "")},{"functionCall""#))
    #expect(turns.components(of: excuse) == (isExcused ? 1 : 0))
  }

  @Test func `what only looks like a signature is none`() throws {
    let turns = try turns(
      #"{"role":"assistant","tool_calls":[\#(call("x__ts_a b", "f", "{}"))]},\#(result("x__ts_a b", "1"))"#
    )
    #expect(!turns.contains("thoughtSignature"))
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
