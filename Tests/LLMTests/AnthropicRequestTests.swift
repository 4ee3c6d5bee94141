// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct AnthropicRequestTests {
  private let old = AnthropicChat(model: "claude-3-5-haiku-20241022")
  private let budget = AnthropicChat()
  private let adaptive = AnthropicChat(model: "claude-sonnet-4-6")
  private let new = AnthropicChat(model: "claude-sonnet-5-5", version: "2026-10-21")

  @Test func `a request has its model, a limit and its messages`() throws {
    let request = try budget.request(asking(#""temperature":0.50,"stop":["a","b"],"user":"u""#))
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == #"{"model":"claude-haiku-4-5","max_tokens":16384,"#
        + #""messages":[{"role":"user","content":"Hi"}],"temperature":0.50,"#
        + #""stop_sequences":["a","b"],"metadata":{"user_id":"u"}}"#)
    #expect(budget.provider.origin == "https://api.anthropic.com")
    #expect(request.path == "/v1/messages")
    #expect(request.headers == [.init("anthropic-version", "2023-06-01")])
    #expect(request.unsupported.isEmpty)
  }

  @Test func `a stream is asked for as such`() throws {
    var call = budget.call
    call.isStreamed = true
    let chat = ChatRequest(
      model: nil, messages: [ChatMessage(role: .user, content: [.text("Hi")])])
    let request = try budget.provider.request(chat, call)
    #expect(String(decoding: request.body, as: UTF8.self).hasSuffix(#""stream":true}"#))
  }

  @Test func `both names of the limit are the limit`() throws {
    #expect(try budget.member("max_tokens", of: asking(#""max_tokens":7"#)) == "7")
    #expect(try budget.member("max_tokens", of: asking(#""max_completion_tokens":8"#)) == "8")
  }

  @Test(arguments: [#""seed":1"#, #""logit_bias":{"1":2}"#, #""n":2"#, #""logprobs":true"#])
  func `what the API has no place for is named`(members: String) throws {
    let name = members.prefix { $0 != ":" }.filter { $0 != "\"" }
    #expect(try budget.unsupported(asking(members)) == [String(name)])
  }

  @Test func `what says nothing is not named`() throws {
    let members =
      #""n":1,"logprobs":false,"logit_bias":{},"presence_penalty":0,"frequency_penalty":0.0,"#
      + #""store":null,"parallel_tool_calls":true,"tool_choice":"none","modalities":["text"]"#
    #expect(try budget.unsupported(asking(members)).isEmpty)
  }

  @Test func `the service tier has other names`() throws {
    #expect(
      try budget.member("service_tier", of: asking(#""service_tier":"default""#))
        == #""standard_only""#)
    #expect(try budget.unsupported(asking(#""service_tier":"flex""#)) == ["service_tier"])
  }

  @Test func `members that only Anthropic has pass`() throws {
    let members = #""cache_control":{"type":"ephemeral"},"thinking":{"type":"between_tools"}"#
    let body = asking(members)
    #expect(try new.member("cache_control", of: body) == #"{"type":"ephemeral"}"#)
    #expect(try new.member("thinking", of: body) == #"{"type":"between_tools"}"#)
    #expect(try new.unsupported(body).isEmpty)
  }

  @Test func `a budget of the client's own has room in the limit`() throws {
    let own = #""thinking":{"type":"enabled","budget_tokens":20000}"#
    #expect(try budget.member("max_tokens", of: asking(own)) == "24096")
    let small = #""thinking":{"type":"enabled","budget_tokens":2000}"#
    #expect(try budget.member("max_tokens", of: asking(small)) == "16384")
  }

  // MARK: - Sampling

  @Test func `sampling passes as it is spelled`() throws {
    let body = asking(#""temperature":0.70,"top_p":1e-1,"top_k":5"#)
    #expect(try old.member("temperature", of: body) == "0.70")
    #expect(try old.member("top_p", of: body) == "1e-1")
    #expect(try old.member("top_k", of: body) == "5")
  }

  @Test func `of temperature and top_p newer models take one`() throws {
    let body = asking(#""temperature":0.7,"top_p":0.1"#)
    #expect(try budget.member("top_p", of: body) == nil)
    #expect(try budget.unsupported(body) == ["top_p"])
  }

  @Test func `temperatures above Anthropic's range are named`() throws {
    let body = asking(#""temperature":1.5"#)
    #expect(try budget.member("temperature", of: body) == nil)
    #expect(try budget.unsupported(body) == ["temperature"])
  }

  @Test(arguments: [
    AnthropicChat(model: "claude-haiku-4-5", version: "2026-10-21"),
    AnthropicChat(model: "claude-opus-4-8"),
  ])
  func `no sampling where the version or the model knows none`(chat: AnthropicChat) throws {
    let body = asking(#""temperature":0.5,"top_p":0.5,"top_k":5"#)
    #expect(try chat.member("temperature", of: body) == nil)
    #expect(try chat.unsupported(body) == ["temperature", "top_p", "top_k"])
    // The defaults are what the model does anyway.
    let plain = asking(#""temperature":1,"top_p":1.0"#)
    #expect(try chat.member("temperature", of: plain) == nil)
    #expect(try chat.unsupported(plain).isEmpty)
  }

  @Test func `stop texts of whitespace are named, as the API refuses them`() throws {
    #expect(try budget.unsupported(asking(#""stop":"\n""#)) == ["stop"])
    let body = asking(#""stop":["a","\n"]"#)
    #expect(try budget.unsupported(body) == ["stop[1]"])
    #expect(try budget.member("stop_sequences", of: body) == #"["a"]"#)
  }

  // MARK: - Thinking

  @Test(arguments: [("minimal", 1024), ("low", 2048), ("medium", 6144), ("high", 12_288)])
  func `an effort is a budget`(effort: String, tokens: Int) throws {
    let body = asking(#""reasoning_effort":"\#(effort)""#)
    #expect(
      try budget.member("thinking", of: body)
        == #"{"type":"enabled","budget_tokens":\#(tokens)}"#)
    #expect(try budget.member("max_tokens", of: body) == String(max(16_384, tokens + 4096)))
  }

  @Test func `a budget stays below the limit`() throws {
    let body = asking(#""reasoning_effort":"high","max_tokens":4000"#)
    #expect(try budget.member("thinking", "budget_tokens", of: body) == "2000")
    let small = asking(#""reasoning_effort":"high","max_tokens":1024"#)
    #expect(try budget.member("thinking", of: small) == nil)
    #expect(try budget.unsupported(small) == ["reasoning_effort"])
  }

  @Test(arguments: [
    ("minimal", "low"), ("low", "low"), ("high", "high"), ("xhigh", "high"), ("max", "max"),
  ])
  func `newer models think as they like, by an effort`(wish: String, effort: String) throws {
    let body = asking(#""reasoning_effort":"\#(wish)""#)
    #expect(
      try adaptive.member("thinking", of: body) == #"{"type":"adaptive","display":"summarized"}"#)
    #expect(try adaptive.member("output_config", of: body) == #"{"effort":"\#(effort)"}"#)
    #expect(try adaptive.member("max_tokens", of: body) == "32000")
  }

  @Test func `the highest effort but one is known since 4.7`() throws {
    let body = asking(#""reasoning_effort":"xhigh""#)
    #expect(try new.member("output_config", "effort", of: body) == #""xhigh""#)
  }

  @Test func `no effort is no thinking`() throws {
    let body = asking(#""reasoning_effort":"none""#)
    #expect(try new.member("thinking", of: body) == #"{"type":"disabled"}"#)
    #expect(try adaptive.member("thinking", of: body) == nil)
    let always = AnthropicChat(model: "claude-fable-5-2")
    #expect(try always.member("thinking", of: body) == nil)
    #expect(try always.unsupported(body) == ["reasoning_effort"])
  }

  @Test func `a model that cannot think is not told to`() throws {
    let body = asking(#""reasoning_effort":"low""#)
    #expect(try old.member("thinking", of: body) == nil)
    #expect(try old.unsupported(body) == ["reasoning_effort"])
    #expect(try budget.unsupported(asking(#""reasoning_effort":"huge""#)) == ["reasoning_effort"])
  }

  @Test func `who thinks is not sampled`() throws {
    let body = asking(#""reasoning_effort":"low","temperature":0.5"#)
    #expect(try budget.member("temperature", of: body) == nil)
    #expect(try budget.unsupported(body) == ["temperature"])
  }

  @Test func `who must call a tool does not think before`() throws {
    let tool = #""tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required""#
    let body = asking(#""reasoning_effort":"low",\#(tool)"#)
    #expect(try budget.member("thinking", of: body) == nil)
    #expect(try budget.unsupported(body) == ["reasoning_effort"])
    #expect(try adaptive.member("thinking", of: body) == nil)
    #expect(try adaptive.member("output_config", "effort", of: body) == #""low""#)
    #expect(try adaptive.unsupported(body).isEmpty)
  }

  /// The API would refuse it: the thoughts that led to the call are gone.
  @Test func `no budget of thoughts behind results of tools`() throws {
    let call = #"{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}"#
    let body =
      #"{"reasoning_effort":"low","messages":[{"role":"user","content":"Hi"},"#
      + #"{"role":"assistant","tool_calls":[\#(call)]},"#
      + #"{"role":"tool","tool_call_id":"a","content":"x"}]}"#
    #expect(try budget.member("thinking", of: body) == nil)
    #expect(try budget.unsupported(body) == ["reasoning_effort"])
    #expect(try adaptive.member("thinking", "type", of: body) == #""adaptive""#)
  }

  // MARK: - The shape of the answer

  private let format =
    #""response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"#
    + #""schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"#
    + #""additionalProperties":false}}}"#

  @Test func `a schema is the output's format`() throws {
    #expect(
      try budget.member("output_config", of: asking(format))
        == #"{"format":{"type":"json_schema","schema":{"type":"object","#
        + #""properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}}}"#)
    #expect(try budget.unsupported(asking(format)).isEmpty)
    let both = asking(#""reasoning_effort":"low",\#(format)"#)
    #expect(try adaptive.member("output_config", "effort", of: both) == #""low""#)
    #expect(try adaptive.member("output_config", "format", "type", of: both) == #""json_schema""#)
  }

  @Test func `an older model is asked for the schema in words, which are no guarantee`() throws {
    #expect(try old.member("output_config", of: asking(format)) == nil)
    #expect(try old.unsupported(asking(format)) == ["response_format"])
    let system = try #require(try old.member("system", of: asking(format)))
    #expect(system.contains(#"\"required\":[\"a\"]"#))
  }

  @Test func `plain JSON is asked for in words`() throws {
    let body = asking(#""response_format":{"type":"json_object"}"#)
    #expect(try new.member("system", of: body)?.contains("JSON object") == true)
    #expect(try new.unsupported(body) == ["response_format"])
    #expect(try new.unsupported(asking(#""response_format":{"type":"text"}"#)).isEmpty)
  }

  // MARK: - Completions

  @Test func `a completion is a message to models of today`() throws {
    let chat = AnthropicChat(model: "claude-haiku-4-5", route: .completions)
    let request = try chat.request(#"{"prompt":"Hi","echo":false,"suffix":"x"}"#)
    #expect(request.path == "/v1/messages")
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == #"{"model":"claude-haiku-4-5","max_tokens":16384,"#
        + #""messages":[{"role":"user","content":"Hi"}]}"#)
    #expect(request.unsupported == ["suffix"])
  }

  @Test func `a completion is a text to models before messages`() throws {
    let chat = AnthropicChat(model: "claude-2.1", route: .completions)
    let request = try chat.request(
      #"{"prompt":"Hi","max_tokens":9,"stop":"x","user":"u","seed":1,"top_k":3}"#)
    #expect(request.path == "/v1/complete")
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == #"{"model":"claude-2.1","prompt":"\n\nHuman: Hi\n\nAssistant:","#
        + #""max_tokens_to_sample":9,"top_k":3,"stop_sequences":["x"],"metadata":{"user_id":"u"}}"#)
    #expect(request.unsupported == ["seed"])
  }

  @Test func `a configured path tells which API it is`() throws {
    let complete = AnthropicChat(model: "an-alias", route: .completions, path: "/x/v1/complete")
    #expect(try complete.request(#"{"prompt":"Hi"}"#).path == "/v1/complete")
    let messages = AnthropicChat(model: "claude-2.1", route: .completions, path: "/v1/messages")
    #expect(try messages.request(#"{"prompt":"Hi"}"#).path == "/v1/messages")
  }
}
