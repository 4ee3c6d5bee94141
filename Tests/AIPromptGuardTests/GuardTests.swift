// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_prompt_guard

struct GuardTests {
  private let long = Guard.messages(
    Guard.message("system", "sys"), Guard.message("user", "first"),
    Guard.message("assistant", "answer"), Guard.message("user", "last"))

  @Test(arguments: [
    ("first", true), ("last", true), ("sys", false), ("answer", false), ("FIRST", false),
    ("(?i)FIRST", true), ("^last first $", true), ("last.*first", true), ("first.*last", false),
  ])
  func `all messages of the user are matched, newest first`(
    pattern: String, isBlocked: Bool
  ) async throws {
    let rules = try await Guard(#""deny_patterns":["\#(pattern)"]"#)
    #expect(try await rules.refusal(long) == (isBlocked ? Guard.blocked : nil))
  }

  @Test func `without the history only the user's last message is matched`() async throws {
    for (pattern, isBlocked) in [("first", false), ("^last$", true), ("answer", false)] {
      let rules = try await Guard(
        #""deny_patterns":["\#(pattern)"],"allow_all_conversation_history":true"#)
      #expect(try await rules.refusal(long) == (isBlocked ? Guard.blocked : nil), "\(pattern)")
    }
  }

  @Test func `all roles are matched where that is wanted`() async throws {
    for pattern in ["first", "sys", "answer", "^last answer first sys $"] {
      let rules = try await Guard(#""deny_patterns":["\#(pattern)"],"match_all_roles":true"#)
      #expect(try await rules.refusal(long) == Guard.blocked, "\(pattern)")
    }
  }

  @Test func `deny patterns come first, then one of the allow patterns must match`() async throws {
    let rules = try await Guard(#""deny_patterns":["b"],"allow_patterns":["x","a"]"#)
    for (text, expected) in [
      ("a", nil), ("ab", Guard.blocked), ("c", Guard.notAllowed), ("x", nil),
      ("", Guard.notAllowed),
    ] {
      let body = Guard.messages(Guard.message("user", text))
      #expect(try await rules.refusal(body) == expected, "\(text)")
    }
  }

  @Test(arguments: [
    #"\u0073ecret"#, #"s\u0065cret"#, #"secre\u0074"#, #"se\u0063ret\n"#, #"\"secret\""#,
  ])
  func `an escape cannot hide a word`(text: String) async throws {
    let rules = try await Guard(Guard.deny)
    let body = Guard.messages(Guard.message("user", text))
    #expect(try await rules.refusal(body) == Guard.blocked)
    let keys = #"{"m\u0065ssages":[{"rol\u0065":"us\u0065r","cont\u0065nt":"\#(text)"}]}"#
    #expect(try await rules.refusal(keys) == Guard.blocked)
  }

  @Test(arguments: [
    #"[{"type":"text","text":"a secret"}]"#,
    #"[{"type":"image_url","image_url":{"url":"data:,x"}},{"type":"text","text":"secret"}]"#,
    #"[{"type":"text","text":"sec"},{"type":"text","text":"ret"}]"#,
    #"[{"type":"new","deep":[{"er":"secret"}]}]"#, #"["secret"]"#, #"{"text":"secret"}"#,
    #"[{"type":"image_url","text":"secret"}]"#, #"[{"type":"text","type":"file","text":"secret"}]"#,
    #"[{"text":"secret"}]"#, #"[{"type":"input_text","text":"secret"}]"#,
    #"[{"type":"refusal","refusal":"secret"}]"#,
  ])
  func `the texts of all parts are read`(content: String) async throws {
    let rules = try await Guard(Guard.deny)
    let body = #"{"messages":[{"role":"user","content":\#(content)}]}"#
    #expect(try await rules.refusal(body) == Guard.blocked)
  }

  @Test func `parts have a space between them for every pattern`() async throws {
    let rules = try await Guard(
      #""allow_patterns":["^Say hello $"],"deny_patterns":["\\bhell\\b"]"#)
    let body =
      #"{"messages":[{"role":"user","content":[{"type":"text","text":"Say"},{"type":"text","text":"hello"}]}]}"#
    #expect(try await rules.refusal(body) == nil)
  }

  @Test func `what is in pictures, sounds and files is not text`() async throws {
    let rules = try await Guard(Guard.deny)
    let body = """
      {"messages":[{"role":"user","content":[
        {"type":"image_url","image_url":{"url":"https://secret.test/x.png"}},
        {"type":"input_audio","input_audio":{"data":"secret","format":"wav"}},
        {"type":"file","file":{"file_data":"data:application/pdf;base64,secret"}},
        {"type":"text","text":"hello"}]}]}
      """
    #expect(try await rules.refusal(body) == nil)
  }

  @Test(arguments: [
    #"{"role":"tool","tool_call_id":"1","content":"a secret"}"#,
    #"{"role":"tool","tool_call_id":"1","content":"{\"a\":\"\\u0073ecret\"}"}"#,
    #"{"role":"function","name":"f","content":"a secret"}"#,
    #"{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"q\":\"secret\"}"}}]}"#,
    #"{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"q\":\"\\u0073ecret\"}"}}]}"#,
    #"{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":{"q":"secret"}}}]}"#,
    #"{"role":"assistant","function_call":{"name":"f","arguments":"secret"}}"#,
    #"{"role":"assistant","content":"","refusal":"secret"}"#,
    #"{"role":"developer","content":"secret"}"#,
  ])
  func `calls of tools and their results count where all roles do`(message: String) async throws {
    let body = Guard.messages(Guard.message("user", "hi"), message)
    #expect(try await Guard(Guard.allRoles).refusal(body) == Guard.blocked)
    #expect(try await Guard(Guard.deny).refusal(body) == nil)
  }

  @Test(arguments: [
    (#"{"prompt":"a secret"}"#, Guard.blocked), (#"{"prompt":["a","secret"]}"#, Guard.blocked),
    (#"{"prompt":"hi","suffix":"secret"}"#, Guard.blocked), (#"{"prompt":["a","b"]}"#, nil),
    (#"{"input":"a secret"}"#, Guard.blocked), (#"{"input":["a","secret"]}"#, Guard.blocked),
    (
      #"{"input":[{"role":"user","content":[{"type":"input_text","text":"secret"}]}]}"#,
      Guard.blocked
    ),
    (#"{"input":[{"type":"function_call_output","output":"secret"}]}"#, Guard.blocked),
    (#"{"input":["a"]}"#, nil),
    (#"{"messages":[{"role":"user","content":"a"}],"prompt":"secret"}"#, Guard.blocked),
    (#"{"prompt":[1,2]}"#, Guard.unreadable), (#"{"prompt":["a",1]}"#, Guard.unreadable),
    (#"{"prompt":[[1,2]]}"#, Guard.unreadable), (#"{"input":[1,2]}"#, Guard.unreadable),
    (#"{"prompt":7}"#, Guard.unreadable), (#"{"input":{"a":"b"}}"#, Guard.unreadable),
  ])
  func `completions and vectors are guarded too`(body: String, expected: String?) async throws {
    #expect(try await Guard(Guard.deny).refusal(body) == expected)
  }

  @Test(arguments: [
    ("", Guard.noPrompts), ("secret", Guard.noPrompts), ("[]", Guard.noPrompts),
    ("{}", Guard.noPrompts),
    (#"{"messages":[]}"#, Guard.noPrompts), (#"{"messages":"secret"}"#, Guard.unreadable),
    (#"{"messages":[1]}"#, Guard.unreadable), (#"{"messages":null}"#, Guard.noPrompts),
    (#"{"messages":[{"role":"user","content":5}]}"#, Guard.unreadable),
    (#"{"messages":[{"role":7,"content":"x"}]}"#, Guard.unreadable),
    (#"{"messages":[{"role":"user","role":"system","content":"x"}]}"#, Guard.unreadable),
    (#"{"messages":[{"content":"secret"}]}"#, Guard.blocked),
    (#"{"messages":[{"role":"human","content":"secret"}]}"#, Guard.blocked),
    (#"{"messages":[{"role":"user","content":"a","content":"secret"}]}"#, Guard.blocked),
    (
      #"{"messages":[{"role":"user","content":"secret"}],"messages":[{"role":"user","content":"x"}]}"#,
      "request body contains 'messages' more than once"
    ),
    (
      #"{"messages":[{"role":"user","content":"x"}],"Messages":[{"role":"user","content":"secret"}]}"#,
      "request body contains 'messages' more than once"
    ),
    (
      #"{"messages":[{"role":"user","content":"x"}],"meſſages":[{"role":"user","content":"secret"}]}"#,
      "request body contains 'messages' more than once"
    ),
    (#"{"messages":[{"role":"user","Content":"secret"}]}"#, Guard.blocked),
    ("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} trailing", Guard.noPrompts),
  ])
  func `what cannot be read is refused`(body: String, expected: String?) async throws {
    #expect(try await Guard(Guard.deny).refusal(body) == expected)
  }

  @Test func `a pattern at its limit refuses the prompt`() async throws {
    let text = String(repeating: "a", count: 100_000) + "!"
    let body = Guard.messages(Guard.message("user", text))
    let limit = "a pattern reached its limit"
    #expect(try await Guard(#""deny_patterns":["(a+)+$"]"#).refusal(body) == limit)
    #expect(try await Guard(#""allow_patterns":["(a+)+$"]"#).refusal(body) == limit)
  }

  @Test func `the client learns nothing, the log everything`() async throws {
    let harness = try await PluginHarness(
      AIPromptGuard.self, configJSON: #"{"deny_patterns":["secret"]}"#)
    let body = Guard.messages(Guard.message("user", "a secret"))
    let result = try await harness.exchange(.post("/", body: body)).request()
    #expect(result.response?.text == #"{"error":{"message":"bad request"}}"#)
    #expect(result.response?.headers["content-type"] == "application/json")
    #expect(
      result.logFields == [
        "ai.proxy.prompt-guard.input_block_reason": "prompt pattern is blocked",
        "ai.proxy.prompt-guard.input_block_source": "ai-prompt-guard",
        "ai.proxy.prompt-guard.input_block_consumer_id": "unknown",
      ])
    let known = try await harness.exchange(.post("/", body: body))
    await known.set("consumer.id", "alice")
    #expect(
      try await known.request().logFields["ai.proxy.prompt-guard.input_block_consumer_id"]
        == "alice")
    let passed = try await harness.exchange(
      .post("/", body: Guard.messages(Guard.message("user", "hi")))
    ).request()
    #expect(!passed.responded && passed.logFields.isEmpty)
  }
}
