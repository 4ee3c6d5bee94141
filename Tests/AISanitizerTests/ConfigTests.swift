// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_sanitizer

struct ConfigTests {
  @Test func `it is Kong's plugin`() {
    #expect(AISanitizer.manifest.name == "ai-sanitizer")
    #expect(AISanitizer.manifest.priority == 776)
    #expect(AISanitizer.manifest.onFailure == .closed)
  }

  @Test func `every field of Kong's schema is taken`() async {
    let diagnostics = await Sanitizing.diagnostics(
      #"""
      "anonymize":["general","phone","email","creditcard","crypto","date","ip","nrp","ssn","domain","url","medical",
      "driverlicense","passport","bank","nationalid","custom","credentials","all","all_and_credentials"],
      "custom_patterns":[{"name":"a","regex":"b","score":1}],"host":"pii.example.com","port":8080,"scheme":"https",
      "timeout":1000,"keepalive_timeout":1000,"redact_type":"synthetic","recover_redacted":false,"stop_on_error":false,
      "block_if_detected":true,"sanitization_mode":"INPUT","skip_logging_sanitized_items":true,
      "allow_all_conversation_history":false
      """#)
    #expect(diagnostics == [])
  }

  @Test(arguments: [
    (#""anonymize":["names"]"#, "/anonymize/0"), (#""redact_type":"hash""#, "/redact_type"),
    (#""sanitization_mode":"input""#, "/sanitization_mode"), (#""host":"""#, "/host"),
    (#""scheme":"ftp""#, "/scheme"), (#""port":70000"#, "/port"), (#""timeout":0"#, "/timeout"),
    (#""custom_patterns":[]"#, "/custom_patterns"),
    (#""custom_patterns":[{"regex":"a"}]"#, "/custom_patterns/0/name"),
    (#""custom_patterns":[{"name":"a"}]"#, "/custom_patterns/0/regex"),
    (#""custom_patterns":[{"name":"a","regex":"(b"}]"#, "/custom_patterns/0/regex"),
    (#""custom_patterns":[{"name":"a","regex":"b","score":2}]"#, "/custom_patterns/0/score"),
    (
      #""custom_patterns":[{"name":"a","regex":"b"},{"name":"a","regex":"c"}]"#,
      "/custom_patterns/1/name"
    ),
    (#""llm_format":"openai""#, "/llm_format"),
  ])
  func `what is wrong is said with its place`(config: String, pointer: String) async {
    #expect(await Sanitizing.diagnostics(config).map(\.pointer) == [pointer])
  }
}
