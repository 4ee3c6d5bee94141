// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

/// A server that speaks OpenAI's format and leaves out what it likes.
private struct SloppyServer: Provider {
  let name = "sloppy"
  let origin: String? = nil

  func request(
    _ chat: ChatRequest, _ call: ProviderCall
  ) throws(RequestProblem) -> ProviderRequest {
    ProviderRequest(path: "/chat", body: chat.openAI)
  }

  func answer(_ body: RawSpan, _ call: ProviderCall) throws(ProviderProblem) -> ChatResponse {
    do throws(JSONError) {
      return try ChatResponse(openAI: body).completed(for: call)
    } catch {
      throw .unreadable(name, "\(error)")
    }
  }

  func error(_ body: RawSpan, status: Int) -> ChatError? { try? ChatError(openAI: body) }

  func events(_ call: ProviderCall) -> ProviderEvents { .openAI(OpenAIEvents()) }
}

@Suite struct StreamTranslationTests {
  private let call = ProviderCall(model: "m", isStreamed: true, id: "chatcmpl-7", created: 5)

  private func read(
    _ stream: String, includesUsage: Bool = true, route: RouteType = .chat,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (output: String, answer: ChatStreamWriter) {
    var call = call
    call.route = route
    return try StreamSplits(SloppyServer(), call, includesUsage: includesUsage)
      .read(stream, sourceLocation: sourceLocation)
  }

  @Test func `what a server leaves out is filled in`() throws {
    let stream = """
      data:{"id":"","choices":[{"delta":{"content":"a\\u00e9"}}]}

      data:{"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":""}}]}}]}

      data:{"choices":[{"delta":{},"finish_reason":"eos_token"}],"usage":{"prompt_tokens":2,"completion_tokens":3}}

      data:[DONE]


      """
    let (output, answer) = try read(stream)
    let head =
      #"data: {"id":"chatcmpl-7","object":"chat.completion.chunk","created":5,"model":"m","choices":["#
    let tail = #","finish_reason":null}],"usage":null}"# + "\n\n"
    #expect(
      output == head + #"{"index":0,"delta":{"role":"assistant","content":""}"# + tail
        + head + #"{"index":0,"delta":{"content":"a\u00e9"}"# + tail
        + head
        + #"{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_7_0_0","type":"function","function":{"name":"f","arguments":""}}]}"#
        + tail
        + head
        + #"{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}"# + tail
        + head + #"{"index":0,"delta":{},"finish_reason":"tool_calls"}],"usage":null}"# + "\n\n"
        + head + #"],"usage":{"prompt_tokens":2,"completion_tokens":3,"total_tokens":5}}"# + "\n\n"
        + "data: [DONE]\n\n")
    #expect(answer.usage == Usage(promptTokens: 2, completionTokens: 3))
    #expect(answer.endedProperly)
  }

  @Test func `a completion has texts`() throws {
    let stream = #"data: {"id":"x","choices":[{"index":0,"text":"t0"}]}"# + "\n\ndata: [DONE]\n\n"
    let (output, _) = try read(stream, includesUsage: false, route: .completions)
    let head = #"data: {"id":"x","object":"text_completion","created":5,"model":"m","choices":["#
    #expect(
      output == head + #"{"index":0,"text":"t0","logprobs":null,"finish_reason":null}]}"# + "\n\n"
        + head + #"{"index":0,"text":"","logprobs":null,"finish_reason":"stop"}]}"#
        + "\n\ndata: [DONE]\n\n")
  }

  @Test func `a stream that is cut says so`() throws {
    let (output, answer) = try read(#"data: {"choices":[{"delta":{"content":"a"}}]}"# + "\n\n")
    #expect(output.hasSuffix("\"code\":\"upstream_stream_cut\"}}\n\n"))
    #expect(!answer.endedProperly)
    #expect(answer.finalUsage == Usage(estimatedPromptTokens: 7, characters: 1))
  }

  @Test func `a stream that ends behind its finish reason is complete`() throws {
    let (output, answer) = try read(
      #"data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}"# + "\n\n")
    #expect(output.hasSuffix("data: [DONE]\n\n"))
    #expect(answer.endedProperly)
  }

  @Test func `an error of the provider ends the stream`() throws {
    let (output, answer) = try read(
      #"data: {"error":{"message":"busy","type":"overloaded","code":529}}"# + "\n\n"
        + "data: [DONE]\n\n")
    #expect(
      output == #"data: {"error":{"message":"busy","type":"overloaded","param":null,"code":"529"}}"#
        + "\n\n")
    #expect(answer.error?.message == "busy")
  }

  @Test func `an event that is no JSON fails the answer`() throws {
    let (output, _) = try read("data: {\"choices\":[{]}\n\ndata: [DONE]\n\n")
    #expect(output.contains("upstream_answer_unreadable"))
    #expect(!output.contains("[DONE]"))
  }
}
