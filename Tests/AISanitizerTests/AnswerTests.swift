// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_sanitizer

/// Answers, whole and in pieces.
struct AnswerTests {
  static let request =
    #"{"messages":[{"role":"user","content":"I am ann@example.com at 10.0.0.1"}]}"#
  private static let streamed = request.dropLast() + #","stream":true}"#
  private static let output = #""sanitization_mode":"OUTPUT""#

  private static func json(_ text: String, status: Int = 200) -> TestResponse {
    TestResponse(status: status, headers: ["content-type": "application/json"], text: text)
  }

  private static let events = TestResponse(headers: ["content-type": "text/event-stream"])

  static func chunk(_ delta: String, finish: String = "null", index: Int = 0) -> String {
    #"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":\#(index),"delta":\#(delta),"finish_reason":\#(finish)}]}"#
      + "\n\n"
  }

  private static func answer(_ content: String) -> String {
    #"{"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"\#(content)"},"finish_reason":"stop"}]}"#
  }

  /// What the client gets of a whole answer.
  private func told(_ content: String, _ config: String = "") async throws -> CallResult {
    let exchange = try await Sanitizing.harness(config).exchange(Sanitizing.post(Self.request))
    try await exchange.request()
    try await exchange.move()
    return try await exchange.response(Self.json(Self.answer(content)))
  }

  private func exchange(_ config: String) async throws -> HarnessExchange<AISanitizer> {
    let exchange = try await Sanitizing.harness(config).exchange(
      Sanitizing.post(String(Self.streamed)))
    try await exchange.request()
    try await exchange.response(Self.events)
    return exchange
  }

  /// The texts of a stream, by their lanes.
  private static func texts(of stream: String) throws -> [String: String] {
    var texts: [String: String] = [:]
    for event in stream.split(separator: "\n\n") where event.hasPrefix("data: {") {
      let json = try JSONValue(parsing: String(event.dropFirst(6)))
      for choice in json["choices"]?.array ?? [] {
        let index = choice["index"]?.int ?? 0
        if let text = choice.at("/delta/content")?.text { texts["\(index)", default: ""] += text }
        for call in choice.at("/delta/tool_calls")?.array ?? [] {
          let name = "\(index)/\(call["index"]?.int ?? 0)"
          texts[name, default: ""] += call.at("/function/arguments")?.text ?? ""
        }
      }
    }
    return texts
  }

  // MARK: - Whole

  @Test func `the values of the request are put back, after a death too`() async throws {
    let result = try await told(
      #"Hello PLACEHOLDER1 \u0050LACEHOLDER2, PLACEHOLDER12 and PLACEHOLDER3"#)
    #expect(
      result.response?.text
        == Self.answer("Hello ann@example.com 10.0.0.1, PLACEHOLDER12 and PLACEHOLDER3"))
  }

  @Test func `they stay away where that is wanted`() async throws {
    let exchange = try await Sanitizing.harness(#""recover_redacted":false"#).exchange(
      Sanitizing.post(Self.request))
    try await exchange.request()
    #expect(await exchange.isOver, "the answer is not shown to it")
  }

