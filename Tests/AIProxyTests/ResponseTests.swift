// SPDX-License-Identifier: Apache-2.0

import LLM
import PluginSDK
import PluginTesting
import Testing

@testable import ai_proxy

struct ResponseTests {
  private static let statistics = #""logging":{"log_statistics":true}"#

  private func exchange(
    _ body: String = "{\(Proxy.messages)}", route: String = "llm/v1/chat", headers: Headers = [:],
    logging more: String = Proxy.logging
  ) async throws -> HarnessExchange<AIProxy> {
    let harness = try await Proxy.harness(
      route: route, options: #""input_cost":0.15,"output_cost":0.6"#, more)
    let exchange = try await harness.exchange(Proxy.post(body, headers: headers))
    try await exchange.request()
    return exchange
  }

  @Test func `an answer passes byte for byte and is counted`() async throws {
    let exchange = try await exchange()
    var answer = Answers.json(Answers.chat)
    answer.headers.add("set-cookie", "a=b")
    let result = try await exchange.response(answer)
    #expect(result.splices.isEmpty)
    #expect(result.response?.headers["x-kong-llm-model"] == "openai/gpt-4o-mini")
    #expect(result.response?.headers["set-cookie"] == nil)

    let fields = try await exchange.log()
    #expect(fields["ai.proxy.meta"]?["plugin_id"] == "test")
    #expect(fields["ai.proxy.meta"]?["provider_name"] == "openai")
    #expect(fields["ai.proxy.meta"]?["request_model"] == "gpt-4o-mini")
    #expect(fields["ai.proxy.meta"]?["response_model"] == "gpt-4o-mini-2024")
    #expect(fields["ai.proxy.meta"]?["request_mode"] == "oneshot")
    #expect(fields["ai.proxy.usage"]?["prompt_tokens"] == 9)
    #expect(fields["ai.proxy.usage"]?["completion_tokens"] == 3)
    #expect(fields["ai.proxy.usage"]?["total_tokens"] == 12)
    #expect(fields["ai.proxy.usage"]?["cost"]?.description == "0.00000315")
    #expect(fields["ai.proxy.usage"]?["prompt_tokens_details"] == ["cached_tokens": 4])
    #expect(fields["ai.proxy.usage"]?["estimated"] == nil)
    #expect(fields["ai.proxy.payload.response"]?.text == Answers.chat)
  }

  @Test func `the blocks of the log have Kong's keys in Kong's order`() async throws {
    let exchange = try await exchange()
    try await exchange.response(Answers.json(Answers.chat))
    let fields = try await exchange.log()
    #expect(
      fields["ai.proxy.meta"]?.description
        == #"{"plugin_id":"test","provider_name":"openai","request_model":"gpt-4o-mini","#
        + #""response_model":"gpt-4o-mini-2024","request_mode":"oneshot","llm_latency":1}"#)
    #expect(
      fields["ai.proxy.usage"]?.description
        == #"{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"cost":0.00000315,"#
        + #""time_per_token":0.333333,"time_to_first_token":1,"prompt_tokens_details":{"cached_tokens":4}}"#
    )
  }

  @Test func `cached tokens, long prompts and tiers have their prices`() async throws {
    let options =
      #""input_cost":10,"output_cost":100,"cache_read_cost":1,"#
      + #""context_window_factor":[{"above":"0K","input_factor":2,"output_factor":1}],"#
      + #""service_tier_factor":[{"tier":"flex","factor":0.5}]"#
    let harness = try await Proxy.harness(options: options, Proxy.logging)
    let exchange = try await harness.exchange(Proxy.post("{\(Proxy.messages)}"))
    try await exchange.request()
    let answer = Answers.chat.dropLast() + #","service_tier":"flex"}"#
    try await exchange.response(Answers.json(String(answer)))
    // (5 plain × 10 + 4 cached × 1) × 2 + 3 × 100, halved.
    let cost = try await exchange.log()["ai.proxy.usage"]?["cost"]
    #expect(cost?.description == "0.000204")
  }

  @Test func `what OpenAI cannot take is named, whoever reads the answer`() async throws {
    let exchange = try await exchange("{\(Proxy.messages),\"top_k\":4}")
    try await exchange.move()
    let result = try await exchange.response(Answers.json(Answers.chat))
    #expect(result.response?.headers["x-patchbay-unsupported"] == "top_k")
    try await exchange.move()
    let fields = try await exchange.log()
    #expect(fields["ai.proxy.meta"]?["unsupported"] == ["top_k"])
  }

  @Test func `the latency is Kong's, and so is the time per token`() async throws {
    let exchange = try await exchange()
    try await exchange.response(Answers.json(Answers.chat))
    let fields = try await exchange.log()
    let latency = try #require(fields["ai.proxy.meta"]?["llm_latency"]?.int)
    #expect(fields["ai.proxy.usage"]?["time_to_first_token"]?.int == latency)
    let expected = ExactDecimal((latency * 1_000_000 + 1) / 3).movingPoint(by: -6)
    #expect(fields["ai.proxy.usage"]?["time_per_token"]?.description == expected.description)
  }

  @Test func `an error of the provider keeps its body and its status`() async throws {
    let exchange = try await exchange()
    let body =
      #"{"error": {"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#
    let result = try await exchange.response(Answers.json(body, status: 429))
    #expect(result.response?.status == 429)
    #expect(result.response?.text == body)
    #expect(result.response?.headers["x-kong-llm-model"] == nil)
    let fields = try await exchange.log()
    #expect(fields["ai.proxy.usage"]?["total_tokens"] == 0)
    #expect(fields["ai.proxy.usage"]?["cost"] == 0)
    #expect(fields["ai.proxy.meta"]?["response_model"] == "gpt-4o-mini")
  }

