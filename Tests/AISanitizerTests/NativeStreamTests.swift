// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import ai_sanitizer

/// Streams of providers' own APIs.
struct NativeStreamTests {
  private static let text =
    #"Dear PLACEHOLDER1, call +1 415 555 2671 or write to bob@example.com before March 5, 2024. "Ünï" 中 password: hunter22 PLACEHOLDER2"#
  private static let arguments =
    #"{"to": "bob@exam\u0070le.com", "n": [4111111111111111, 5], "for": "PLACEHOLDER1", "password": "hunter22"}"#

  private static func escaped(_ text: String) -> String {
    text.replacing(#"\"#, with: #"\\"#).replacing("\"", with: #"\""#)
  }

  private static func both(_ redacted: String) -> String {
    redacted.replacing("#1", with: "ann@example.com").replacing("#2", with: "10.0.0.1")
  }

  private func exchange(
    _ stream: NativeStream, _ config: String
  ) async throws -> HarnessExchange<AISanitizer> {
    let body = AnswerTests.request.dropLast() + #","stream":true}"#
    let exchange = try await Sanitizing.harness(config).exchange(
      Sanitizing.post(String(body), path: stream.path))
    try await exchange.request()
    try await exchange.response(
      TestResponse(headers: ["content-type": stream.contentType], text: ""))
    return exchange
  }

  private static func cut(_ text: String, at place: Int) -> [String] {
    let scalars = text.unicodeScalars
    let index = scalars.index(scalars.startIndex, offsetBy: place)
    return [escaped(String(scalars[..<index])), escaped(String(scalars[index...]))]
  }

  private static let modes: [(config: String, expected: String)] = [
    (
      "",
      #"Dear #1, call +1 415 555 2671 or write to bob@example.com before March 5, 2024. "Ünï" 中 password: hunter22 #2"#
    ),
    (
      #""sanitization_mode":"OUTPUT""#,
      #"Dear PLACEHOLDER1, call PLACEHOLDER1 or write to PLACEHOLDER2 before PLACEHOLDER3. "Ünï" 中 password: ######## PLACEHOLDER2"#
    ),
    (
      #""sanitization_mode":"BOTH""#,
      #"Dear #1, call PLACEHOLDER3 or write to PLACEHOLDER4 before PLACEHOLDER5. "Ünï" 中 password: ######## #2"#
    ),
  ]

  @Test(arguments: NativeStream.texts)
  func `a text that is cut anywhere says the same, and all else stays`(
    stream: NativeStream
  ) async throws {
    for mode in Self.modes {
      let expected = Self.both(mode.expected)
      for place in 0...Self.text.unicodeScalars.count {
        let exchange = try await exchange(stream, mode.config)
        let sent = try await exchange.stream(
          stream.bytes(Self.cut(Self.text, at: place)), piecesOf: 100_000)
        let said = try stream.text(of: sent)
        #expect(said == expected, "cut at \(place), \(mode.config)")
        #expect(sent.starts(with: stream.before))
        #expect(sent.suffix(stream.tail) == stream.after.suffix(stream.tail))
      }
    }
  }

  @Test(arguments: NativeStream.texts + NativeStream.arguments)
  func `a stream that is cut anywhere says the same, though the process dies there`(
    stream: NativeStream
  ) async throws {
    let isText = !NativeStream.arguments.contains { $0.pointer == stream.pointer }
    let said = isText ? Self.text : Self.arguments
    let parts = said.split(separator: " ", omittingEmptySubsequences: false).enumerated().map {
      Self.escaped(($0.offset == 0 ? "" : " ") + $0.element)
    }
    let bytes = stream.bytes(parts)
    let whole = try await exchange(stream, Self.modes[2].config).stream(bytes, piecesOf: 100_000)
    let expected = try stream.text(of: whole)
    if isText { #expect(expected == Self.both(Self.modes[2].expected)) }
    for cut in stride(from: 1, to: bytes.count, by: 97) {
      let exchange = try await exchange(stream, Self.modes[2].config)
      var sent = try await exchange.chunk(bytes[..<cut]).released
      try await exchange.move()
      sent += try await exchange.chunk(bytes[cut...], isLast: true).released
      #expect(try stream.text(of: sent) == expected, "died at \(cut)")
    }
    let bitwise = try await exchange(stream, Self.modes[2].config).stream(bytes, piecesOf: 7)
    #expect(try stream.text(of: bitwise) == expected)
  }

  @Test(arguments: NativeStream.arguments)
  func `arguments that are cut anywhere say the same, and are JSON`(
    stream: NativeStream
  ) async throws {
    let expected =
      #"{"to": "PLACEHOLDER3", "n": ["PLACEHOLDER4", 5], "for": "ann@example.com", "password": "HASHES"}"#
      .replacing("HASHES", with: "########")
    for place in 0...Self.arguments.unicodeScalars.count {
      let exchange = try await exchange(stream, Self.modes[2].config)
      let sent = try await exchange.stream(
        stream.bytes(Self.cut(Self.arguments, at: place)), piecesOf: 100_000)
      #expect(try stream.text(of: sent) == expected, "cut at \(place)")
      #expect(sent.starts(with: stream.before))
      #expect(sent.suffix(stream.tail) == stream.after.suffix(stream.tail))
    }
  }

  @Test(arguments: NativeStream.texts)
  func `a stream that has nothing to find is the same to the byte where words are whole`(
    stream: NativeStream
  ) async throws {
    let bytes = stream.bytes(["All ", "is ", "well. "])
    for mode in Self.modes {
      let sent = try await exchange(stream, mode.config).stream(bytes, piecesOf: 50)
      #expect(sent == bytes, "\(mode.config)")
    }
  }

  @Test(arguments: NativeStream.texts)
  func `a stream that is to be blocked ends with an error in its format`(
    stream: NativeStream
  ) async throws {
    let exchange = try await exchange(
      stream, #""sanitization_mode":"OUTPUT","block_if_detected":true"#)
    var sent = try await exchange.chunk(stream.before + stream.delta("Well, ")).released
    let result = try await exchange.chunk(
      stream.delta("bob@example.com ") + stream.delta("and more ") + stream.delta("still "))
    #expect(result.ended)
    sent += result.released
    let events = try stream.events(in: sent)
    let last = try #require(events.last)
    let message = last.at("/error/message") ?? last["message"] ?? last["error"]
    #expect(message == "response blocked: 1 PII detected (EMAIL_ADDRESS: 1)")
    #expect(!String(decoding: sent, as: UTF8.self).contains("bob"))
  }

  @Test func `what an answer says once more at its end is sanitized like the rest`() async throws {
    let stream = try #require(NativeStream.texts.first { $0.name == "cohere 1" })
    let end =
      #"{"event_type":"stream-end","response":{"text":"to bob@example.com","chat_history":[{"role":"CHATBOT","message":"to bob@example.com"}]}}"#
      + "\n"
    let bytes = stream.before + stream.delta("to bob@exam") + stream.delta("ple.com") + end.utf8
    let sent = try await exchange(stream, Self.modes[1].config).stream(bytes, piecesOf: 9)
    #expect(try stream.text(of: sent) == "to PLACEHOLDER1")
    #expect(
      sent.suffix(end.utf8.count - 6)
        == Array(end.replacing("bob@example.com", with: "PLACEHOLDER1").utf8)[...])
  }

  @Test func `whole calls of functions are sanitized, numbers too`() async throws {
    let stream = try #require(NativeStream.texts.first { $0.name == "gemini" })
    let call =
      #"data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"password":"hunter22","card":4111111111111111,"n":5}}}]}}]}"#
      + "\n\n"
    let sent = try await exchange(stream, Self.modes[1].config).stream(
      call.utf8 + stream.after, piecesOf: 9)
    let expected = call.replacing("hunter22", with: "########").replacing(
      "4111111111111111", with: #""PLACEHOLDER1""#)
    #expect(sent == expected.utf8 + stream.after)
  }

  @Test func `blocks of a message do not mix`() async throws {
    let stream = NativeStream.texts[0]
    func delta(_ block: Int, _ text: String) -> [UInt8] {
      let event = String(decoding: stream.delta(text), as: UTF8.self)
      return Array(event.replacing(#""index":1"#, with: #""index":\#(block)"#).utf8)
    }
    let bytes = delta(1, "bob@exam") + delta(2, "10.0.") + delta(1, "ple.com ") + delta(2, "0.7 ")
    let sent = try await exchange(stream, Self.modes[1].config).stream(
      bytes + stream.after, piecesOf: 1000)
    let events = try stream.events(in: sent)
    func text(_ block: Int) -> String {
      events.filter { $0["index"]?.int == block }.compactMap { $0.at("/delta/text")?.text }.joined()
    }
    #expect(text(1) == "PLACEHOLDER1 ")
    #expect(text(2) == "PLACEHOLDER2 ")
  }

  @Test func `what cannot be read is not told`() async throws {
    let bedrock = try #require(NativeStream.texts.first { $0.name == "bedrock" })
    var broken = bedrock.delta("bob@example.com")
    broken[broken.count - 1] ^= 1
    let cut = Array(bedrock.delta("bob@example.com").dropLast(3))
    for bytes in [broken, cut] {
      let exchange = try await exchange(bedrock, Self.modes[1].config)
      let sent = try await exchange.stream(bytes, piecesOf: 1000)
      #expect(
        try bedrock.events(in: sent).map { $0["message"] } == ["failed to sanitize the response"])
      let fields = try await exchange.log()
      #expect(fields["ai.sanitizer"]?["error"]?.text?.isEmpty == false)
    }
  }

  @Test func `pieces of what no lane can follow are not told where they are to be sanitized`()
    async throws
  {
    let bedrock = try #require(NativeStream.texts.first { $0.name == "bedrock" })
    let gemini = try #require(NativeStream.texts.first { $0.name == "gemini" })
    let invoke = NativeStream.aws("chunk", #"{"bytes":"Ym9iQGV4YW1wbGUuY29t"}"#)
    let call =
      #"data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","partialArgs":[{"jsonPath":"$.to","stringValue":"bob@exam"}]}}]}}]}"#
      + "\n\n"
    for (stream, bytes) in [(bedrock, invoke), (gemini, Array(call.utf8))] {
      let strict = try await exchange(stream, Self.modes[1].config).chunk(bytes)
      #expect(strict.ended)
      let told = try stream.events(in: strict.released)
      #expect(told.count == 1)
      let message = told[0]["message"] ?? told[0].at("/error/message")
      #expect(message == "failed to sanitize the response")
      let input = try await exchange(stream, "").chunk(bytes)
      #expect(input.released == bytes)
    }
  }
}
