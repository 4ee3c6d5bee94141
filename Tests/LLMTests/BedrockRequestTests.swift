// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct BedrockRequestTests {
  private let ask = BedrockAsk()

  @Test func `instructions stand apart, and each side's messages are one turn`() throws {
    let (body, unsupported) = try ask.messages(
      #"""
      {"role":"system","content":"Be brief."},
      {"role":"user","content":[{"type":"text","text":"é\n"},{"type":"text","text":"b"}]},
      {"role":"user","content":"c"},
      {"role":"developer","content":[{"type":"text","text":"Be kind."}]},
      {"role":"assistant","content":"d","refusal":null},
      {"role":"user","content":"e"}
      """#)
    #expect(
      body
        == #"{"messages":[{"role":"user","content":[{"text":"é\n"},{"text":"b"},{"text":"c"}]},{"role":"assistant","content":[{"text":"d"}]},{"role":"user","content":[{"text":"e"}]}],"system":[{"text":"Be brief."},{"text":"Be kind."}]}"#
    )
    #expect(unsupported == [])
  }

  @Test func `results of parallel calls are one turn`() throws {
    let (body, unsupported) = try ask.messages(
      #"""
      {"role":"user","content":"a"},
      {"role":"assistant","content":"","tool_calls":[
        {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},
        {"id":"c 2","type":"function","function":{"name":"g","arguments":""}}]},
      {"role":"tool","tool_call_id":"c1","content":"{\"y\":2}"},
      {"role":"tool","tool_call_id":"c 2","content":[{"type":"text","text":"z"}]},
      {"role":"user","content":"b"}
      """#)
    #expect(
      body.hasPrefix(
        #"{"messages":[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"c1","name":"f","input":{"x":1}}},{"toolUse":{"toolUseId":"c_2","name":"g","input":{}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"c1","content":[{"text":"{\"y\":2}"}]}},{"toolResult":{"toolUseId":"c_2","content":[{"text":"z"}]}},{"text":"b"}]}],"#
      ))
    #expect(unsupported == [])
    // The client left its tools out: Converse wants to be told of those that were called.
    #expect(
      body.hasSuffix(
        #""toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}}}},{"toolSpec":{"name":"g","inputSchema":{"json":{"type":"object","properties":{}}}}}]}}"#
      ))
  }

  static let broken: [(String, String, String)] = [
    (
      #"{"role":"tool","content":"x"}"#, "messages[0].tool_call_id", "needs the id"
    ),
    (
      #"{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}"#,
      "messages[0].tool_calls[0].id", "needs an id"
    ),
    (
      #"{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{x"}}]}"#,
      "messages[0].tool_calls[0].function.arguments", "must be a JSON object"
    ),
    (
      #"{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"[]"}}]}"#,
      "messages[0].tool_calls[0].function.arguments", "must be a JSON object"
    ),
  ]

  @Test(arguments: broken)
  func `calls and results that cannot be paired are refused by their place`(
    message: String, parameter: String, reason: String
  ) {
    let problem = #expect(throws: RequestProblem.self) { try ask.messages(message) }
    #expect(problem?.parameter == parameter)
    #expect(problem?.message.contains(reason) == true)
  }

  @Test func `empty texts are left out, blank ones are named`() throws {
    let (body, unsupported) = try ask.messages(
      #"""
      {"role":"system","content":""},
      {"role":"user","content":[{"type":"text","text":""},{"type":"text","text":" \n"},{"type":"text","text":"a"}]},
      {"role":"assistant","content":"\t"},
      {"role":"user","content":"b"}
      """#)
    #expect(body == #"{"messages":[{"role":"user","content":[{"text":"a"},{"text":"b"}]}]}"#)
    #expect(unsupported == ["messages[1].content[1]", "messages[2].content"])
  }

  @Test func `images, documents and sounds are bytes with a format`() throws {
    let (body, unsupported) = try ask.messages(
      #"""
      {"role":"user","content":[
        {"type":"image_url","image_url":{"url":"data:image/PNG;base64,AAAA","detail":"low"}},
        {"type":"image_url","image_url":{"url":"data:image/jpg;base64,BBBB"}},
        {"type":"file","file":{"filename":"My_report  (v2).pdf","file_data":"data:application/pdf;base64,CCCC"}},
        {"type":"file","file":{"filename":"My report (v2).md","file_data":"data:application/octet-stream;base64,DDDD"}},
        {"type":"input_audio","input_audio":{"data":"EEEE","format":"wav"}}]}
      """#)
    #expect(
      body
        == #"{"messages":[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"AAAA"}}},{"image":{"format":"jpeg","source":{"bytes":"BBBB"}}},{"document":{"format":"pdf","name":"My report (v2)","source":{"bytes":"CCCC"}}},{"document":{"format":"md","name":"My report (v2) (2)","source":{"bytes":"DDDD"}}},{"audio":{"format":"wav","source":{"bytes":"EEEE"}}}]}]}"#
    )
    #expect(unsupported == ["messages[0].content[0].image_url.detail"])
  }

  @Test func `what Converse cannot take is named by its place`() throws {
    let (body, unsupported) = try ask.messages(
      #"""
      {"role":"system","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
      {"role":"user","name":"Ann","content":[
        {"type":"text","text":"a"},
        {"type":"image_url","image_url":{"url":"https://images.example/a.png"}},
        {"type":"image_url","image_url":{"url":"data:image/bmp;base64,AAAA"}},
        {"type":"image_url","image_url":{"url":"data:image/png,%89PNG"}},
        {"type":"file","file":{"file_id":"file-7"}},
        {"type":"odd"}]},
      {"role":"assistant","content":[{"type":"text","text":"b"}],"annotations":[],"audio":{"id":"x"}},
      {"role":"function","name":"f","content":"c"}
      """#)
    #expect(
      body
        == #"{"messages":[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"text":"b"}]}]}"#
    )
    #expect(
      unsupported == [
        "messages[0].content[0]", "messages[1].name", "messages[1].content[1]",
        "messages[1].content[2]", "messages[1].content[3]", "messages[1].content[4]",
        "messages[1].content[5]", "messages[2].audio", "messages[3].name", "messages[3]",
      ])
  }

  @Test func `sampling keeps its spelling`() throws {
    let (body, unsupported) = try ask.with(
      #""max_completion_tokens":9,"temperature":0.70,"top_p":1e-1,"stop":["x",""],"top_k":4,"n":1,"presence_penalty":0,"logprobs":false"#
    )
    #expect(
      body
        == BedrockAsk.behind(
          #""inferenceConfig":{"maxTokens":9,"temperature":0.70,"topP":1e-1,"stopSequences":["x"]},"additionalModelRequestFields":{"top_k":4}"#
        ))
    #expect(unsupported == [])
  }

  static let families: [(String, String, [String])] = [
    (BedrockAsk.claude, #"{"top_k":4}"#, ["seed", "frequency_penalty"]),
    ("amazon.nova-lite-v1:0", #"{"inferenceConfig":{"topK":4}}"#, ["seed", "frequency_penalty"]),
    ("cohere.command-r-plus-v1:0", #"{"k":4,"seed":7,"frequency_penalty":0.5}"#, []),
    ("ai21.jamba-1-5-large-v1:0", #"{"frequency_penalty":0.5}"#, ["top_k", "seed"]),
    ("mistral.mistral-7b-instruct-v0:2", #"{"top_k":4}"#, ["seed", "frequency_penalty"]),
    (
      "arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-x", #"{"top_k":4}"#,
      ["seed", "frequency_penalty"]
    ),
    (
      "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", "",
      ["top_k", "seed", "frequency_penalty"]
    ),
    ("meta.llama3-3-70b-instruct-v1:0", "", ["top_k", "seed", "frequency_penalty"]),
  ]

  @Test(arguments: families)
  func `what only some families take goes where they want it`(
    model: String, fields: String, lost: [String]
  ) throws {
    let asked = try BedrockAsk(model: model).with(
      #""top_k":4,"seed":7,"frequency_penalty":0.5"#)
    let additional = fields.isEmpty ? "" : "\"additionalModelRequestFields\":" + fields
    #expect(asked.body == BedrockAsk.behind(additional))
    #expect(asked.unsupported == lost)
  }

  static let efforts: [(String, String, String, [String])] = [
    (BedrockAsk.claude, "low", #""outputConfig":{"effort":"low"}"#, []),
    (BedrockAsk.claude, "none", "", []),
    (BedrockAsk.claude, "minimal", "", ["reasoning_effort"]),
    (
      "global.amazon.nova-2-lite-v1:0", "high",
      #""additionalModelRequestFields":{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"high"}}"#,
      []
    ),
    (
      "amazon.nova-2-lite-v1:0", "none",
      #""additionalModelRequestFields":{"reasoningConfig":{"type":"disabled"}}"#, []
    ),
    (
      "openai.gpt-oss-120b-1:0", "medium",
      #""additionalModelRequestFields":{"reasoning_effort":"medium"}"#, []
    ),
    ("amazon.nova-lite-v1:0", "low", "", ["reasoning_effort"]),
  ]

  @Test(arguments: efforts)
  func `how hard to think is said as the family wants it`(
    model: String, effort: String, said: String, lost: [String]
  ) throws {
    let asked = try BedrockAsk(model: model).with("\"reasoning_effort\":\"\(effort)\"")
    #expect(asked.body == BedrockAsk.behind(said))
    #expect(asked.unsupported == lost)
  }

  @Test func `Converse's own members pass, and those of the configuration yield to them`() throws {
    var ask = ask
    ask.settings.bedrock.performanceLatency = "optimized"
    #expect(
      try ask.with(#""seed":1,"service_tier":"flex""#).body
        == BedrockAsk.behind(
          #""performanceConfig":{"latency":"optimized"},"serviceTier":{"type":"flex"}"#))
    let (body, unsupported) = try ask.with(
      #""performanceConfig":{"latency":"standard"},"guardrailConfig":{"guardrailIdentifier":"g"},"top_k":4,"additionalModelRequestFields":{"top_k":5,"thinking":{"type":"enabled"}},"bedrock":{"additionalModelRequestFields":[{"a":1}],"toolConfig":{},"guardrailConfig":{}},"metadata":{},"user":"u""#
    )
    #expect(
      body
        == BedrockAsk.behind(
          #""performanceConfig":{"latency":"standard"},"guardrailConfig":{"guardrailIdentifier":"g"},"additionalModelRequestFields":{"top_k":5,"thinking":{"type":"enabled"},"a":1}"#
        ))
    #expect(
      unsupported == ["bedrock.toolConfig", "bedrock.guardrailConfig", "metadata", "user", "top_k"])
  }

  @Test func `a schema of the answer is a text`() throws {
    let schema = #"{"type":"object","properties":{"a":{"const":"é\""}}}"#
    let (body, unsupported) = try ask.with(
      #""response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":\#(schema)}},"reasoning_effort":"high""#
    )
    #expect(
      body
        == BedrockAsk.behind(
          #""outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{\"type\":\"object\",\"properties\":{\"a\":{\"const\":\"é\\\"\"}}}","name":"n"}}},"effort":"high"}"#
        ))
    #expect(unsupported == [])
    #expect(
      try ask.with(#""response_format":{"type":"json_object"}"#).unsupported == ["response_format"])
    #expect(try ask.with(#""response_format":{"type":"text"}"#).unsupported == [])
    let own = try ask.with(
      #""response_format":{"type":"json_schema","json_schema":{"schema":{}}},"outputConfig":{"effort":"max"}"#
    )
    #expect(own.body == BedrockAsk.behind(#""outputConfig":{"effort":"max"}"#))
    #expect(own.unsupported == ["response_format"])
  }

  @Test func `the path names the model and follows the mode`() throws {
    var ask = BedrockAsk(model: "arn:aws:bedrock:us-east-1:1:inference-profile/../x")
    let json = #"{"messages":[{"role":"user","content":"a"}]}"#
    let whole = try ask.request(json)
    #expect(
      whole.path
        == "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2F..%2Fx/converse")
    ask.isStreamed = true
    let streamed = try ask.request(json)
    #expect(streamed.path.hasSuffix("/converse-stream"))
    let bedrock = Bedrock(ProviderSettings())
    for (configured, plain, stream) in [
      ("/", whole.path, streamed.path),
      ("/p/model/m/converse", "/p/model/m/converse", "/p/model/m/converse-stream"),
      ("/model/m/converse-stream", "/model/m/converse", "/model/m/converse-stream"),
      ("/mock", "/mock", "/mock"),
    ] {
      #expect(bedrock.path(configured: configured, whole) == plain)
      #expect(bedrock.path(configured: configured, streamed) == stream)
    }
  }

  @Test func `the address is the region's, and nothing else's`() {
    func origin(_ region: String?) -> String? {
      var settings = ProviderSettings()
      settings.bedrock.region = region
      return Bedrock(settings).origin
    }
    #expect(origin("eu-central-1") == "https://bedrock-runtime.eu-central-1.amazonaws.com")
    #expect(origin("cn-north-1") == "https://bedrock-runtime.cn-north-1.amazonaws.com.cn")
    for region in [nil, "", "x.evil.example/#", "EU", "a@b"] { #expect(origin(region) == nil) }
  }
}
