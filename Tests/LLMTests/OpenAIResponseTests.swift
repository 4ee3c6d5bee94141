// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct OpenAIResponseTests {
  private func read(_ body: String, _ route: RouteType) throws -> OpenAIResponse {
    let bytes = Array(body.utf8)
    return try OpenAIResponse(bytes.span.bytes, route: route)
  }

  @Test func `usage and model of a chat are read`() throws {
    let response = try read(
      #"{"id":"c","model":"gpt-4o-x","choices":[{"index":0,"message":{"role":"assistant","content":"hé\n"},"finish_reason":"stop"}],"usage":{"prompt_tokens":8,"completion_tokens":3,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":2, "x":1.50}}}"#,
      .chat)
    #expect(response.model == "gpt-4o-x")
    #expect(response.characters == 0)
    #expect(response.usage?.totalTokens == 11)
    #expect(response.usage?.cachedPromptTokens == 2)
    #expect(response.usage?.promptDetails == #"{"cached_tokens":2, "x":1.50}"#)
    #expect(response.usage?.isEstimate == false)
  }

  @Test func `completions and embeddings have usage too`() throws {
    let completion = try read(
      #"{"choices":[{"text":"abc","finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#,
      .completions)
    #expect(completion.usage?.totalTokens == 3)
    let embedding = try read(
      #"{"data":[{"embedding":[0.1,-2e-3]}],"model":"e","usage":{"prompt_tokens":5,"total_tokens":5}}"#,
      .embeddings)
    #expect(embedding.usage == Usage(promptTokens: 5, completionTokens: 0, totalTokens: 5))
  }

  @Test func `characters are counted where no usage is reported`() throws {
    let choices = #""choices":[{"message":{"content":"hé\n"}},{"message":{"refusal":"no"}}]"#
    #expect(try read("{\(choices)}", .chat).characters == 5)
    #expect(try read("{\(choices),\"usage\":null}", .chat).characters == 5)
    #expect(try read("{\"usage\":{\"total_tokens\":1},\(choices)}", .chat).characters == 0)
  }

  @Test func `a usage that makes no sense is no usage`() throws {
    for usage in [
      "null", "{}", "[]", "\"none\"", #"{"prompt_tokens":-1}"#, #"{"prompt_tokens":"1"}"#,
    ] {
      #expect(try read("{\"choices\":[],\"usage\":\(usage)}", .chat).usage == nil, "\(usage)")
    }
    let huge = try read(
      #"{"choices":[],"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":1}}"#, .chat)
    #expect(huge.usage?.promptTokens == .max)
  }

  @Test func `a response without what it must have is a failed transformation`() {
    let cases: [(String, RouteType, String)] = [
      ("{}", .chat, "openai://llm/v1/chat: 'choices' not in llm/v1/chat response"),
      (#"{"choices":null}"#, .chat, "openai://llm/v1/chat: 'choices' not in llm/v1/chat response"),
      (
        "{}", .completions,
        "openai://llm/v1/completions: 'choices' not in llm/v1/completions response"
      ),
      ("{}", .embeddings, "openai://llm/v1/embeddings: 'data' not in llm/v1/embeddings response"),
      ("<html>", .chat, "openai://llm/v1/chat: failed to decode llm/v1/chat response"),
    ]
    for (body, route, message) in cases {
      let problem = #expect(throws: RequestProblem.self) { try read(body, route) }
      #expect(problem?.status == 500)
      #expect(problem?.message == "transformation failed from type " + message)
    }
    #expect(throws: Never.self) { try read("{}", .preserve) }
  }
}

@Suite struct OpenAIUsageTests {
  private func usage(_ text: String) throws -> Usage? {
    let bytes = Array(text.utf8)
    return try Usage(openAI: JSONNode.validated(in: bytes), in: bytes.span.bytes)
  }

  @Test func `xAI's reasoning is a part of the completion`() throws {
    let apart = try #require(
      try usage(
        #"{"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}}"#
      ))
    #expect(apart.completionTokens == 103)
    #expect(apart.totalTokens == 135)
    #expect(apart.reasoningTokens == 94)
    let within = try #require(
      try usage(
        #"{"prompt_tokens":32,"completion_tokens":103,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}}"#
      ))
    #expect(within.completionTokens == 103)
    let enormous = try #require(
      try usage(
        #"{"prompt_tokens":9,"completion_tokens":9223372036854775807,"total_tokens":9,"completion_tokens_details":{"reasoning_tokens":9223372036854775807}}"#
      ))
    #expect(enormous.completionTokens == .max)
  }

  @Test func `DeepSeek's cache hits are cached tokens`() throws {
    let hits = try #require(
      try usage(
        #"{"prompt_tokens":10,"completion_tokens":1,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":6}"#
      ))
    #expect(hits.cachedPromptTokens == 4)
    let both = try #require(
      try usage(
        #"{"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":3},"prompt_cache_hit_tokens":4}"#
      ))
    #expect(both.cachedPromptTokens == 3)
  }
}
