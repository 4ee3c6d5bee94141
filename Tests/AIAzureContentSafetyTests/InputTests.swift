// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

struct InputTests {
  @Test func `a harmless prompt passes, and the service is asked as Azure's API says`() async throws
  {
    let safety = try await Guard(
      #""blocklist_names":["l"],"output_type":"EightSeverityLevels","ssl_verify":false"#)
    let result = try await safety.harness.exchange(Guard.chat("hi")).request()
    #expect(!result.responded)
    let request = try #require(safety.requests.first)
    #expect(request.method == "POST")
    #expect(request.url == "https://i.example/contentsafety/text:analyze")
    #expect(request.query.map(\.name) == ["api-version"])
    #expect(request.query.map(\.value) == ["2023-10-01"])
    #expect(request.headers["ocp-apim-subscription-key"] == "(secret)")
    #expect(request.authorization == nil)
    #expect(!request.verifiesCertificate)
    #expect(
      request.text
        == #"{"text":"be nice\nhi","categories":["Hate","Violence"],"blocklistNames":["l"],"haltOnBlocklistHit":true,"outputType":"EightSeverityLevels"}"#
    )
    #expect(result.logFields["ai.audit.azure_content_safety.Hate"] == 0)
    #expect(result.logFields["ai.proxy.azure-content-safety.mode"] == "INPUT")
    #expect(result.logFields["ai.proxy.azure-content-safety.input_processing_latency"] != nil)
    #expect(result.logFields["ai.proxy.azure-content-safety.guards_triggered_count"] == nil)
  }

  static let refusals: [(String, String)] = [
    ("[Hate 2]", "breached category [Hate] at level 2"),
    ("[Violence 6]", "breached category [Violence] at level 6"),
    (
      "[Hate 3] [Violence 4]",
      "breached category [Hate] at level 3, breached category [Violence] at level 4"
    ),
    ("badword [Hate 6]", "breached blocklist [l]"),
  ]

  @Test(arguments: refusals)
  func `a prompt that is rated too high is refused`(text: String, reason: String) async throws {
    let safety = try await Guard(#""blocklist_names":["l"]"#)
    let result = try await safety.harness.exchange(Guard.chat(text)).request()
    #expect(result.response?.status == 400)
    #expect(
      result.response?.text == Guard.message("request failed content safety check: \(reason)"))
    let block = "ai.proxy.azure-content-safety"
    #expect(result.logFields["\(block).input_block_reason"]?.text == reason)
    #expect(result.logFields["\(block).input_block_source"] == "ai-azure-content-safety")
    #expect(result.logFields["\(block).input_block_consumer_id"] == "unknown")
    #expect(result.logFields["\(block).guards_triggered_count"] == 1)
    #expect(result.logFields["\(block).input_faulty_prompt"] == nil)
  }

  @Test func `below its level a category passes`() async throws {
    let safety = try await Guard()
    let result = try await safety.harness.exchange(Guard.chat("[Hate 1] [Violence 3]")).request()
    #expect(!result.responded)
    #expect(result.logFields["ai.audit.azure_content_safety.Violence"] == 3)
  }

  @Test func `with all analyses a blocklist's hit is one reason of several`() async throws {
    let safety = try await Guard(#""blocklist_names":["l"],"halt_on_blocklist_hit":false"#)
    let result = try await safety.harness.exchange(Guard.chat("badword [Hate 6]")).request()
    #expect(
      result.response?.text
        == Guard.message(
          "request failed content safety check: breached category [Hate] at level 6, breached blocklist [l]"
        ))
    #expect(result.logFields["ai.audit.azure_content_safety.blocklists"] == ["l"])
  }

