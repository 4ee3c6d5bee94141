// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct AnthropicNativeTests {
  private func call(_ path: String, _ body: String) throws -> NativeCall {
    let bytes = Array(body.utf8)
    var call = try AnthropicChat().provider
      .nativeCall(path: path, query: "", body: bytes.span.bytes)
    #expect(call.headers == [.init("anthropic-version", "2023-06-01")])
    call.headers = []
    return call
  }

  @Test func `messages are a chat`() throws {
    #expect(
      try call("/any/v1/messages", #"{"model":"m","stream":true}"#)
        == NativeCall(kind: .chat, model: "m", isStreamed: true, path: "/v1/messages"))
    #expect(
      try call("/v1/messages", #"{"stream":false}"#)
        == NativeCall(kind: .chat, model: nil, isStreamed: false, path: "/v1/messages"))
  }

  @Test func `tokens are counted for nothing`() throws {
    #expect(
      try call("/v1/messages/count_tokens", #"{"model":"m","stream":true}"#)
        == NativeCall(
          kind: .other, model: "m", isStreamed: false, path: "/v1/messages/count_tokens"))
  }

  @Test(arguments: [
    "/v1/messages/batches", "/v1/complete", "/v1/messages/", "/v1/messages/../files", "/", "",
  ])
  func `nothing else is an operation`(path: String) throws {
    let problem = try #require(throws: RequestProblem.self) { try call(path, "{}") }
    #expect(problem.status == 404)
  }

  @Test(arguments: ["messages", "system", "model"])
  func `what decides what a model sees is there once`(name: String) throws {
    let problem = try #require(throws: RequestProblem.self) {
      try call("/v1/messages", #"{"\#(name)":"a","\#(name)":"b"}"#)
    }
    #expect(problem.message == "request body contains '\(name)' more than once")
  }

  @Test(arguments: ["", "no", "[]"])
  func `a body has to be an object`(body: String) {
    #expect(throws: RequestProblem.noPrompts) { try call("/v1/messages", body) }
  }

  private func shadow(_ body: String) throws -> ChatRequest {
    let bytes = Array(body.utf8)
    return try AnthropicChat().provider.chat(native: bytes.span.bytes)
  }

  @Test func `all that a model is shown is in the shadow`() throws {
    let chat = try shadow(
      #"{"model":"m","max_tokens":9,"system":[{"type":"text","text":"Be brief."}],"stream":true,"#
        + #""messages":[{"role":"user","content":[{"type":"text","text":"Look"},"#
        + #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA"}},"#
        + #"{"type":"document","title":"t","source":{"type":"url","url":"https://example.org/a"}},"#
        + #"{"type":"document","source":{"type":"text","media_type":"text/plain","data":"x"}}]},"#
        + #"{"role":"assistant","content":[{"type":"text","text":"So"},"#
        + #"{"type":"tool_use","id":"a","name":"f","input":{"x": 1}}]},"#
        + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"r"},"#
        + #"{"type":"text","text":"Go on"}]}],"tools":[{"name":"f","input_schema":{"type":"object"}},"#
        + #"{"type":"web_search_20260318","name":"web_search"}],"#
        + #""tool_choice":{"type":"any"},"temperature":0.5,"stop_sequences":["x"],"thinking":{}}"#)
    #expect(chat.messages.map(\.role) == [.system, .user, .assistant, .tool, .user])
    #expect(chat.messages[0].text == "Be brief.")
    #expect(
      chat.messages[1].content.prefix(3) == [
        .text("Look"), .image(url: "data:image/png;base64,AA", detail: nil),
        .file(.init(name: "t", data: "https://example.org/a")),
      ])
    guard case .other? = chat.messages[1].content.last else {
      Issue.record("a document of text is a part as it is")
      return
    }
    #expect(chat.messages[2].toolCalls == [ToolCall(id: "a", name: "f", arguments: #"{"x": 1}"#)])
    #expect(chat.messages[3].toolCallID == "a")
    #expect(chat.messages[3].text == "r")
    #expect(chat.messages[4].text == "Go on")
    #expect(chat.tools.count == 2)
    #expect(chat.toolChoice == .required)
    #expect(chat.sampling.stop == ["x"])
    #expect(chat.sampling.maxTokens?.string == "9")
    #expect(chat.isStreamed)
    #expect(chat.unknown.map(\.key) == ["thinking"])
  }

  @Test func `a chat that goes there and back is the same`() throws {
    let body =
      #"{"messages":[{"role":"system","content":"A"},{"role":"user","content":"Hi"},"#
      + #"{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"#
      + #"{"role":"tool","tool_call_id":"a","content":"r"},{"role":"user","content":"Go on"}],"#
      + #""tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]}"#
    let request = try AnthropicChat().request(body)
    let there = try AnthropicChat().provider.chat(native: request.body.span.bytes)
    let bytes = Array(body.utf8)
    let here = try ChatRequest(openAI: bytes.span.bytes)
    #expect(there.messages == here.messages)
    #expect(there.tools == here.tools)
  }
}
