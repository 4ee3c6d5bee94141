// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

struct RequestTransformerTests {
  @Test func `the body becomes what the model says`() async throws {
    let asked = try await Asked { _ in Asked.says("HELLO \"YOU\"\n") }
    let result = try await asked.post("hello \"you\"\n")
    #expect(!result.responded)
    #expect(result.request.text == "HELLO \"YOU\"\n")
    #expect(result.request.headers["content-type"] == "text/plain")
    let request = try #require(asked.requests.first)
    #expect(request.method == "POST")
    #expect(request.url == "https://api.openai.com/v1/chat/completions")
    #expect(request.headers["authorization"] == "(secret)")
    #expect(request.headers["content-type"] == "application/json")
    #expect(request.proxy == nil)
    #expect(request.verifiesCertificate)
    #expect(
      request.text
        == #"{"model":"gpt-4o-mini","messages":[{"role":"system","content":"Make it shout."},{"role":"user","content":"hello \"you\"\n"}],"stream":false,"temperature":0.5,"max_tokens":9}"#
    )
  }

  @Test func `the pattern takes the first match, whatever its case and on any line`() async throws {
    let pattern = #""transformation_extract_pattern":"^<b>.*</b>$""#
    let asked = try await Asked(pattern) { _ in Asked.says("Sure!\n<B>one</B>\n<b>two</b>") }
    #expect(try await asked.post("x").request.text == "<B>one</B>")
  }

  @Test func `a request without a body is left alone`() async throws {
    let asked = try await Asked { _ in Asked.says("x") }
    let result = try await asked.harness.exchange(.get("/")).request()
    #expect(!result.responded)
    #expect(result.splices.isEmpty)
    #expect(asked.requests.isEmpty)
  }

  static let failures: [(TestResponse, String)] = [
    (
      Asked.json("no", status: 429),
      "failed to introspect request with AI service: status code 429"
    ),
    (
      Asked.json("", status: 302),
      "failed to introspect request with AI service: status code 302"
    ),
    (Asked.json(#"{"choices":[]}"#), "no 'choices' in upstream AI service response"),
    (Asked.json("{}"), "no 'choices' in upstream AI service response"),
    (
      Asked.json(#"{"choices":[{"message":{"role":"assistant","content":null}}]}"#),
      "no 'choices' in upstream AI service response"
    ),
    (Asked.says("nothing"), "AI response did not match specified regular expression"),
  ]

  @Test(arguments: failures)
  func `a failure is told in Kong's words`(answer: TestResponse, message: String) async throws {
    let asked = try await Asked(#""transformation_extract_pattern":"<x>""#) { _ in answer }
    let result = try await asked.post("x")
    #expect(result.response?.status == 400)
    #expect(
      result.response?.text
        == #"{"error":{"message":\#(JSONValue.string(message).description)}}"#)
  }

  @Test func `an answer that cannot be read is named as such`() async throws {
    let asked = try await Asked { _ in Asked.json("{") }
    let text = try await asked.post("x").response?.text ?? ""
    #expect(
      text.hasPrefix(
        #"{"error":{"message":"failed to convert AI response to Kong format: the answer"#)
    )
  }

  @Test func `who cannot be reached is named as such`() async throws {
    let asked = try await Asked { _ in throw HostError(code: "unreachable", message: "upstream_tls")
    }
    let result = try await asked.post("x")
    #expect(result.response?.status == 400)
    #expect(
      result.response?.text
        == #"{"error":{"message":"failed to introspect request with AI service: request to ai service failed: unreachable: upstream_tls"}}"#
    )
  }

  @Test func `credentials that are not to be had are told plainly, and no more of them`()
    async throws
  {
    let asked = try await Asked { _ in
      throw HostError(code: "credentials-unavailable", message: "sts answered 403")
    }
    let result = try await asked.post("x")
    #expect(result.response?.status == 500)
    #expect(result.response?.text == "LLM request failed before proxying")
    #expect(result.response?.headers["content-type"] == "text/plain; charset=utf-8")
  }

  @Test func `a body that is no text is not sent to a model`() async throws {
    let asked = try await Asked { _ in Asked.says("x") }
    let request = TestRequest(method: "POST", path: "/", body: [0xFF, 0xFE])
    let result = try await asked.harness.exchange(request).request()
    #expect(result.response?.status == 400)
    #expect(result.response?.text.contains("the body is not text in UTF-8") == true)
    #expect(asked.requests.isEmpty)
  }

  @Test func `the call is in the log, with its exact cost`() async throws {
    let asked = try await Asked { _ in Asked.says("HI") }
    let fields = try await asked.post("hi").logFields
    let block = "ai.ai-request-transformer"
    #expect(fields["\(block).meta"]?["provider_name"] == "openai")
    #expect(fields["\(block).meta"]?["request_model"] == "gpt-4o-mini")
    #expect(fields["\(block).meta"]?["response_model"] == "gpt-4o-mini-2024")
    #expect(fields["\(block).meta"]?["plugin_id"]?.text?.isEmpty == false)
    #expect(fields["\(block).usage"]?["prompt_tokens"] == 1_000_000)
    #expect(fields["\(block).usage"]?["completion_tokens"] == 3)
    #expect(fields["\(block).usage"]?["total_tokens"] == 1_000_003)
    #expect(fields["\(block).usage"]?["cost"]?.description == "1.000006")
    #expect(fields["\(block).cache"] == [:])
    #expect(fields["\(block).payload.request"]?.text?.contains("Make it shout.") == true)
    #expect(fields["\(block).payload.response"]?.text?.contains("HI") == true)
    #expect(!"\(fields)".contains("{key}"))
  }

  @Test func `a call whose answer is of no use was paid for, and is in the log`() async throws {
    let asked = try await Asked(#""transformation_extract_pattern":"<x>""#) { _ in Asked.says("") }
    let result = try await asked.post("hi")
    #expect(result.response?.status == 400)
    #expect(result.logFields["ai.ai-request-transformer.usage"]?["completion_tokens"] == 3)
  }

  @Test func `the log says nothing unless it is asked to`() async throws {
    let quiet = Asked.openAI.replacing(Asked.logging, with: #""logging":{}"#)
    let asked = try await Asked(llm: quiet) { _ in Asked.says("HI") }
    #expect(try await asked.post("hi").logFields.isEmpty)
  }
}