  @Test func `the reason is told and logged as far as that is configured`() async throws {
    let safety = try await Guard(#""reveal_failure_reason":false,"log_blocked_content":true"#)
    let exchange = try await safety.harness.exchange(Guard.chat("[Hate 2]"))
    await exchange.set("consumer.id", "c-1")
    let result = try await exchange.request()
    #expect(result.response?.text == Guard.message("request failed content safety check"))
    let block = "ai.proxy.azure-content-safety"
    #expect(result.logFields["\(block).input_faulty_prompt"] == "be nice\n[Hate 2]")
    #expect(result.logFields["\(block).input_block_consumer_id"] == "c-1")
  }

  static let sources: [(String, String)] = [
    ("concatenate_all_content", "be nice\none\ntwo\nthree\nfour"),
    ("concatenate_user_content", "one\ntwo\nfour"), ("last_message", "four"),
  ]

  @Test(arguments: sources)
  func `the texts are those of the source`(source: String, text: String) async throws {
    let safety = try await Guard(#""text_source":"\#(source)""#)
    let body =
      #"{"messages":[{"role":"system","content":"be nice"},{"role":"user","content":[{"type":"text","text":"one"},{"type":"image_url","image_url":{"url":"data:,x"}},{"type":"text","text":"two"}]},{"role":"assistant","content":"three"},{"role":"user","content":"four"}]}"#
    _ = try await safety.harness.exchange(.post("/", headers: [:], body: body)).request()
    #expect(safety.texts == [text])
  }

  @Test func `completions and embeddings are looked at too`() async throws {
    let safety = try await Guard()
    for body in [#"{"prompt":"[Hate 2]"}"#, #"{"input":["a","[Hate 2]"]}"#] {
      let result = try await safety.harness.exchange(.post("/", headers: [:], body: body)).request()
      #expect(result.response?.status == 400, "\(body)")
    }
  }

  @Test func `a body that cannot be read is refused, one that is not there passes`() async throws {
    let safety = try await Guard()
    for body in ["no", "{}", #"{"messages":[{"role":"user","content":"a"}],"messages":[]}"#] {
      let result = try await safety.harness.exchange(.post("/", headers: [:], body: body)).request()
      #expect(result.response?.status == 400, "\(body)")
    }
    let empty = try await safety.harness.exchange(.get("/v1/models")).request()
    #expect(!empty.responded)
    #expect(safety.requests.isEmpty)
  }

  @Test func `a native prompt is looked at`() async throws {
    let safety = try await Guard(#""patchbay":{"llm_format":"anthropic"}"#)
    let body =
      #"{"model":"claude","max_tokens":9,"system":"be nice","messages":[{"role":"user","content":[{"type":"text","text":"[Hate 2]"}]}]}"#
    let result = try await safety.harness.exchange(.post("/v1/messages", headers: [:], body: body))
      .request()
    #expect(result.response?.status == 400)
    #expect(safety.texts == ["be nice\n[Hate 2]"])
  }

  @Test func `a long text is looked at in parts that overlap`() async throws {
    let safety = try await Guard(#""text_source":"last_message""#)
    let text = String(repeating: "é", count: 9_995) + "[Hate 2]" + String(repeating: "b", count: 50)
    let result = try await safety.harness.exchange(Guard.chat(text)).request()
    #expect(result.response?.status == 400)
    #expect(safety.texts.map(\.unicodeScalars.count) == [10_000, 253])
    let shorter = try await Guard(#""text_source":"last_message""#)
    _ = try await shorter.harness.exchange(Guard.chat(String(repeating: "é", count: 10_000)))
      .request()
    #expect(shorter.texts.count == 1)
  }

  static let failures: [(TestResponse, String)] = [
    (Guard.json("", status: 401), "status code 401"),
    (Guard.json("{}"), "the answer cannot be read"),
    (Guard.json(#"{"categoriesAnalysis":[{"category":"Hate","severity":0}]}"#), "[Violence]"),
  ]

  @Test(arguments: failures)
  func `what was not looked at does not pass, unless that is configured`(
    answer: TestResponse, reason: String
  ) async throws {
    let strict = try await Guard { _ in answer }
    let refused = try await strict.harness.exchange(Guard.chat("hi")).request()
    #expect(refused.response?.status == 500)
    #expect(refused.response?.text.contains("failed to check content safety: ") == true)
    #expect(refused.response?.text.contains(reason) == true)
    let quiet = try await Guard(#""reveal_failure_reason":false"#) { _ in answer }
    let told = try await quiet.harness.exchange(Guard.chat("hi")).request()
    #expect(told.response?.text == Guard.message("failed to check content safety"))
    let lenient = try await Guard(#""stop_on_error":false"#) { _ in answer }
    let passed = try await lenient.harness.exchange(Guard.chat("hi")).request()
    #expect(!passed.responded)
    #expect(
      passed.logFields["ai.proxy.azure-content-safety.input_error"]?.text?.contains(reason) == true)
  }

  @Test func `who cannot be reached is a failure, and no secret is told`() async throws {
    let safety = try await Guard { _ in throw HostError(code: "timeout", message: "no response") }
    let result = try await safety.harness.exchange(Guard.chat("hi")).request()
    #expect(result.response?.status == 500)
    #expect(!"\(result)".contains("{key}"))
  }

  @Test func `only answers are looked at where only they are guarded`() async throws {
    let safety = try await Guard(#""guarding_mode":"OUTPUT""#)
    let result = try await safety.harness.exchange(Guard.chat("[Hate 6]")).request()
    #expect(!result.responded)
    #expect(safety.requests.isEmpty)
  }

  @Test func `tokens of Entra ID instead of a key`() async throws {
    let identity = #""azure_use_managed_identity":true"#
    for (more, expected) in [
      (identity, OAuthToken.azureIdentity(resource: "https://cognitiveservices.azure.com")),
      (
        identity
          + #","azure_client_id":"c","azure_client_secret":"{s}","azure_tenant_id":"t","patchbay":{"azure_authority":"https://login.example"}"#,
        .clientCredentials(
          tokenURL: "https://login.example/t/oauth2/v2.0/token", clientID: "c",
          clientSecret: .testing("{s}"), scope: "https://cognitiveservices.azure.com/.default")
      ),
    ] {
      let safety = try await Guard(more)
      _ = try await safety.harness.exchange(Guard.chat("hi")).request()
      #expect(safety.requests.first?.authorization == .bearer(expected))
      #expect(safety.requests.first?.headers["ocp-apim-subscription-key"] == nil)
    }
  }
}