  @Test func `a whole answer is the end, and the log goes with it where it has no payloads`()
    async throws
  {
    let plain = try await exchange(logging: Self.statistics)
    let result = try await plain.response(Answers.json(Answers.chat))
    #expect(result.logFields["ai.proxy.usage"]?["total_tokens"] == 12)
    #expect(result.checkpoint == nil, "nobody needs one")
    #expect(await plain.isOver)
    let logged = try await exchange()
    #expect(try await logged.response(Answers.json(Answers.chat)).logFields.isEmpty)
    #expect(await !logged.isOver)
    #expect(try await logged.log()["ai.proxy.payload.response"] != nil)
  }

  @Test func `an answer that is none is an error`() async throws {
    let result = try await exchange().response(Answers.json("<html>"))
    #expect(result.response?.status == 500)
    #expect(
      result.response?.text
        == #"{"error":{"message":"transformation failed from type openai://llm/v1/chat: failed to decode llm/v1/chat response"}}"#
    )
  }

  @Test func `an answer without usage is estimated, and says so`() async throws {
    let exchange = try await exchange(logging: Self.statistics)
    let result = try await exchange.response(
      Answers.json(#"{"choices":[{"message":{"content":"12345"}}]}"#))
    #expect(result.logFields["ai.proxy.usage"]?["prompt_tokens"] == 3)
    #expect(result.logFields["ai.proxy.usage"]?["completion_tokens"] == 2)
    #expect(result.logFields["ai.proxy.usage"]?["estimated"] == true)
    #expect(result.variables["llm.usage"]?.json["estimated"] == true)
  }

  @Test func `a compressed answer that was not asked for passes untouched`() async throws {
    let exchange = try await exchange()
    var answer = TestResponse(headers: ["content-encoding": "gzip"], body: [0x1F, 0x8B, 0])
    answer.headers.add("content-type", "application/json")
    let result = try await exchange.response(answer)
    #expect(!result.responded)
    #expect(result.response?.body == [0x1F, 0x8B, 0])
    #expect(try await exchange.log()["ai.proxy.usage"]?["estimated"] == true)
  }

  @Test func `a stream that was not asked for becomes the answer that it is`() async throws {
    let exchange = try await exchange()
    let result = try await exchange.response(Answers.events(Answers.stream))
    #expect(result.response?.headers["content-type"] == "application/json")
    let answer = try JSONValue(parsing: result.response?.text ?? "")
    #expect(answer["choices"]?.array?.first?.at("/message/content") == "a b c")
    #expect(answer["choices"]?.array?.first?["finish_reason"] == "stop")
    #expect(answer.at("/usage/total_tokens") == 12)
    let fields = try await exchange.log()
    #expect(fields["ai.proxy.usage"]?["completion_tokens"] == 3)
  }

  @Test func `an error in a stream that was not asked for is an error`() async throws {
    let text = Answers.chunk(#"{"content":"a"}"#) + "data: {\"error\":{\"message\":\"x\"}}\n\n"
    let result = try await exchange().response(Answers.events(text))
    #expect(result.response?.status == 500)
    #expect(result.response?.text == #"{"error":{"message":"x"}}"#)
  }

  @Test func `the model's name is shown where it is wanted`() async throws {
    let quiet = #""model_name_header":false"#
    let hidden = try await exchange(logging: quiet).response(Answers.json(Answers.chat))
    #expect(hidden.response?.headers["x-kong-llm-model"] == nil)
    let asked = try await exchange(headers: ["kong-debug": "1"], logging: quiet).response(
      Answers.json(Answers.chat))
    #expect(asked.response?.headers["x-kong-llm-model"] == "openai/gpt-4o-mini")
  }

  @Test func `a name that no header can hold does no harm`() async throws {
    let harness = try await Proxy.harness(model: "")
    let exchange = try await harness.exchange(
      Proxy.post(#"{\#(Proxy.messages),"model":"a\r\nx: y"}"#))
    let request = try await exchange.request()
    #expect(!request.responded)
    let result = try await exchange.response(Answers.json(Answers.chat))
    #expect(result.response?.headers["x-kong-llm-model"] == "openai/ax: y")
    let long = String(repeating: "m", count: 1025)
    let refused = try await harness.exchange(
      Proxy.post(#"{\#(Proxy.messages),"model":"\#(long)"}"#)
    ).request()
    #expect(refused.response?.text == #"{"error":{"message":"model parameter is too long"}}"#)
  }

  @Test func `a preserved answer is read from its copy`() async throws {
    let exchange = try await exchange(route: "preserve")
    let result = try await exchange.response(Answers.json(Answers.chat))
    #expect(result.splices.isEmpty)
    let fields = try await exchange.log()
    #expect(fields["ai.proxy.usage"]?["total_tokens"] == 12)
    #expect(fields["ai.proxy.meta"]?["response_model"] == "gpt-4o-mini-2024")
    let other = try await self.exchange(route: "preserve")
    try await other.response(Answers.json("[1]"))
    #expect(try await other.log()["ai.proxy.usage"]?["total_tokens"] == 0)
  }

  @Test func `a payload above the limit is cut and says so`() async throws {
    let long = String(repeating: "é\n", count: 50_000)
    let exchange = try await exchange()
    let body = JSONValue.string(long).description
    try await exchange.response(Answers.json(#"{"choices":[{"message":{"content":\#(body)}}]}"#))
    let fields = try await exchange.log()
    #expect(fields["ai.proxy.payload.truncated"] == true)
    let logged = try #require(fields["ai.proxy.payload.response"])
    #expect(logged.description.utf8.count <= 81 << 10)
    #expect(logged.description.utf8.count > 79 << 10)
  }
}
