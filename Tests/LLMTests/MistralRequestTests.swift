// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LLM

@Suite struct MistralRequestTests {
  private let mistral = Mistral()

  private func request(_ body: String, isStreamed: Bool = false) throws -> ProviderRequest {
    let chat = try ChatRequest(openAI: Array(body.utf8).span.bytes)
    let call = ProviderCall(model: "m", isStreamed: isStreamed, id: "chatcmpl-7", created: 5)
    return try mistral.request(chat, call)
  }

  private func messages(_ messages: String) throws -> (body: String, unsupported: [String]) {
    let request = try request(#"{"messages":["# + messages + "]}")
    let text = String(decoding: request.body, as: UTF8.self)
    let head = #"{"model":"m","messages":["#
    let tail = #"],"stream":false}"#
    #expect(text.hasPrefix(head) && text.hasSuffix(tail))
    return (String(text.dropFirst(head.count).dropLast(tail.count)), request.unsupported)
  }

  @Test func `a request has Mistral's names and nothing else`() throws {
    let request = try request(
      #"""
      {"model":"x","messages":[{"role":"user","content":"a","name":"bob"}],"seed":7,"temperature":0.70,
       "max_completion_tokens":9,"stop":"x","stream_options":{"include_usage":true},"user":null,
       "top_k":3,"tool_choice":"required","parallel_tool_calls":false,"reasoning_effort":"low",
       "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}},
       "tools":[{"type":"function","function":{"name":"f","strict":true}},{"type":"custom"}],
       "logit_bias":{"1":2},"n":1,"service_tier":"flex","store":false,"logprobs":true}
      """#, isStreamed: true)
    #expect(request.path == "/v1/chat/completions")
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == #"{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":"#
        + #"{"name":"f","parameters":{"type":"object","properties":{}},"strict":true}}],"tool_choice":"any","#
        + #""parallel_tool_calls":false,"temperature":0.70,"top_k":3,"max_tokens":9,"random_seed":7,"stop":["x"],"#
        + #""response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}},"stream":true,"#
        + #""reasoning_effort":"low"}"#)
    #expect(
      request.unsupported == [
        "messages[0].name", "tools[1]", "logit_bias", "service_tier", "logprobs",
      ])
  }

  @Test func `a named tool is asked for by name`() throws {
    let request = try request(
      #"{"messages":[],"tool_choice":{"type":"function","function":{"name":"f"}}}"#)
    let body = String(decoding: request.body, as: UTF8.self)
    #expect(body.contains(#""tool_choice":{"type":"function","function":{"name":"f"}}"#))
  }

  @Test func `ids of calls and their results become the same nine letters and digits`() throws {
    let (body, unsupported) = try messages(
      #"""
      {"role":"assistant","content":null,"tool_calls":[
        {"id":"call_abc","type":"function","function":{"name":"f","arguments":""}},
        {"id":"V2bduoFbR","type":"function","function":{"name":"g","arguments":"{}"}}]},
      {"role":"tool","tool_call_id":"V2bduoFbR","content":"1"},
      {"role":"tool","tool_call_id":"call_abc","content":"2","name":"f"}
      """#)
    var ids = MistralToolIDs()
    let own = ids["call_abc"]
    #expect(own.utf8.count == 9 && own.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
    #expect(
      body == #"{"role":"assistant","content":"","tool_calls":[{"id":""# + own
        + #"","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"V2bduoFbR","type":"function","function":{"name":"g","arguments":"{}"}}]},"#
        + #"{"role":"tool","content":"1","tool_call_id":"V2bduoFbR"},"#
        + #"{"role":"tool","content":"2","tool_call_id":""# + own + #"","name":"f"}"#)
    #expect(unsupported.isEmpty)
  }

  @Test func `no two ids become one`() {
    var first = MistralToolIDs()
    var ids = MistralToolIDs()
    // The name that another id has by its hash belongs to whom it was given first.
    let name = first["call_1"]
    #expect(ids[name] == name)
    #expect(ids["call_1"] != name)
    #expect(ids["call_1"] == ids["call_1"])
    var names: Set<String> = []
    for number in 0..<1000 { names.insert(ids["call_\(number)"]) }
    #expect(names.count == 1000)
    #expect(first["ÄÖ"].utf8.count == 9)
    #expect(first["é2345678"] != "é2345678")
  }

  @Test func `a user behind the result of a tool is told apart by an answer`() throws {
    let (body, _) = try messages(
      #"{"role":"tool","tool_call_id":"aaaaaaaaa","content":"1"},{"role":"user","content":"a"}"#)
    #expect(
      body == #"{"role":"tool","content":"1","tool_call_id":"aaaaaaaaa"},"#
        + #"{"role":"assistant","content":"OK"},{"role":"user","content":"a"}"#)
  }

  @Test func `instructions that come late move to the front`() throws {
    let (body, _) = try messages(
      #"""
      {"role":"system","content":"1"},{"role":"user","content":"a"},{"role":"system","content":"2"},
      {"role":"assistant","content":"b"},{"role":"developer","content":"3"},{"role":"user","content":"c"}
      """#)
    #expect(
      body == #"{"role":"system","content":"1"},{"role":"system","content":"3"},"#
        + #"{"role":"user","content":"a"},{"role":"system","content":"2"},"#
        + #"{"role":"assistant","content":"b"},{"role":"user","content":"c"}"#)
  }

  @Test func `what the assistant began is a prefix`() throws {
    let (body, unsupported) = try messages(
      #"""
      {"role":"user","content":"a"},{"role":"assistant","content":"b","prefix":true,"audio":null,
       "reasoning_content":"c"}
      """#)
    #expect(
      body == #"{"role":"user","content":"a"},{"role":"assistant","content":"b","prefix":true}"#)
    #expect(unsupported == ["messages[1].reasoning_content"])
  }

  @Test func `parts keep their order, and those that Mistral has not are named`() throws {
    let (body, unsupported) = try messages(
      #"""
      {"role":"user","content":[{"type":"text","text":"é\n"},
       {"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","detail":"low"}},
       {"type":"video"},{"type":"input_audio","input_audio":{"data":"AA==","format":"mp3"}},
       {"type":"file","file":{"file_data":"data:application/pdf;base64,AA==","filename":"a.pdf"}}]}
      """#)
    #expect(
      body == #"{"role":"user","content":[{"type":"text","text":"é\n"},"#
        + #"{"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","detail":"low"}},"#
        + #"{"type":"input_audio","input_audio":"AA=="},"#
        + #"{"type":"document_url","document_url":"data:application/pdf;base64,AA==","document_name":"a.pdf"}]}"#
    )
    #expect(unsupported == ["messages[0].content[2]"])
  }

  @Test func `vectors are asked for by Mistral's names`() throws {
    let body = Array(
      #"{"model":"x","input":["a","b"],"dimensions":8,"encoding_format":"base64","user":"u","x":1}"#
        .utf8)
    let span = body.span.bytes
    let call = ProviderCall(route: .embeddings, model: "m", id: "x", created: 5)
    let root = try JSONNode.validated(in: span)
    let request = try mistral.request(EmbeddingRequest(openAI: root, in: span), call)
    #expect(request.path == "/v1/embeddings")
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == #"{"model":"m","input":["a","b"],"output_dimension":8}"#)
    #expect(request.unsupported == ["user", "x"])
    var tokens = EmbeddingRequest()
    tokens.inputs = [.tokens([1])]
    #expect(throws: RequestProblem(message: "Mistral makes vectors of texts, not of tokens")) {
      try mistral.request(tokens, call)
    }
  }
}
