// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct AnthropicConversationTests {
  private let chat = AnthropicChat()
  private let user = #"{"role":"user","content":"Hi"}"#

  @Test func `several instructions go in front, wherever they stood`() throws {
    let body =
      #"{"messages":[{"role":"system","content":"A"},\#(user),{"role":"developer","content":"B"}]}"#
    #expect(
      try chat.member("system", of: body)
        == #"[{"type":"text","text":"A"},{"type":"text","text":"B"}]"#)
    #expect(try chat.member("messages", of: body) == "[\(user)]")
    #expect(
      try chat.member("system", of: #"{"messages":[{"role":"system","content":"A"},\#(user)]}"#)
        == #""A""#)
  }

  @Test func `instructions alone are what the user says`() throws {
    let body = #"{"messages":[{"role":"system","content":"A"}]}"#
    #expect(try chat.member("system", of: body) == nil)
    #expect(try chat.member("messages", of: body) == #"[{"role":"user","content":"A"}]"#)
  }

  @Test func `messages of one role become one`() throws {
    #expect(
      try chat.messages(
        #"\#(user),{"role":"user","content":"you"},{"role":"assistant","content":"Yes?"},\#(user)"#)
        == #"[{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"text","text":"you"}]},"#
        + #"{"role":"assistant","content":"Yes?"},\#(user)]"#)
  }

  @Test func `blank texts are left out, as the API refuses them`() throws {
    #expect(
      try chat.messages(
        #"\#(user),{"role":"assistant","content":""},{"role":"assistant","content":null},"#
          + #"{"role":"user","content":[{"type":"text","text":" "},{"type":"text","text":"x "}]}"#)
        == #"[{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"text","text":"x "}]}]"#
    )
  }

  @Test func `the assistant's last words end without whitespace`() throws {
    #expect(
      try chat.messages(#"\#(user),{"role":"assistant","content":"The answer is \n"}"#)
        == #"[\#(user),{"role":"assistant","content":"The answer is"}]"#)
    #expect(
      try chat.messages(#"\#(user),{"role":"assistant","content":"Yes "},\#(user)"#)
        == #"[\#(user),{"role":"assistant","content":"Yes "},\#(user)]"#)
  }

  // MARK: - Tools

  private func call(_ id: String, _ arguments: String = "{}") -> String {
    #"{"id":"\#(id)","type":"function","function":{"name":"f","arguments":"\#(arguments)"}}"#
  }

  private func result(_ id: String, _ content: String = #""r""#) -> String {
    #"{"role":"tool","tool_call_id":"\#(id)","content":\#(content)}"#
  }

  @Test func `results of one turn's calls are one message, in front of what else is said`() throws {
    let calls = #"{"role":"assistant","content":"So","tool_calls":[\#(call("a")),\#(call("b"))]}"#
    #expect(
      try chat.messages("\(user),\(calls),\(result("a")),\(user),\(result("b"))")
        == #"[\#(user),{"role":"assistant","content":[{"type":"text","text":"So"},"#
        + #"{"type":"tool_use","id":"a","name":"f","input":{}},"#
        + #"{"type":"tool_use","id":"b","name":"f","input":{}}]},"#
        + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"r"},"#
        + #"{"type":"tool_result","tool_use_id":"b","content":"r"},{"type":"text","text":"Hi"}]}]"#)
  }

  @Test func `arguments are the input, spelled as they are`() throws {
    let arguments = #"{ \"a\": 1.0, \"b\": \"\u00e9\" }"#
    let messages = try chat.messages(
      #"\#(user),{"role":"assistant","tool_calls":[\#(call("a", arguments))]},\#(result("a"))"#)
    #expect(messages.contains(#""input":{ "a": 1.0, "b": "é" }"#))
  }

  @Test func `arguments that are no object are kept as text and named`() throws {
    let turns =
      #"\#(user),{"role":"assistant","tool_calls":[\#(call("a", "oops"))]},\#(result("a"))"#
    #expect(try chat.messages(turns).contains(#""input":{"arguments":"oops"}"#))
    #expect(
      try chat.unsupported(#"{"messages":[\#(turns)]}"#)
        == ["messages[1].tool_calls[0].function.arguments"])
  }

  @Test func `ids of other providers become ids that the API takes, the same on both sides`() throws
  {
    let messages = try chat.messages(
      #"\#(user),{"role":"assistant","tool_calls":[\#(call("f:0.é"))]},\#(result("f:0.é"))"#)
    #expect(messages.contains(#""id":"call_f_3A0_2E_C3_A9""#))
    #expect(messages.contains(#""tool_use_id":"call_f_3A0_2E_C3_A9""#))
  }

  @Test func `results have parts, or nothing`() throws {
    let turn = #"\#(user),{"role":"assistant","tool_calls":[\#(call("a"))]}"#
    #expect(
      try chat.messages("\(turn),\(result("a", #""""#))")
        .hasSuffix(#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]}]"#))
    let image = #"[{"type":"image_url","image_url":{"url":"https://example.org/a.png"}}]"#
    #expect(
      try chat.messages("\(turn),\(result("a", image))")
        .contains(
          #""content":[{"type":"image","source":{"type":"url","url":"https://example.org/a.png"}}]"#
        ))
  }

  @Test func `tools that were called are declared even if none is on offer`() throws {
    let body =
      #"{"messages":[\#(user),{"role":"assistant","tool_calls":[\#(call("a"))]},\#(result("a"))]}"#
    #expect(
      try chat.member("tools", of: body)
        == #"[{"name":"f","input_schema":{"type":"object","properties":{}}}]"#)
    #expect(try chat.member("tool_choice", of: body) == #"{"type":"none"}"#)
  }

  @Test func `a result without an id and an unknown role are errors that name their place`() throws
  {
    #expect(throws: RequestProblem(message: "messages[1].tool_call_id is missing")) {
      try chat.messages(#"\#(user),{"role":"tool","content":"r"}"#)
    }
    #expect(
      throws: RequestProblem(
        message: "messages[0].role: 'function' is not supported by this provider")
    ) {
      try chat.messages(#"{"role":"function","name":"f","content":"r"}"#)
    }
  }

  // MARK: - Parts

  private func parts(_ parts: String) throws -> String {
    try chat.messages(#"{"role":"user","content":[\#(parts)]}"#)
  }

  @Test(arguments: [
    (
      #"{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}"#,
      #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}"#
    ),
    (
      #"{"type":"image_url","image_url":{"url":"data:image/JPG;x=y;base64,AA==","detail":"auto"}}"#,
      #"{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AA=="}}"#
    ),
    (
      #"{"type":"image_url","image_url":{"url":"http://example.org/a?b=c"}}"#,
      #"{"type":"image","source":{"type":"url","url":"http://example.org/a?b=c"}}"#
    ),
    (
      #"{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JV"}}"#,
      #"{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JV"},"title":"a.pdf"}"#
    ),
    (
      #"{"type":"file","file":{"file_data":"JVBERi0x"}}"#,
      #"{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0x"}}"#
    ),
    (
      #"{"type":"file","file":{"file_data":"https://example.org/a.pdf"}}"#,
      #"{"type":"document","source":{"type":"url","url":"https://example.org/a.pdf"}}"#
    ),
    (
      #"{"type":"file","file":{"file_id":"file_1"}}"#,
      #"{"type":"document","source":{"type":"file","file_id":"file_1"}}"#
    ),
  ])
  func `images and documents`(part: String, block: String) throws {
    #expect(try parts(part) == #"[{"role":"user","content":[\#(block)]}]"#)
  }

  @Test func `uploaded files need a beta of the older version`() throws {
    let body =
      #"{"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file_1"}}]}]}"#
    #expect(
      try chat.request(body).headers.last == .init("anthropic-beta", "files-api-2025-04-14"))
    #expect(try AnthropicChat(version: "2026-10-21").request(body).headers.count == 1)
  }

  @Test(arguments: [
    #"{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}"#,
    #"{"type":"image_url","image_url":{"url":"data:image/svg+xml;base64,AAAA"}}"#,
    #"{"type":"image_url","image_url":{"url":"data:image/png,AAAA"}}"#,
    #"{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}"#,
    #"{"type":"file","file":{"file_data":"data:text/plain;base64,AAAA"}}"#,
    #"{"type":"file","file":{"filename":"a"}}"#,
    #"{"type":"video","url":"x"}"#,
  ])
  func `parts that the API cannot take are named`(part: String) throws {
    let text = #"{"type":"text","text":"Hi"}"#
    let body = #"{"messages":[{"role":"user","content":[\#(text),\#(part)]}]}"#
    #expect(try chat.unsupported(body) == ["messages[0].content[1]"])
    #expect(try chat.member("messages", of: body) == #"[{"role":"user","content":[\#(text)]}]"#)
  }

  @Test func `thoughts that come back are let go of`() throws {
    let said = #"{"role":"assistant","content":"So","reasoning_content":"hm"}"#
    #expect(try chat.unsupported(#"{"messages":[\#(user),\#(said),\#(user)]}"#).isEmpty)
  }

  @Test func `what else a message has is named`() throws {
    let message =
      #"{"role":"user","name":"Bo","extra":1,"annotations":[],"content":[{"type":"image_url","#
      + #""image_url":{"url":"https://example.org/a.png","detail":"low"}}]}"#
    #expect(
      try chat.unsupported(#"{"messages":[\#(message)]}"#)
        == ["messages[0].name", "messages[0].extra", "messages[0].content[0].image_url.detail"])
  }
}
