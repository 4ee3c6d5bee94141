// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LLM

@Suite struct OllamaRequestTests {
  private let ollama = Ollama(name: "llama2", ProviderSettings())

  private func request(_ json: String, isStreamed: Bool = false) throws -> ProviderRequest {
    try ollama.request(
      ProviderAsking.chat(json), ProviderAsking.call(model: "llama2", isStreamed: isStreamed))
  }

  @Test func `a chat without wishes asks for no stream`() throws {
    let asked = try request(#"{"messages":[{"role":"user","content":"Hi"}]}"#)
    #expect(
      asked.text
        == #"{"model":"llama2","messages":[{"role":"user","content":"Hi"}],"stream":false}"#)
    #expect(asked.path == "/api/chat")
    #expect(asked.unsupported.isEmpty)
  }

  @Test func `options have Ollama's names and the client's spelling`() throws {
    let asked = try request(
      #"{"messages":[],"max_completion_tokens":9,"temperature":0.70,"top_p":1e0,"top_k":4,"seed":7,"presence_penalty":1,"frequency_penalty":-1,"stop":"x","min_p":0.1,"keep_alive":"5m","n":1,"user":null}"#,
      isStreamed: true)
    #expect(
      asked.text
        == #"{"model":"llama2","messages":[],"stream":true,"keep_alive":"5m","options":{"num_predict":9,"temperature":0.70,"top_p":1e0,"top_k":4,"seed":7,"presence_penalty":1,"frequency_penalty":-1,"stop":["x"],"min_p":0.1}}"#
    )
    #expect(asked.unsupported.isEmpty)
  }

  @Test func `every instruction is a system message where it stands`() throws {
    let asked = try request(
      #"{"messages":[{"role":"system","content":"A"},{"role":"user","content":"B"},{"role":"developer","content":[{"type":"text","text":"C"},{"type":"text","text":"D"}]}]}"#
    )
    #expect(
      asked.text.contains(
        #"[{"role":"system","content":"A"},{"role":"user","content":"B"},{"role":"system","content":"CD"}]"#
      ))
  }

  @Test func `calls have objects, and results the names of their functions`() throws {
    let asked = try request(
      #"""
      {"messages":[{"role":"assistant","content":null,"tool_calls":[
      {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}},
      {"id":"c2","type":"function","function":{"name":"g","arguments":""}}]},
      {"role":"tool","tool_call_id":"c2","content":"two"},{"role":"tool","tool_call_id":"c1","content":"one"}]}
      """#)
    #expect(
      asked.text.contains(
        #""messages":[{"role":"assistant","content":"","tool_calls":[{"id":"c1","function":{"name":"f","arguments":{"a": 1}}},{"id":"c2","function":{"name":"g","arguments":{}}}]},{"role":"tool","content":"two","tool_name":"g","tool_call_id":"c2"},{"role":"tool","content":"one","tool_name":"f","tool_call_id":"c1"}]"#
      ))
    #expect(asked.unsupported.isEmpty)
  }

  @Test(arguments: ["{", "[1]", "1", "null"])
  func `arguments that are no object are refused`(arguments: String) throws {
    #expect(throws: RequestProblem.self) {
      try request(
        #"{"messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"\#(arguments)"}}]}]}"#
      )
    }
  }

  @Test func `images lose their address, and those far away are named`() throws {
    let asked = try request(
      #"{"messages":[{"role":"user","content":[{"type":"text","text":"Look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAA="}},{"type":"image_url","image_url":{"url":"https://example.com/a.png"}},{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}}]}]}"#
    )
    #expect(
      asked.text.contains(#"[{"role":"user","content":"Look","images":["AAA="]}]"#))
    #expect(asked.unsupported == ["messages[0].content[2]", "messages[0].content[3]"])
  }

  @Test func `tools have a schema, and choices that Ollama has not are named`() throws {
    let tools = #""tools":[{"type":"function","function":{"name":"f","strict":true}}]"#
    let asked = try request(
      #"{"messages":[],\#(tools),"tool_choice":"required","parallel_tool_calls":false}"#)
    #expect(
      asked.text.contains(
        #""tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}]"#
      ))
    #expect(
      asked.unsupported == ["parallel_tool_calls", "tool_choice", "tools[0].function.strict"])
    let silent = try request(#"{"messages":[],\#(tools),"tool_choice":"none"}"#)
    #expect(!silent.text.contains("tools"))
    #expect(silent.unsupported.isEmpty)
  }

  @Test(
    arguments: [
      (#"{"type":"json_object"}"#, #""format":"json""#),
      (
        #"{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}"#,
        #""format":{"type":"object"}"#
      ),
    ])
  func `formats are Ollama's`(format: String, expected: String) throws {
    let asked = try request(#"{"messages":[],"response_format":\#(format)}"#)
    #expect(asked.text.contains(expected))
    #expect(asked.unsupported.isEmpty)
  }

  @Test(arguments: [("none", "false"), ("minimal", "\"low\""), ("high", "\"high\"")])
  func `effort is thinking`(effort: String, think: String) throws {
    let asked = try request(#"{"messages":[],"reasoning_effort":"\#(effort)"}"#)
    #expect(asked.text.contains(#""think":\#(think)"#))
  }

  @Test func `what Ollama cannot take is named`() throws {
    let asked = try request(
      #"{"messages":[{"role":"critic","content":"x"},{"role":"user","name":"Eve","content":"y","mood":1}],"user":"u","n":2,"logit_bias":{"1":1},"reasoning_effort":"odd","response_format":{"type":"grammar"}}"#
    )
    #expect(
      asked.unsupported == [
        "messages[0]", "messages[1].name", "messages[1].mood", "response_format", "user", "n",
        "logit_bias", "reasoning_effort",
      ])
    #expect(asked.text.contains(#""messages":[{"role":"user","content":"y"}]"#))
  }

  @Test func `a completion is generated`() throws {
    let asked = try ollama.request(
      ProviderAsking.completion(#"{"prompt":"One","suffix":"two","max_tokens":3,"echo":true}"#),
      ProviderAsking.call(.completions))
    #expect(asked.path == "/api/generate")
    #expect(
      asked.text
        == #"{"model":"m","prompt":"One","stream":false,"suffix":"two","options":{"num_predict":3}}"#
    )
    #expect(asked.unsupported == ["echo"])
  }

  @Test func `texts are embedded, tokens are refused`() throws {
    var settings = ProviderSettings()
    let asked = try ollama.request(
      ProviderAsking.embeddings(
        #"{"input":["a","b"],"dimensions":4,"encoding_format":"base64","user":"u","truncate":false}"#
      ), ProviderAsking.call(.embeddings))
    #expect(asked.path == "/api/embed")
    #expect(
      asked.text == #"{"model":"m","input":["a","b"],"dimensions":4,"truncate":false}"#)
    #expect(asked.unsupported == ["user"])
    settings.embeddingsDimensions = 8
    let configured = try Ollama(name: "mistral", settings).request(
      ProviderAsking.embeddings(#"{"input":"a","dimensions":4}"#), ProviderAsking.call(.embeddings))
    #expect(configured.text == #"{"model":"m","input":["a"],"dimensions":8}"#)
    #expect(throws: RequestProblem.self) {
      try ollama.request(
        ProviderAsking.embeddings(#"{"input":[1,2]}"#), ProviderAsking.call(.embeddings))
    }
  }

  @Test func `an address without a path is the server`() throws {
    let asked = try request(#"{"messages":[]}"#)
    #expect(ollama.path(configured: "/", asked) == "/api/chat")
    #expect(ollama.path(configured: "/proxied/chat", asked) == "/proxied/chat")
  }
}
