// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_prompt_decorator

struct NativeDecoratorTests {
  /// System and user in front; user and system behind.
  private func decorator(_ format: String) async throws -> Decorator {
    try await Decorator(
      format, prepend: [("system", "S"), ("user", "U"), ("assistant", "A")],
      append: [("user", "V"), ("system", "T")])
  }

  @Test(arguments: [
    (
      #"{"messages":[{"role":"user","content":"x"}]}"#,
      #"{"system":[{"type":"text","text":"S"},{"type":"text","text":"T"}],"messages":[U,{"role":"user","content":"x"},V]}"#
    ),
    (
      #"{"messages":[{"role":"user","content":"x"}],"system":"y\n"}"#,
      #"{"messages":[U,{"role":"user","content":"x"},V],"system":[{"type":"text","text":"S"},{"type":"text","text":"y\n"},{"type":"text","text":"T"}]}"#
    ),
    (
      #"{"system":[{"type":"text","text":"y"}],"messages":[{"role":"user","content":"x"}]}"#,
      #"{"system":[{"type":"text","text":"S"},{"type":"text","text":"y"},{"type":"text","text":"T"}],"messages":[U,{"role":"user","content":"x"},V]}"#
    ),
  ])
  func `anthropic's instructions stand apart`(body: String, expected: String) async throws {
    let expected =
      expected
      .replacing("U", with: #"{"role":"user","content":"U"},{"role":"assistant","content":"A"}"#)
      .replacing("V", with: #"{"role":"user","content":"V"}"#)
    let found = try await decorator("anthropic").decorated(body, path: "/v1/messages")
    #expect(found == expected)
  }

  @Test(arguments: [
    (
      #"{"contents":[{"role":"user","parts":[{"text":"x"}]}]}"#,
      #"{"systemInstruction":{"parts":[{"text":"S"},{"text":"T"}]},"contents":[U,{"role":"user","parts":[{"text":"x"}]},V]}"#
    ),
    (
      #"{"system_instruction":{"parts":{"text":"y"}},"contents":{"parts":[{"text":"x"}]}}"#,
      #"{"system_instruction":{"parts":[{"text":"S"},{"text":"y"},{"text":"T"}]},"contents":[U,{"parts":[{"text":"x"}]},V]}"#
    ),
    (
      #"{"contents":"x","systemInstruction":{"parts":[]}}"#,
      #"{"contents":[U,{"role":"user","parts":[{"text":"x"}]},V],"systemInstruction":{"parts":[{"text":"S"},{"text":"T"}]}}"#
    ),
  ])
  func `gemini's model is called so, and its instructions stand apart`(
    body: String, expected: String
  ) async throws {
    let expected =
      expected.replacing(
        "U",
        with:
          #"{"role":"user","parts":[{"text":"U"}]},{"role":"model","parts":[{"text":"A"}]}"#
      ).replacing("V", with: #"{"role":"user","parts":[{"text":"V"}]}"#)
    #expect(try await decorator("gemini").decorated(body) == expected)
  }

  @Test(arguments: [
    (
      #"{"messages":[{"role":"user","content":[{"text":"x"}]}]}"#,
      #"{"system":[{"text":"S"},{"text":"T"}],"messages":[U,{"role":"user","content":[{"text":"x"},{"text":"V"}]}]}"#
    ),
    (
      #"{"system":[],"messages":[{"content":[{"text":"x"}],"role":"assistant"}]}"#,
      #"{"system":[{"text":"S"},{"text":"T"}],"messages":[{"role":"user","content":[{"text":"U"}]},{"content":[{"text":"A"},{"text":"x"}],"role":"assistant"},{"role":"user","content":[{"text":"V"}]}]}"#
    ),
    (
      #"{"messages":[{"role":"assistant","content":[{"text":"x"}]},{"role":"user","content":[{"text":"y"}]}],"system":[{"text":"z"}]}"#,
      #"{"messages":[{"role":"user","content":[{"text":"U"}]},{"role":"assistant","content":[{"text":"A"},{"text":"x"}]},{"role":"user","content":[{"text":"y"},{"text":"V"}]}],"system":[{"text":"S"},{"text":"z"},{"text":"T"}]}"#
    ),
  ])
  func `bedrock's turns go on alternating`(body: String, expected: String) async throws {
    let expected = expected.replacing(
      "U,",
      with:
        #"{"role":"user","content":[{"text":"U"}]},{"role":"assistant","content":[{"text":"A"}]},"#)
    let path = "/model/m/converse"
    #expect(try await decorator("bedrock").decorated(body, path: path) == expected)
    #expect(
      try await decorator("bedrock").refusal(body, path: "/model/m/invoke")
        == DecoratorTests.noChat)
  }

  @Test func `cohere's second version has a list`() async throws {
    let body = #"{"model":"m","messages":[{"role":"user","content":"x"}]}"#
    #expect(
      try await Decorator("cohere", prepend: [("system", "S")], append: [("system", "T")])
        .decorated(body)
        == #"{"model":"m","messages":[{"role":"system","content":"S"},{"role":"user","content":"x"},{"role":"system","content":"T"}]}"#
    )
  }

  @Test func `cohere's first version has a preamble, a history and the user's message`()
    async throws
  {
    let decorator = try await Decorator(
      "cohere", prepend: [("system", "S"), ("system", "R"), ("user", "U"), ("assistant", "A")],
      append: [("user", "V"), ("user", "\"W\"")])
    #expect(
      try await decorator.decorated(#"{"message":"x"}"#)
        == #"{"preamble":"S\n\nR","chat_history":[{"role":"USER","message":"U"},{"role":"CHATBOT","message":"A"}],"message":"x\n\nV\n\n\"W\""}"#
    )
    let whole =
      #"{"message":"x","chat_history":[{"role":"USER","message":"h"}],"preamble":"p"}"#
    #expect(
      try await decorator.decorated(whole)
        == #"{"message":"x\n\nV\n\n\"W\"","chat_history":[{"role":"USER","message":"U"},{"role":"CHATBOT","message":"A"},{"role":"USER","message":"h"}],"preamble":"S\n\nR\n\np"}"#
    )
    let last = try await Decorator("cohere", append: [("system", "T")])
    #expect(
      try await last.refusal(#"{"message":"x"}"#)
        == "version 1 of Cohere's API has no place for a message of this role at the end")
  }

  @Test func `hugging face has a list, or one text`() async throws {
    let decorator = try await Decorator(
      "huggingface", prepend: [("system", "S")], append: [("user", "V")])
    #expect(
      try await decorator.decorated(#"{"inputs":"x","parameters":{}}"#)
        == #"{"inputs":"S\n\nx\n\nV","parameters":{}}"#)
    #expect(try await decorator.decorated(#"{"inputs":""}"#) == #"{"inputs":"S\n\nV"}"#)
    #expect(
      try await decorator.decorated(#"{"messages":[{"role":"user","content":"x"}]}"#)
        == #"{"messages":[{"role":"system","content":"S"},{"role":"user","content":"x"},{"role":"user","content":"V"}]}"#
    )
  }

  @Test(arguments: [
    ("anthropic", #"{"messages":[]}"#), ("anthropic", #"{"messages":[{}],"system":7}"#),
    ("gemini", #"{"contents":[]}"#), ("gemini", #"{"content":{"parts":[]}}"#),
    ("gemini", #"{"contents":[{}],"systemInstruction":"x"}"#),
    ("bedrock", #"{"messages":[]}"#), ("bedrock", #"{"messages":[{"role":"assistant"}]}"#),
    ("bedrock", #"{"messages":[{"role":"assistant","content":"x"}]}"#),
    ("bedrock", #"{"messages":[{}],"system":"x"}"#), ("cohere", #"{"texts":["x"]}"#),
    ("cohere", #"{"message":7}"#), ("cohere", #"{"message":"x","chat_history":7}"#),
    ("huggingface", #"{"inputs":["x"]}"#),
  ])
  func `what is no conversation of the API is refused`(format: String, body: String) async throws {
    let decorator = try await Decorator(format, prepend: [("system", "S"), ("assistant", "A")])
    #expect(try await decorator.refusal(body, path: "/model/m/converse") == DecoratorTests.noChat)
  }
}
