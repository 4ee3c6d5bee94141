// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Synchronization
import Testing

@testable import ai_sanitizer

/// Kong's own service, where one is configured.
struct ServiceTests {
  private static let config = #""host":"pii.example.com","port":9000,"anonymize":["email"]"#
  private static let body = #"{"messages":[{"role":"user","content":"I am ann@example.com"}]}"#

  private static func answer(_ text: String, _ items: String = "") -> TestResponse {
    TestResponse(
      headers: ["content-type": "application/json"],
      text:
        #"{"text":[{"msg_id":1,"sanitized_text":"\#(text)","detected_language":"en","analyzer_results":[\#(items)]}],"identified_pii":["email"],"anonymized_pii":["email"],"detected_languages":["en"],"duration":12}"#
    )
  }

  private static let item =
    #"{"start":5,"end":20,"detected_language":"en","original_text":"ann@example.com","redact_text":"PLACEHOLDER1","entity_type":"EMAIL_ADDRESS"}"#

  @Test func `it is asked with Kong's request, and its answer is put in place`() async throws {
    let harness = try await Sanitizing.harness(
      Self.config + #","custom_patterns":[{"name":"n","regex":"r","score":1}]"#)
    let asked = Mutex<[ServiceRequest]>([])
    harness.answerHTTP { request in
      asked.withLock { $0.append(request) }
      return Self.answer("I am PLACEHOLDER1", Self.item)
    }
    let exchange = try await harness.exchange(Sanitizing.post(Self.body))
    let result = try await exchange.request()
    #expect(result.request.text == Self.body.replacing("ann@example.com", with: "PLACEHOLDER1"))
    let request = try #require(asked.withLock { $0.first })
    #expect(request.method == "POST")
    #expect(request.url == "http://pii.example.com:9000/llm/v1/sanitize")
    #expect(
      request.text
        == #"{"text":[{"msg_id":1,"text":"I am ann@example.com"}],"anonymize":["email"],"options":{"redact_type":"placeholder"},"custom_patterns":[{"name":"n","regex":"r","score":1.0}]}"#
    )
    // What it has replaced is put back.
    let answer = try await exchange.response(
      TestResponse(
        headers: ["content-type": "application/json"],
        text: #"{"choices":[{"message":{"content":"Hi PLACEHOLDER1"}}]}"#))
    #expect(answer.response?.text == #"{"choices":[{"message":{"content":"Hi ann@example.com"}}]}"#)
    let fields = try await exchange.log()
    #expect(fields["ai.sanitizer"]?["pii_identified"] == 1)
    #expect(
      fields["ai.sanitizer.sanitized_items"] == [
        [
          "entity_type": "EMAIL_ADDRESS", "original": "ann@example.com",
          "sanitized": "PLACEHOLDER1",
        ]
      ])
  }

  @Test func `where only credentials are asked for it is asked for these`() async throws {
    let harness = try await Sanitizing.harness(
      #""host":"::1","scheme":"https","anonymize":["credentials"]"#)
    let asked = Mutex<[ServiceRequest]>([])
    harness.answerHTTP { request in
      asked.withLock { $0.append(request) }
      return Self.answer("I am ########")
    }
    let result = try await harness.exchange(Sanitizing.post(Self.body)).request()
    #expect(result.request.text.contains("I am ########"))
    let request = try #require(asked.withLock { $0.first })
    #expect(request.url == "https://[::1]:8080/llm/v1/sanitize_credentials")
    #expect(request.text == #"{"text":[{"msg_id":1,"text":"I am ann@example.com"}]}"#)
  }

  @Test(arguments: [
    TestResponse(status: 400, text: #"{"error":"Invalid item found in `anonymize`"}"#),
    TestResponse(text: "no JSON"), TestResponse(text: #"{"text":[]}"#),
    TestResponse(text: #"{"text":[{"msg_id":2,"sanitized_text":"x"}]}"#),
    TestResponse(text: #"{"text":[{"msg_id":1}]}"#),
  ])
  func `one that fails stops the request, or lets it go on`(response: TestResponse) async throws {
    for (more, stops) in [("", true), (#","stop_on_error":false"#, false)] {
      let harness = try await Sanitizing.harness(Self.config + more)
      harness.answerHTTP { _ in response }
      let exchange = try await harness.exchange(Sanitizing.post(Self.body))
      let result = try await exchange.request()
      #expect(result.responded == stops)
      if stops {
        #expect(result.response?.status == 500)
        #expect(result.response?.text == #"{"error":{"message":"failed to sanitize the request"}}"#)
      } else {
        #expect(result.request.text == Self.body)
      }
      let fields = try await exchange.log()
      #expect(fields["ai.sanitizer"]?["error"]?.text?.hasPrefix("the PII service") == true)
    }
  }

  @Test func `answers in one piece are sanitized by it`() async throws {
    let harness = try await Sanitizing.harness(Self.config + #","sanitization_mode":"OUTPUT""#)
    harness.answerHTTP { _ in Self.answer("Hi PLACEHOLDER1", Self.item) }
    let exchange = try await harness.exchange(Sanitizing.post(Self.body))
    try await exchange.request()
    let answer = try await exchange.response(
      TestResponse(
        headers: ["content-type": "application/json"],
        text: #"{"choices":[{"message":{"content":"Hi ann@example.com"}}]}"#))
    #expect(answer.response?.text == #"{"choices":[{"message":{"content":"Hi PLACEHOLDER1"}}]}"#)
  }

  @Test func `a stream waits until it is whole, and it is asked once`() async throws {
    for stream in NativeStream.texts {
      let harness = try await Sanitizing.harness(Self.config + #","sanitization_mode":"OUTPUT""#)
      let asked = Mutex<[String]>([])
      harness.answerHTTP { request in
        asked.withLock { $0.append(request.text) }
        let count = request.text.split(separator: "msg_id").count - 1
        let more = (2..<max(2, count + 1)).map { #",{"msg_id":\#($0),"sanitized_text":""}"# }
        return TestResponse(
          text:
            #"{"text":[{"msg_id":1,"sanitized_text":"Hi PLACEHOLDER1","analyzer_results":[\#(Self.item)]}\#(more.joined())]}"#
        )
      }
      let body = #"{"messages":[{"role":"user","content":"hello"}],"stream":true}"#
      let exchange = try await harness.exchange(Sanitizing.post(body, path: stream.path))
      let later = try await exchange.request().later
      #expect(later.response == .wholeBody)
      #expect(later.chunk == .drop)
      let parts = ["Hi ann", "@exam", "ple.com"]
      var answer = TestResponse(headers: ["content-type": stream.contentType], text: "")
      answer.body = stream.bytes(parts)
      let sent = try #require(try await exchange.response(answer).response?.body)
      #expect(sent == stream.bytes(["Hi PLACEHOLDER1", "", ""]), "\(stream)")
      #expect(asked.withLock { $0.count } == 1)
      #expect(asked.withLock { $0[0] }.contains(#""text":"Hi ann@example.com""#), "\(stream)")
    }
  }

  @Test func `a placeholder that it uses for a value of the answer is not one of the request's`()
    async throws
  {
    let harness = try await Sanitizing.harness(Self.config + #","sanitization_mode":"BOTH""#)
    harness.answerHTTP { request in
      request.text.contains("bob")
        ? Self.answer(
          "Hi PLACEHOLDER1", Self.item.replacing("ann@example.com", with: "bob@example.com"))
        : Self.answer("I am PLACEHOLDER1", Self.item)
    }
    let exchange = try await harness.exchange(Sanitizing.post(Self.body))
    try await exchange.request()
    let answer = try await exchange.response(
      TestResponse(
        headers: ["content-type": "application/json"],
        text: #"{"choices":[{"message":{"content":"Hi bob@example.com"}}]}"#))
    #expect(answer.response?.text == #"{"choices":[{"message":{"content":"Hi PLACEHOLDER1"}}]}"#)
  }

  @Test func `a stream that cannot be read is refused, as is one that a plugin makes`() async throws
  {
    let harness = try await Sanitizing.harness(Self.config + #","sanitization_mode":"OUTPUT""#)
    harness.answerHTTP { _ in Self.answer("") }
    let events = "data: {\"type\":\"response.output_text.delta\",\"delta\":\"ann@example.com\"}\n\n"
    var made = TestResponse(headers: ["content-type": "text/event-stream"], text: "")
    made.source = .plugin
    for answer in [
      TestResponse(headers: ["content-type": "text/event-stream"], text: events), made,
    ] {
      let exchange = try await harness.exchange(Sanitizing.post(Self.body))
      try await exchange.request()
      #expect(try await exchange.response(answer).response?.status == 500)
    }
  }

  @Test func `what it finds is refused where that is wanted`() async throws {
    let harness = try await Sanitizing.harness(Self.config + #","block_if_detected":true"#)
    harness.answerHTTP { _ in Self.answer("I am PLACEHOLDER1", Self.item) }
    let result = try await harness.exchange(Sanitizing.post(Self.body)).request()
    #expect(
      result.response?.text
        == #"{"error":{"message":"request blocked: 1 PII detected (EMAIL_ADDRESS: 1)"}}"#)
  }
}