  @Test func `an answer is sanitized in the modes that say so`() async throws {
    let content = "write to bob@example.com, password=hunter22"
    #expect(try await told(content).response?.text == Self.answer(content))
    #expect(
      try await told(content, Self.output).response?.text
        == Self.answer("write to PLACEHOLDER1, password=########"))
    #expect(
      try await told("PLACEHOLDER1: " + content, #""sanitization_mode":"BOTH""#).response?.text
        == Self.answer("ann@example.com: write to PLACEHOLDER3, password=########"))
  }

  @Test func `an answer that is to be blocked is refused`() async throws {
    let result = try await told("bob@example.com", Self.output + #","block_if_detected":true"#)
    #expect(result.response?.status == 400)
    #expect(
      result.response?.text
        == #"{"error":{"message":"response blocked: 1 PII detected (EMAIL_ADDRESS: 1)"}}"#)
  }

  @Test func `an answer that cannot be read is refused where it is to be sanitized`() async throws {
    for (config, status) in [
      ("", 200), (Self.output, 500), (Self.output + #","stop_on_error":false"#, 200),
    ] {
      let exchange = try await Sanitizing.harness(config).exchange(Sanitizing.post(Self.request))
      try await exchange.request()
      let result = try await exchange.response(Self.json("{"))
      #expect(result.response?.status == status)
    }
    let exchange = try await Sanitizing.harness(Self.output).exchange(Sanitizing.post(Self.request))
    #expect(try await exchange.request().request.headers["accept-encoding"] == "identity")
    var zipped = Self.json("zipped")
    zipped.headers["content-encoding"] = "gzip"
    #expect(try await exchange.response(zipped).response?.status == 500)
  }

  @Test func `arguments of tools stay JSON`() async throws {
    let body =
      #"{"choices":[{"index":0,"message":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{\"to\":\"bob\\u0040example.com\",\"n\":4111111111111111}"}}]}}]}"#
    let exchange = try await Sanitizing.harness(Self.output).exchange(Sanitizing.post(Self.request))
    try await exchange.request()
    let result = try await exchange.response(Self.json(body))
    #expect(
      result.response?.text
        == #"{"choices":[{"index":0,"message":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{\"to\":\"PLACEHOLDER1\",\"n\":\"PLACEHOLDER2\"}"}}]}}]}"#
    )
  }

  @Test func `where a pattern reaches its limit, what else was found is replaced`() async throws {
    let config =
      #""sanitization_mode":"BOTH","stop_on_error":false,"custom_patterns":[{"name":"p","regex":"(a+)+$"}]"#
    let slow = String(repeating: "a", count: 2000) + "b"
    let result = try await told("PLACEHOLDER1 bob@example.com \(slow)", config)
    #expect(result.response?.text == Self.answer("ann@example.com PLACEHOLDER3 \(slow)"))
  }

  @Test func `a match over several values of a tool's arguments leaves none of them`() async throws
  {
    let body =
      #"{"choices":[{"index":0,"message":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"@"}}]}}]}"#
    let config = Self.output + #","custom_patterns":[{"name":"p","regex":"bob.*smith"}]"#
    let exchange = try await Sanitizing.harness(config).exchange(Sanitizing.post(Self.request))
    try await exchange.request()
    let arguments = #"{\"a\":\"bob\",\"n\": 7, \"b\":\"smith\"}"#
    let result = try await exchange.response(Self.json(body.replacing("@", with: arguments)))
    let expected =
      #"{\"a\":\"CUSTOM1\",\"CUSTOM2\": \"CUSTOM3\", \"CUSTOM4\":\"CUSTOM5\"}"#
    #expect(result.response?.text == body.replacing("@", with: expected))
  }

  @Test func `tables of tokens do not say what was replaced`() async throws {
    let table = #"{"content":[{"token":"bob@exam","logprob":-1},{"token":"ple.com","logprob":-1}]}"#
    let body =
      #"{"choices":[{"index":0,"message":{"content":"bob@example.com"},"logprobs":@}]}"#
    for (config, content, logprobs) in [
      (Self.output, "PLACEHOLDER1", "null"), ("", "bob@example.com", table),
    ] {
      let exchange = try await Sanitizing.harness(config).exchange(Sanitizing.post(Self.request))
      try await exchange.request()
      let result = try await exchange.response(
        Self.json(body.replacing("@}]}", with: table + "}]}")))
      let expected = body.replacing("bob@example.com", with: content)
      #expect(result.response?.text == expected.replacing("@}]}", with: logprobs + "}]}"))
    }
    let exchange = try await exchange(Self.output)
    let event = Self.chunk(#"{"content":"bob@example.com "}"#)
    let sent = try await exchange.stream(
      event.replacing(#""finish_reason":null"#, with: #""logprobs":\#(table),"finish_reason":null"#)
        .utf8, piecesOf: 1000)
    let texts = String(decoding: sent, as: UTF8.self)
    #expect(texts.contains(#""logprobs":null"#))
    #expect(!texts.contains("bob"))
  }

  // MARK: - In pieces

  @Test func `a character that is cut in two stays what it is, beside an escape too`() async throws
  {
    let exchange = try await exchange("")
    let around = Self.chunk(#"{"content":"@"}"#).split(separator: "@", maxSplits: 1)
    let (front, back) = (Array(around[0].utf8), Array(around[1].utf8))
    let half = Array("é".utf8)
    let first = front + Array(#"PLACEHOLDER1 \""#.utf8) + [half[0]] + back
    let second = front + [half[1]] + Array(#"\""#.utf8) + back
    let sent = try await exchange.stream(first + second, piecesOf: 100_000)
    #expect(sent.firstRange(of: [0xEF, 0xBF, 0xBD]) == nil)
    let raw = String(decoding: sent, as: UTF8.self)
    #expect(raw.contains("ann@example.com"))
    let said = sent.split(separator: UInt8(ascii: "\n")).flatMap { line in
      let content = line.firstRange(of: #""content":""#.utf8).map { line[$0.upperBound...] } ?? []
      return Array(content.prefix { $0 != UInt8(ascii: "}") }.dropLast())
    }
    #expect(said == Array(#"ann@example.com \"é\""#.utf8))
  }

  private static let text =
    #"Dear PLACEHOLDER1, call +1 415 555 2671 or write to bob@example.com before March 5, 2024. "Ünï" 中 password: hunter22 PLACEHOLDER2"#

  /// What a whole answer with the text says.
  private func whole(_ config: String) async throws -> String {
    var escaped = Self.text.replacing("\"", with: #"\""#)
    escaped = Self.answer(escaped)
    let exchange = try await Sanitizing.harness(config).exchange(Sanitizing.post(Self.request))
    try await exchange.request()
    let result = try await exchange.response(Self.json(escaped))
    let json = try JSONValue(parsing: result.response?.text ?? "")
    return json.at("/choices/0/message/content")?.text ?? ""
  }

  /// The bytes of a delta that are no whole characters are written one by one, as a careless upstream does.
  private static func stream(_ text: [UInt8], cuts: [Int]) -> [UInt8] {
    var events = Array(chunk(#"{"role":"assistant","content":""}"#).utf8)
    var from = 0
    for end in cuts + [text.count] {
      let piece = text[from..<end].flatMap { $0 == 0x22 ? [0x5C, 0x22] : [$0] }
      from = end
      let around = chunk(#"{"content":"@"}"#).split(separator: "@", maxSplits: 1)
      events += Array(around[0].utf8) + piece + Array(around[1].utf8)
    }
    events += Array((chunk("{}", finish: #""stop""#) + "data: [DONE]\n\n").utf8)
    return events
  }

  @Test(arguments: ["", #""sanitization_mode":"OUTPUT""#, #""sanitization_mode":"BOTH""#])
  func `a text that is cut anywhere says the same as the whole`(config: String) async throws {
    let expected = try await whole(config)
    let text = Array(Self.text.utf8)
    // What is not sanitized goes on at once, and half a character as the half that it is.
    let cuts = (1..<text.count).filter { !config.isEmpty || text[$0] & 0xC0 != 0x80 }
    for cut in cuts {
      let exchange = try await exchange(config)
      let sent = try await exchange.stream(Self.stream(text, cuts: [cut]), piecesOf: 100_000)
      let texts = try Self.texts(of: String(decoding: sent, as: UTF8.self))
      #expect(texts["0"] == expected, "cut at \(cut)")
    }
    let exchange = try await exchange(config)
    let sent = try await exchange.stream(
      Self.stream(text, cuts: cuts), piecesOf: 61)
    #expect(try Self.texts(of: String(decoding: sent, as: UTF8.self))["0"] == expected)
    #expect(String(decoding: sent, as: UTF8.self).hasSuffix("data: [DONE]\n\n"))
  }

  @Test func `a process that dies anywhere in a stream is not seen`() async throws {
    let config = #""sanitization_mode":"BOTH""#
    let expected = try await whole(config)
    let events = Self.stream(Array(Self.text.utf8), cuts: Array(stride(from: 5, to: 120, by: 7)))
    for cut in stride(from: 1, to: events.count, by: 211) {
      let exchange = try await exchange(config)
      var sent = try await exchange.chunk(events[..<cut]).released
      try await exchange.move()
      sent += try await exchange.chunk(events[cut...], isLast: true).released
      #expect(
        try Self.texts(of: String(decoding: sent, as: UTF8.self))["0"] == expected, "died at \(cut)"
      )
    }
  }

  @Test func `choices and tool calls do not mix`() async throws {
    let exchange = try await exchange(#""sanitization_mode":"BOTH""#)
    let parts: [(Int, String)] = [
      (0, #"{"content":"to bob@exam"}"#), (1, #"{"content":"PLACE"}"#),
      (0, #"{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{\"a\": \"10.1"}}]}"#),
      (0, #"{"tool_calls":[{"index":1,"function":{"name":"g","arguments":"{\"n\": 41111111"}}]}"#),
      (1, #"{"content":"HOLDER1 ok"}"#), (0, #"{"content":"ple.com now"}"#),
      (0, #"{"tool_calls":[{"index":0,"function":{"arguments":".1.1\"}"}}]}"#),
      (0, #"{"tool_calls":[{"index":1,"function":{"arguments":"11111111}"}}]}"#),
    ]
    var events = parts.map { Self.chunk($0.1, index: $0.0) }.joined()
    events += Self.chunk("{}", finish: #""stop""#) + Self.chunk("{}", finish: #""stop""#, index: 1)
    let sent = try await exchange.stream(events.utf8, piecesOf: 50)
    let texts = try Self.texts(of: String(decoding: sent, as: UTF8.self))
    #expect(texts["1"] == "ann@example.com ok")
    #expect(texts["0"]?.contains("bob") == false)
    #expect(texts["0"]?.hasSuffix(" now") == true)
    let first = try JSONValue(parsing: texts["0/0"] ?? "")
    #expect(first["a"]?.text?.hasPrefix("PLACEHOLDER") == true)
    let second = try JSONValue(parsing: texts["0/1"] ?? "")
    #expect(second["n"]?.text?.hasPrefix("PLACEHOLDER") == true)
  }

  @Test func `words go on with the next one`() async throws {
    let exchange = try await exchange(Self.output)
    var said = ""
    for (index, word) in ["The", " quick", " brown", " fox"].enumerated() {
      let result = try await exchange.chunk(Self.chunk(#"{"content":"\#(word)"}"#).utf8)
      said += try Self.texts(of: String(decoding: result.released, as: UTF8.self))["0"] ?? ""
      #expect(said == ["", "The ", "The quick ", "The quick brown "][index])
      #expect((result.checkpoint?.utf8.count ?? 0) < 500)
    }
  }

  @Test func `a stream that is to be blocked ends with an error`() async throws {
    let exchange = try await exchange(Self.output + #","block_if_detected":true"#)
    let result = try await exchange.chunk(
      (Self.chunk(#"{"content":"bob@example.com "}"#) + Self.chunk(#"{"content":"more "}"#)).utf8)
    #expect(result.ended)
    #expect(
      String(decoding: result.released, as: UTF8.self)
        == #"data: {"error":{"message":"response blocked: 1 PII detected (EMAIL_ADDRESS: 1)"}}"#
        + "\n\n")
  }

  @Test func `a stream in an unknown format is not told where it is to be sanitized`() async throws
  {
    let event = #"data: {"type":"response.output_text.delta","delta":"bob@example.com"}"# + "\n\n"
    let strict = try await exchange(Self.output).chunk(event.utf8)
    #expect(strict.ended)
    #expect(
      String(decoding: strict.released, as: UTF8.self).contains("failed to sanitize the response"))
    let input = try await exchange("").chunk(event.utf8)
    #expect(String(decoding: input.released, as: UTF8.self) == event)
  }

  @Test func `a stream that nobody has asked for is sanitized too`() async throws {
    let exchange = try await Sanitizing.harness(Self.output).exchange(Sanitizing.post(Self.request))
    try await exchange.request()
    #expect(try await exchange.response(Self.events).later.chunk == .transform)
    let event = Self.chunk(#"{"content":"bob@example.com "}"#)
    let sent = try await exchange.stream(event.utf8, piecesOf: 1000)
    #expect(String(decoding: sent, as: UTF8.self).contains("PLACEHOLDER1 "))
  }

  @Test func `an error in place of a stream is read when it is whole`() async throws {
    let exchange = try await Sanitizing.harness(Self.output).exchange(
      Sanitizing.post(String(Self.streamed)))
    try await exchange.request()
    let error = #"{"error":{"message":"no such user bob@example.com"}}"#
    try await exchange.response(Self.json("", status: 404))
    let sent = try await exchange.stream(error.utf8, piecesOf: 7)
    #expect(
      String(decoding: sent, as: UTF8.self) == #"{"error":{"message":"no such user PLACEHOLDER1"}}"#
    )
  }
}
