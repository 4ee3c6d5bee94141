// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct AnthropicStreamTests {
  private let chat = AnthropicChat(model: "claude-sonnet-5-5")

  private func read(
    _ stream: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (chunks: [String], answer: ChatStreamWriter) {
    var call = chat.call
    call.isStreamed = true
    let (output, answer) = try StreamSplits(chat.provider, call)
      .read(stream, sourceLocation: sourceLocation)
    // The head of a chunk and its end are the same in all.
    let chunks = output.split(separator: "\n\n").map { String($0) }.map { chunk in
      chunk.replacing(
        #"data: {"id":"msg_1","object":"chat.completion.chunk","created":5,"model":"claude-sonnet-5-5","choices":["#,
        with: "…"
      ).replacing(#""finish_reason":null}],"usage":null}"#, with: "…")
    }
    return (chunks, answer)
  }

  @Test func `a text leaves piece by piece, spelled as it came`() throws {
    let (chunks, answer) = try read(AnthropicSamples.text)
    #expect(
      chunks == [
        #"…{"index":0,"delta":{"role":"assistant","content":""},…"#,
        #"…{"index":0,"delta":{"content":"Gr\u00fc\u00dfe"},…"#,
        #"…{"index":0,"delta":{"content":", é\u2028\"!\""},…"#,
        #"…{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}"#,
        #"…],"usage":\#(try #require(answer.usage).openAI.string)}"#,
        "data: [DONE]",
      ])
    var usage = Usage(promptTokens: 59, completionTokens: 15)
    usage.cachedPromptTokens = 30
    usage.cacheWriteTokens = 4
    #expect(answer.usage == usage)
    #expect(answer.answeringModel == "claude-sonnet-5-5")
  }

  @Test func `thoughts, texts and calls, one of them without arguments`() throws {
    let (chunks, answer) = try read(AnthropicSamples.tools)
    #expect(
      chunks.dropFirst().dropLast(2) == [
        #"…{"index":0,"delta":{"reasoning_content":"The user"},…"#,
        #"…{"index":0,"delta":{"reasoning_content":" asks."},…"#,
        #"…{"index":0,"delta":{"content":"Let me see."},…"#,
        #"…{"index":0,"delta":{"tool_calls":[{"index":0,"id":"toolu_1","type":"function","function":{"name":"weather","arguments":""}}]},…"#,
        #"…{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]},…"#,
        #"…{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":" \"Bonn\"}"}}]},…"#,
        #"…{"index":0,"delta":{"tool_calls":[{"index":1,"id":"toolu_2","type":"function","function":{"name":"time","arguments":""}}]},…"#,
        #"…{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]},…"#,
        #"…{"index":0,"delta":{},"finish_reason":"tool_calls"}],"usage":null}"#,
      ])
    var usage = Usage(promptTokens: 472, completionTokens: 89)
    usage.reasoningTokens = 12
    #expect(answer.usage == usage)
  }

  @Test func `a tool that the provider runs itself is no call of the client's`() throws {
    let (chunks, answer) = try read(AnthropicSamples.ownTool)
    #expect(
      chunks.dropFirst().dropLast(2) == [
        #"…{"index":0,"delta":{"content":"I look."},…"#,
        #"…{"index":0,"delta":{"content":" Found."},…"#,
        #"…{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}"#,
      ])
    #expect(answer.usage == Usage(promptTokens: 900, completionTokens: 20))
  }

  @Test func `a refusal is a filter's doing, and says why`() throws {
    let (chunks, answer) = try read(AnthropicSamples.refusal)
    #expect(
      chunks.dropFirst(2).dropLast(2) == [
        #"…{"index":0,"delta":{"refusal":"No."},…"#,
        #"…{"index":0,"delta":{},"finish_reason":"content_filter"}],"usage":null}"#,
      ])
    #expect(answer.endedProperly)
  }

  @Test func `an error in the stream is its end`() throws {
    let (chunks, answer) = try read(AnthropicSamples.overloaded)
    #expect(
      chunks.last
        == #"data: {"error":{"message":"Overloaded","type":"overloaded_error","param":null,"code":null}}"#
    )
    #expect(!answer.endedProperly)
    // What was said until then is the best guess at what it costs, with an exact prompt.
    var usage = Usage(promptTokens: 5, completionTokens: 3)
    usage.isEstimate = true
    #expect(answer.usage == usage)
  }

  @Test func `a stream that is cut has an error`() throws {
    let cut = AnthropicSamples.text.split(separator: "event: message_delta")[0]
    let (chunks, answer) = try read(String(cut))
    #expect(chunks.last?.contains("upstream_stream_cut") == true)
    #expect(answer.finalUsage?.isEstimate == true)
    #expect(answer.finalUsage?.promptTokens == 59)
  }

  @Test func `events that are still to be invented are no events`() throws {
    let (known, _) = try read(AnthropicSamples.text)
    let news =
      "event: news\ndata: {\"type\":\"news\",\"text\":\"x\",\"delta\":{\"text\":\"x\"}}\n\n"
    let (chunks, _) = try read(news + AnthropicSamples.text + news)
    #expect(chunks == known)
  }

  @Test func `the texts of a completion`() throws {
    var call = AnthropicChat(model: "claude-2.1", route: .completions).call
    call.isStreamed = true
    let (output, answer) = try StreamSplits(chat.provider, call).read(AnthropicSamples.completion)
    #expect(output.contains(#""id":"compl_1","object":"text_completion""#))
    #expect(output.contains(#"{"index":0,"text":"Hi","logprobs":null"#))
    #expect(output.contains(#"{"index":0,"text":" you","logprobs":null"#))
    #expect(answer.finishReason == .length)
    #expect(answer.finalUsage?.isEstimate == true)
  }
}
