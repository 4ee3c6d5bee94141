// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct GeminiRequestTests {
  @Test func `instructions stand apart, and what one side says is one turn`() throws {
    let body = try GeminiAsked.contents(
      #"""
      {"role":"system","content":"be\tshort"},{"role":"user","content":"é"},
      {"role":"developer","content":[{"type":"text","text":"and kind"}]},
      {"role":"user","content":[{"type":"text","text":"b"},{"type":"text","text":""}]},
      {"role":"assistant","content":""},{"role":"assistant","content":"c","refusal":null}
      """#)
    #expect(
      body
        == #"{"contents":[{"role":"user","parts":[{"text":"é"},{"text":"b"}]},"#
        + #"{"role":"model","parts":[{"text":"c"}]}],"#
        + #""systemInstruction":{"parts":[{"text":"be\tshort"},{"text":"and kind"}]}}"#)
  }

  @Test func `instructions alone are what the user says`() throws {
    #expect(
      try GeminiAsked.contents(#"{"role":"system","content":"a"}"#)
        == #"{"contents":[{"role":"user","parts":[{"text":"a"}]}]}"#)
  }

  @Test func `options have Gemini's names and the client's spelling`() throws {
    let (body, unsupported) = try GeminiAsked.beside(
      #"""
      "temperature":0.50,"top_p":1e-1,"top_k":4,"max_completion_tokens":9,"n":2,"stop":["x","y"],
      "seed":3,"presence_penalty":-1,"frequency_penalty":1.5,"reasoning_effort":"low",
      "response_format":{"type":"json_object"}
      """#)
    #expect(
      body
        == #""generationConfig":{"temperature":0.50,"topP":1e-1,"topK":4,"maxOutputTokens":9,"#
        + #""candidateCount":2,"stopSequences":["x","y"],"seed":3,"presencePenalty":-1,"#
        + #""frequencyPenalty":1.5,"responseMimeType":"application/json","#
        + #""thinkingConfig":{"thinkingBudget":1024}}"#)
    #expect(unsupported == [])
  }

  @Test func `what Gemini cannot take is named`() throws {
    let request = try GeminiAsked.request(
      #"""
      {"messages":[{"role":"user","name":"al","content":[{"type":"text","text":"a"},
      {"type":"video_url","video_url":{}},{"type":"image_url","image_url":{"url":"https://h/i.png","detail":"low"}},
      {"type":"file","file":{"file_id":"file-1"}}]}],
      "user":"u","logit_bias":{},"parallel_tool_calls":false,"tool_choice":"required",
      "safety_settings":[{"category":"c"}],"metadata":null}
      """#)
    #expect(
      request.unsupported == [
        "messages[0].name", "messages[0].content[1]", "messages[0].content[2].image_url.detail",
        "messages[0].content[3].file", "tool_choice", "user", "logit_bias",
      ])
    #expect(request.text.hasSuffix(#""safetySettings":[{"category":"c"}]}"#))
  }

  @Test(arguments: [
    ("gemini-2.0-flash", "high", nil, ["reasoning_effort"]),
    ("gemini-2.0-flash", "none", nil, []),
    ("gemini-2.5-flash", "none", #""thinkingBudget":0"#, []),
    ("gemini-2.5-pro", "none", #""thinkingBudget":128"#, ["reasoning_effort"]),
    ("models/gemini-2.5-pro", "high", #""thinkingBudget":24576"#, []),
    ("gemini-3-pro-preview", "minimal", #""thinkingLevel":"LOW""#, ["reasoning_effort"]),
    ("gemini-3.8-flash", "minimal", #""thinkingLevel":"MINIMAL""#, []),
    ("gemini-flash-latest", "medium", #""thinkingLevel":"MEDIUM""#, []),
    ("gemini-3.8-flash", "vast", nil, ["reasoning_effort"]),
  ])
  func `how hard to think depends on the model`(
    model: String, effort: String, config: String?, unsupported: [String]
  ) throws {
    let sent = try GeminiAsked.beside(#""reasoning_effort":"\#(effort)""#, model: model)
    #expect(sent.body == (config.map { #""generationConfig":{"thinkingConfig":{\#($0)}}"# } ?? ""))
    #expect(sent.unsupported == unsupported)
  }

  @Test(arguments: [
    (#""auto""#, #"{"mode":"AUTO"}"#), (#""none""#, #"{"mode":"NONE"}"#),
    (#""required""#, #"{"mode":"ANY"}"#),
    (
      #"{"type":"function","function":{"name":"f"}}"#,
      #"{"mode":"ANY","allowedFunctionNames":["f"]}"#
    ),
  ])
  func `the choice of tools is a mode`(choice: String, config: String) throws {
    let sent = try GeminiAsked.beside(
      #""tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":\#(choice)"#)
    #expect(
      sent.body
        == #""tools":[{"functionDeclarations":[{"name":"f"}]}],"#
        + #""toolConfig":{"functionCallingConfig":\#(config)}"#)
    #expect(sent.unsupported == [])
  }

  @Test func `Google's own tools pass, others are named`() throws {
    let sent = try GeminiAsked.beside(
      #""tools":[{"google_search":{}},{"type":"web_search"},{"type":"function","function":{"name":"f","strict":true,"description":"d"}}],"parallel_tool_calls":false"#
    )
    #expect(
      sent.body
        == #""tools":[{"functionDeclarations":[{"name":"f","description":"d"}]},{"google_search":{}}]"#
    )
    #expect(sent.unsupported == ["tools[1]", "tools[2].function.strict", "parallel_tool_calls"])
  }

  @Test func `JSON beside tools is for models that can do both`() throws {
    let members =
      #""tools":[{"type":"function","function":{"name":"f"}}],"response_format":{"type":"json_object"}"#
    let older = try GeminiAsked.beside(members, model: "gemini-2.5-pro")
    #expect(older.unsupported == ["response_format"])
    #expect(!older.body.contains("responseMimeType"))
    let newer = try GeminiAsked.beside(members, model: "gemini-3.8-flash")
    #expect(newer.unsupported == [])
    #expect(newer.body.contains(#""responseMimeType":"application/json""#))
  }
}
