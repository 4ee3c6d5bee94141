// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_sanitizer

struct RequestTests {
  /// Hash marks behind a quotation mark would end a raw string.
  private static func hashed(_ text: String) -> String {
    text.replacing("HASHES7", with: "#######").replacing("HASHES9", with: "#########")
  }

  @Test func `the same value gets the same placeholder, another one another`() async throws {
    let sent = try await Sanitizing.sent(
      saying: "ann@example.com and bob@example.com, ann@example.com, password=hunter22")
    #expect(sent == "PLACEHOLDER1 and PLACEHOLDER2, PLACEHOLDER1, password=########")
  }

  @Test func `a placeholder that the text says already is not used`() async throws {
    let sent = try await Sanitizing.sent(saying: "PLACEHOLDER1 is not ann@example.com")
    #expect(sent == "PLACEHOLDER1 is not PLACEHOLDER2")
  }

  @Test func `escapes hide nothing, and what is not replaced stays as it was spelled`() async throws
  {
    let sent = try await Sanitizing.sent(
      saying: #"\u00e9\ud83d\ude00 ann\u0040example\u002ecom\n\"10.0.0.1\" \/ é"#)
    #expect(sent == #"\u00e9\ud83d\ude00 PLACEHOLDER1\n\"PLACEHOLDER2\" \/ é"#)
  }

  @Test func `all roles, parts, tool results and arguments are looked at`() async throws {
    let body = #"""
      {"model":"m","messages":[{"role":"system","content":"I am ann@example.com"},
      {"role":"user","name":"ann@example.com","content":[{"type":"text","text":"from 10.0.0.1"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aaaa"}}]},
      {"role":"assistant","content":null,"tool_calls":[{"id":"c@d.com","type":"function","function":{"name":"mail","arguments":"{\"to\": \"bob@example.com\", \"card\": 4111111111111111, \"pa\\u0073sword\": \"hunter2\\u0032x\"}"}}]},
      {"role":"tool","tool_call_id":"c@d.com","content":"sent to bob@example.com"}]}
      """#
    let expected = #"""
      {"model":"m","messages":[{"role":"system","content":"I am PLACEHOLDER1"},
      {"role":"user","name":"ann@example.com","content":[{"type":"text","text":"from PLACEHOLDER2"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aaaa"}}]},
      {"role":"assistant","content":null,"tool_calls":[{"id":"c@d.com","type":"function","function":{"name":"mail","arguments":"{\"to\": \"PLACEHOLDER3\", \"card\": \"PLACEHOLDER4\", \"pa\\u0073sword\": \"HASHES9\"}"}}]},
      {"role":"tool","tool_call_id":"c@d.com","content":"sent to PLACEHOLDER3"}]}
      """#
    let sent = try await Sanitizing.sent(body)
    #expect(sent == Self.hashed(expected))
  }

  @Test(arguments: [
    (#"{"prompt":"to ann@example.com"}"#, #"{"prompt":"to PLACEHOLDER1"}"#),
    (#"{"prompt":["10.0.0.1","b"]}"#, #"{"prompt":["PLACEHOLDER1","b"]}"#),
    (#"{"input":["10.0.0.1"],"model":"e"}"#, #"{"input":["PLACEHOLDER1"],"model":"e"}"#),
    (#"{"input":[4111111111111111,2]}"#, #"{"input":[4111111111111111,2]}"#),
    // Anthropic, Gemini, Bedrock, Cohere, Hugging Face.
    (
      #"{"system":"10.0.0.1","messages":[{"role":"user","content":[{"type":"tool_use","id":"t","name":"n","input":{"password":"hunter2","n":4111111111111111}}]}]}"#,
      #"{"system":"PLACEHOLDER1","messages":[{"role":"user","content":[{"type":"tool_use","id":"t","name":"n","input":{"password":"HASHES7","n":"PLACEHOLDER2"}}]}]}"#
    ),
    (
      #"{"contents":[{"parts":[{"text":"10.0.0.1"}]}],"systemInstruction":{"parts":[{"text":"10.0.0.2"}]}}"#,
      #"{"contents":[{"parts":[{"text":"PLACEHOLDER1"}]}],"systemInstruction":{"parts":[{"text":"PLACEHOLDER2"}]}}"#
    ),
    (
      #"{"message":"10.0.0.1","chat_history":[{"role":"USER","message":"10.0.0.2"}]}"#,
      #"{"message":"PLACEHOLDER1","chat_history":[{"role":"USER","message":"PLACEHOLDER2"}]}"#
    ),
    (#"{"inputs":"10.0.0.1"}"#, #"{"inputs":"PLACEHOLDER1"}"#),
    (
      #"{"messages":[{"role":"user","content":[{"type":"document","source":{"data":"10.0.0.1","type":"text","media_type":"text/plain"}},{"type":"document","source":{"type":"base64","data":"MTAuMC4wLjE="}}]}]}"#,
      #"{"messages":[{"role":"user","content":[{"type":"document","source":{"data":"PLACEHOLDER1","type":"text","media_type":"text/plain"}},{"type":"document","source":{"type":"base64","data":"MTAuMC4wLjE="}}]}]}"#
    ),
    (
      #"{"documents":[{"id":"10.0.0.1","data":{"name":"10.0.0.2"}}],"messages":[{"role":"tool","content":[{"type":"document","document":{"data":"10.0.0.2"}}]}]}"#,
      #"{"documents":[{"id":"10.0.0.1","data":{"name":"PLACEHOLDER1"}}],"messages":[{"role":"tool","content":[{"type":"document","document":{"data":"PLACEHOLDER1"}}]}]}"#
    ),
    (
      #"{"mess\u0061ges":[{"role":"user","content":"10.0.0.1"}],"messages":[{"role":"user","content":"10.0.0.1"}]}"#,
      #"{"mess\u0061ges":[{"role":"user","content":"PLACEHOLDER1"}],"messages":[{"role":"user","content":"PLACEHOLDER1"}]}"#
    ),
  ])
  func `texts are found in every format`(body: String, expected: String) async throws {
    #expect(try await Sanitizing.sent(body) == Self.hashed(expected))
  }

  @Test func `of a history that is not to be looked at only the last user message is`() async throws
  {
    let body =
      #"{"messages":[{"role":"user","content":"10.0.0.1"},{"role":"user","content":"10.0.0.2"},{"role":"assistant","content":"10.0.0.3"}]}"#
    let sent = try await Sanitizing.sent(body, #""allow_all_conversation_history":false"#)
    #expect(sent == body.replacing("10.0.0.2", with: "PLACEHOLDER1"))
  }

  @Test func `synthetic values are well-formed, and nobody else's`() async throws {
    let sent = try await Sanitizing.sent(
      saying: "ann@example.com 10.0.0.1 user1@example.com 4111 1111 1111 1111",
      #""redact_type":"synthetic""#)
    let words = sent.split(separator: " ")
    #expect(words[0] == "user2@example.com")
    #expect(words[1].hasPrefix("192.0.2."))
    #expect(words[2] == "user3@example.com")
    #expect(words[3].hasPrefix("400000"))
  }

  @Test func `only the categories that are asked for are looked for`() async throws {
    let text = "ann@example.com 10.0.0.1 SN-123456"
    #expect(
      try await Sanitizing.sent(saying: text, #""anonymize":["ip"]"#)
        == "ann@example.com PLACEHOLDER1 SN-123456")
    let custom = #""custom_patterns":[{"name":"serial","regex":"SN-\\d{6}","score":0.9}]"#
    #expect(
      try await Sanitizing.sent(saying: text, #""anonymize":["custom"],\#(custom)"#)
        == "ann@example.com 10.0.0.1 CUSTOM1")
    #expect(
      try await Sanitizing.sent(saying: text, #""anonymize":["ip"],\#(custom)"#)
        == "ann@example.com PLACEHOLDER1 SN-123456")
    #expect(try await Sanitizing.sent(saying: text, custom) == "PLACEHOLDER1 PLACEHOLDER2 CUSTOM1")
  }

  @Test func `what is to be blocked is refused with types and count, and without values`()
    async throws
  {
    let exchange = try await Sanitizing.harness(#""block_if_detected":true"#).exchange(
      Sanitizing.post(
        #"{"messages":[{"role":"user","content":"ann@example.com, bob@example.com, 10.0.0.1"}]}"#))
    let result = try await exchange.request()
    #expect(result.responded)
    #expect(result.response?.status == 400)
    #expect(
      result.response?.text
        == #"{"error":{"message":"request blocked: 3 PII detected (EMAIL_ADDRESS: 2, IP_ADDRESS: 1)"}}"#
    )
    let fields = try await exchange.log()
    #expect(fields["ai.sanitizer"]?["pii_identified"] == 3)
    #expect(fields["ai.sanitizer"]?["pii_sanitized"] == 0)
    #expect(fields["ai.sanitizer"]?["sanitized_items"] == [])
  }

  @Test func `a body that cannot be read is refused, or goes on where that is wanted`() async throws
  {
    for body in ["{", "[1]", "a=ann@example.com"] {
      let strict = try await Sanitizing.harness().exchange(Sanitizing.post(body)).request()
      #expect(strict.response?.status == 400)
      #expect(
        strict.response?.text
          == #"{"error":{"message":"request body doesn't contain valid prompts"}}"#)
      let lenient = try await Sanitizing.harness(#""stop_on_error":false"#).exchange(
        Sanitizing.post(body)
      ).request()
      #expect(!lenient.responded)
      #expect(lenient.request.text == body)
      for config in ["", #""stop_on_error":false"#] {
        let exchange = try await Sanitizing.harness(config).exchange(Sanitizing.post(body))
        try await exchange.request()
        let outcome = try await exchange.log()["ai.sanitizer"]?["error"]
        #expect(outcome == "request body doesn't contain valid prompts")
      }
    }
    let empty = try await Sanitizing.harness().exchange(.get("/models")).request()
    #expect(!empty.responded)
  }

  @Test func `a pattern that reaches its limit stops the request`() async throws {
    let pattern = #""custom_patterns":[{"name":"slow","regex":"(a+)+$"}],"anonymize":["custom"]"#
    let text = String(repeating: "a", count: 2000) + "b"
    let body = #"{"messages":[{"role":"user","content":"\#(text)"}]}"#
    let strict = try await Sanitizing.harness(pattern).exchange(Sanitizing.post(body)).request()
    #expect(strict.response?.status == 500)
    #expect(strict.response?.text == #"{"error":{"message":"failed to sanitize the request"}}"#)
    let lenient = try await Sanitizing.harness(pattern + #","stop_on_error":false"#).exchange(
      Sanitizing.post(body)
    ).request()
    #expect(!lenient.responded)
  }

  @Test func `a pattern's limit is that of all lines and texts together`() async throws {
    // Each line is cheap enough alone; there are many.
    let pattern =
      #""custom_patterns":[{"name":"slow","regex":"(?:a?){14}a{14}!x"}],"anonymize":["custom"]"#
    let line = String(repeating: "a", count: 60) + "!y!x"
    let text = [String](repeating: line, count: 4000).joined(separator: #"\n"#)
    let body = #"{"messages":[{"role":"user","content":"\#(text)"}]}"#
    let exchange = try await Sanitizing.harness(pattern).exchange(Sanitizing.post(body))
    #expect(try await exchange.request().response?.status == 500)
    let fields = try await exchange.log()
    #expect(fields["ai.sanitizer"]?["error"] == "a custom pattern reached its limit")
    #expect(fields["ai.sanitizer"]?["duration"]?.int ?? 0 > 0)
  }

  @Test(arguments: [
    // A quotation mark at an end of the match, at both, and in the middle; with escapes; marks alone.
    (#""n\w+"#, #"{\"name\":1}"#, #"{\"CUSTOM1\":1}"#),
    (#"b\w+\""#, #"{\"a\":\"bob\"}"#, #"{\"a\":\"CUSTOM1\"}"#),
    (#"\"bob\""#, #"{\"a\":\"bob\"}"#, #"{\"a\":\"CUSTOM1\"}"#),
    (
      #"bob.*smith"#, #"{\"a\":\"mr bob\",\"b\":\"smith jr\"}"#,
      #"{\"a\":\"mr CUSTOM1\",\"CUSTOM2\":\"CUSTOM3 jr\"}"#
    ),
    (
      #"\d+\], .*\d"#, #"{\"a\": [[1, 23], 4, {\"b\": 5}]}"#,
      #"{\"a\": [[1, \"CUSTOM1\"], \"CUSTOM2\", {\"CUSTOM3\": \"CUSTOM4\"}]}"#
    ),
    (
      #"o.b\",\"."#, #"{\"a\":\"b\\u006f\\\"b\",\"c\":true}"#,
      #"{\"a\":\"bCUSTOM1\",\"CUSTOM2\":true}"#
    ),
  ])
  func `a match over several values of arguments leaves none of them, and JSON`(
    pattern: String, arguments: String, expected: String
  ) async throws {
    let regex = pattern.replacing(#"\"#, with: #"\\"#).replacing("\"", with: #"\""#)
    let config = #""custom_patterns":[{"name":"p","regex":"\#(regex)"}],"anonymize":["custom"]"#
    let body =
      #"{"messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":"@"}}]}]}"#
    let sent = try await Sanitizing.sent(body.replacing("@", with: arguments), config)
    #expect(sent == body.replacing("@", with: expected))
  }

  @Test func `a find with nothing but marks of JSON is found, and not replaced`() async throws {
    let config = #""custom_patterns":[{"name":"p","regex":"\",\""}],"anonymize":["custom"]"#
    let body =
      #"{"messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":"{\"a\":\"b\",\"c\":1}"}}]}]}"#
    let exchange = try await Sanitizing.harness(config).exchange(Sanitizing.post(body))
    #expect(try await exchange.request().request.text == body)
    let fields = try await exchange.log()
    #expect(fields["ai.sanitizer"]?["pii_identified"] == 1)
    #expect(fields["ai.sanitizer"]?["pii_sanitized"] == 0)
  }

  @Test func `the log has Kong's block, and no secret`() async throws {
    let body =
      #"{"messages":[{"role":"user","content":"ann@example.com, password=hunter22, ann@example.com"}]}"#
    let exchange = try await Sanitizing.harness().exchange(Sanitizing.post(body))
    try await exchange.request()
    try await exchange.move()
    let fields = try await exchange.log()
    #expect(fields["ai.sanitizer"]?["pii_identified"] == 3)
    #expect(fields["ai.sanitizer"]?["pii_sanitized"] == 3)
    #expect(fields["ai.sanitizer"]?["duration"]?.int != nil)
    #expect(
      fields["ai.sanitizer.sanitized_items"] == [
        [
          "entity_type": "EMAIL_ADDRESS", "original": "ann@example.com",
          "sanitized": "PLACEHOLDER1",
        ],
        ["entity_type": "PASSWORD", "original": "########", "sanitized": "########"],
      ])
    let silent = try await Sanitizing.harness(#""skip_logging_sanitized_items":true"#).exchange(
      Sanitizing.post(body))
    try await silent.request()
    let unsaid = try await silent.log()
    #expect(unsaid["ai.sanitizer"]?["sanitized_items"] == nil)
    #expect(unsaid["ai.sanitizer.sanitized_items"] == nil)
  }

  @Test func `more values than a checkpoint can hold are replaced all the same`() async throws {
    let mails = (0..<3000).map { "user\($0)@some-long-host-name.example.org" }.joined(
      separator: " ")
    let exchange = try await Sanitizing.harness().exchange(
      Sanitizing.post(#"{"messages":[{"role":"user","content":"\#(mails)"}]}"#))
    let result = try await exchange.request()
    #expect(!result.request.text.contains("@"))
    #expect(result.request.text.contains("PLACEHOLDER3000\""))
    let fields = try await exchange.log()
    #expect(fields["ai.sanitizer"]?["pii_sanitized"] == 3000)
    #expect(fields["ai.sanitizer"]?["not_recoverable"]?.int ?? 0 > 2000)
  }
}
