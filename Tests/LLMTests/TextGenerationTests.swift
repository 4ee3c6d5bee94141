// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LLM

@Suite struct TextGenerationTests {
  private let llama = Llama2()

  private func request(_ json: String, isStreamed: Bool = false) throws -> ProviderRequest {
    try llama.request(
      ProviderAsking.chat(json), ProviderAsking.call(isStreamed: isStreamed))
  }

  @Test func `a conversation is a text with parameters`() throws {
    let asked = try request(
      #"{"messages":[{"role":"user","content":"Hi"}],"max_tokens":9,"temperature":0.5,"top_p":0.9,"top_k":4,"seed":7,"frequency_penalty":0.1,"stop":["x"],"repetition_penalty":1.1}"#,
      isStreamed: true)
    #expect(
      asked.text
        == #"{"inputs":"<s>[INST] Hi [/INST]","parameters":{"details":true,"return_full_text":false,"max_new_tokens":9,"temperature":0.5,"top_p":0.9,"top_k":4,"seed":7,"frequency_penalty":0.1,"stop":["x"],"repetition_penalty":1.1},"stream":true}"#
    )
    #expect(asked.unsupported.isEmpty)
  }

  @Test(arguments: ["\"temperature\":0", "\"temperature\":0.0", "\"top_p\":1", "\"top_p\":1.0"])
  func `values that mean nothing are left out, as the server refuses them`(member: String) throws {
    let asked = try request(#"{"messages":[],\#(member),"presence_penalty":0}"#)
    #expect(!asked.text.contains("temperature"))
    #expect(!asked.text.contains("top_p"))
    #expect(asked.unsupported.isEmpty)
  }

  @Test func `a schema is a grammar`() throws {
    let asked = try request(
      #"{"messages":[],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"array"}}}}"#
    )
    #expect(asked.text.contains(#""grammar":{"type":"json","value":{"type":"array"}}"#))
    let any = try request(#"{"messages":[],"response_format":{"type":"json_object"}}"#)
    #expect(any.text.contains(#""grammar":{"type":"json","value":{"type":"object"}}"#))
  }

  @Test func `tools and what else the server lacks are named`() throws {
    let asked = try request(
      #"{"messages":[],"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"auto","parallel_tool_calls":true,"presence_penalty":1,"user":"u","response_format":{"type":"odd"}}"#
    )
    #expect(
      asked.unsupported == [
        "tools", "tool_choice", "parallel_tool_calls", "presence_penalty", "response_format",
        "user",
      ])
    #expect(
      try request(#"{"messages":[],"tool_choice":"none"}"#).unsupported.isEmpty)
  }

  @Test func `a configured operation follows the mode`() throws {
    for (configured, plain, streamed) in [
      ("/generate", "/generate", "/generate_stream"),
      ("/a/generate_stream", "/a/generate", "/a/generate_stream"), ("/", "/", "/"),
      ("/invocations", "/invocations", "/invocations"),
    ] {
      let asked = try request(#"{"messages":[]}"#)
      #expect(llama.path(configured: configured, asked) == plain)
      let stream = try request(#"{"messages":[]}"#, isStreamed: true)
      #expect(llama.path(configured: configured, stream) == streamed)
    }
  }

  private func token(_ text: String, special: Bool = false) -> String {
    #""token":{"id":1,"text":\#(JSONText.string(text).string),"logprob":-0.5,"special":\#(special)}"#
  }

  private func read(
    _ stream: String, route: RouteType = .chat, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (output: String, answer: ChatStreamWriter, whole: String?) {
    let call = ProviderAsking.call(route, isStreamed: true)
    let (output, answer) = try StreamSplits(llama, call)
      .read(stream, sourceLocation: sourceLocation)
    let bytes = Array(output.utf8)
    return (output, answer, OpenAIStreamAnswer(bytes.span.bytes, route: route)?.json.string)
  }

  @Test func `a stream put together is the whole answer`() throws {
    let (_, answer, whole) = try read(
      "data:{\"index\":1,\(token("Grü"))}\n\ndata: {\"index\":2,\(token("ß €")),\"generated_text\":null,\"details\":null}\n\n"
        + "data:{\"index\":3,\(token("</s>", special: true)),\"generated_text\":\"Grüß €\",\"details\":{\"finish_reason\":\"eos_token\",\"generated_tokens\":3,\"input_length\":9,\"seed\":null}}\n\n"
    )
    let prefill = Array(repeating: #"{"id":1,"text":"x","logprob":null}"#, count: 9)
    let plain = try llama.answered(
      #"[{"generated_text":"Grüß €","details":{"finish_reason":"eos_token","generated_tokens":3,"prefill":[\#(prefill.joined(separator: ","))],"tokens":[]}}]"#,
      ProviderAsking.call())
    #expect(whole == plain)
    #expect(
      plain
        == #"{"id":"chatcmpl-7","object":"chat.completion","created":5,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Grüß €"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}"#
    )
    #expect(answer.endedProperly)
  }

  @Test(arguments: [("length", "length"), ("stop_sequence", "stop"), ("eos_token", "stop")])
  func `reasons to stop are OpenAI's`(theirs: String, ours: String) throws {
    let details = #""details":{"finish_reason":"\#(theirs)","generated_tokens":1,"prefill":[]}"#
    let plain = try llama.answered(
      #"{"generated_text":"a",\#(details)}"#, ProviderAsking.call(.completions))
    #expect(plain.contains(#""text":"a","index":0,"logprobs":null,"finish_reason":"\#(ours)""#))
  }

  @Test func `a count of one half is not taken for the whole`() throws {
    let answer = try llama.answer(
      Array(#"{"generated_text":"a","details":{"generated_tokens":1,"prefill":[]}}"#.utf8)
        .span.bytes, ProviderAsking.call())
    #expect(answer.usage == nil)
  }

  @Test func `a text without details ends the stream`() throws {
    let (output, answer, _) = try read(
      "data:{\(token("a")),\"generated_text\":null}\n\ndata:{\(token("b")),\"generated_text\":\"ab\"}\n\n",
      route: .completions)
    #expect(output.hasSuffix("data: [DONE]\n\n"))
    #expect(answer.endedProperly)
    #expect(answer.finalUsage?.isEstimate == true)
  }

  @Test func `an error inside the stream ends it`() throws {
    let (output, answer, _) = try read(
      "data:{\(token("a"))}\n\ndata:{\"error\":\"Request failed during generation\",\"error_type\":\"generation\"}\n\n"
    )
    #expect(
      output.hasSuffix(
        #"data: {"error":{"message":"Request failed during generation","type":"server_error","param":null,"code":"generation"}}"#
          + "\n\n"))
    #expect(!answer.endedProperly)
  }

  @Test func `a stream without its end was cut`() throws {
    #expect(try read("data:{\(token("a"))}\n\n").output.contains("upstream_stream_cut"))
  }

  @Test func `a prompt that comes back is taken away`() throws {
    let plain = try llama.answered(
      #"[{"generated_text":"<s>[INST] Hi [/INST] Hello"}]"#, ProviderAsking.call())
    #expect(plain.contains(#""content":" Hello""#))
  }

  @Test(arguments: ["", "[]", "{}", "[1]", #"{"generated_text":1}"#])
  func `what is no answer is said to be none`(body: String) {
    #expect(throws: ProviderProblem.self) { try llama.answered(body, ProviderAsking.call()) }
  }
}
