// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import LLM

@Suite struct AWSEventTests {
  /// A stream, and what botocore's reader makes of it. Written by fake_bedrock/event_corpus.py.
  struct Case: Decodable {
    struct Message: Decodable, Equatable {
      var headers: [String: String]
      var payload: Data
    }

    var stream: Data
    var messages: [Message]
    var fails: Bool
  }

  private static let file = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .appending(path: "Integration/fake_bedrock/event_corpus.json")

  /// Reads as much of a stream as has come, from where the last message ended.
  private func read(
    _ bytes: [UInt8], from start: inout Int
  ) throws(StreamProblem) -> [Case.Message] {
    let span = bytes.span.bytes
    var messages: [Case.Message] = []
    while let message = try AWSEventMessage(in: span, at: start) {
      var shown = Case.Message(headers: [:], payload: Data(span.copy(message.payload)))
      var headers = message.headers
      while let header = try headers.next(in: span) {
        shown.headers[span.string(header.name)] = text(header.value, in: span)
      }
      messages.append(shown)
      start = message.end
    }
    return messages
  }

  private func text(_ value: AWSEventHeader.Value, in span: RawSpan) -> String {
    switch value {
    case .boolean(let value): value ? "t" : "f"
    case .byte(let number): "n:\(number)"
    case .short(let number): "n:\(number)"
    case .integer(let number): "n:\(number)"
    case .long(let number), .timestamp(let number): "n:\(number)"
    case .bytes(let range), .uuid(let range):
      "b:\(Data(span.copy(range)).base64EncodedString())"
    case .string(let range): "s:\(span.string(range))"
    }
  }

  @Test func `streams are read as by botocore, whole and damaged, and byte by byte`() throws {
    let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: Self.file))
    #expect(cases.count == 120)
    #expect(cases.filter(\.fails).count == 72)
    for (number, one) in cases.enumerated() {
      let bytes = Array(one.stream)
      for step in [1, 3, max(1, bytes.count)] {
        var messages: [Case.Message] = []
        var start = 0
        var problem: StreamProblem?
        do throws(StreamProblem) {
          for end in stride(from: step, through: bytes.count + step - 1, by: step) {
            messages += try read(Array(bytes[..<min(end, bytes.count)]), from: &start)
          }
        } catch {
          problem = error
        }
        #expect((problem != nil) == one.fails, "stream \(number) in steps of \(step)")
        // Whole, the good messages in front of a bad one are lost with it here: `read` throws.
        if step == 1 { #expect(messages == one.messages, "stream \(number)") }
      }
    }
  }

  @Test func `the checksum is zlib's`() {
    func checksum(_ text: String, _ cut: Int) -> UInt32 {
      let bytes = Array(text.utf8)
      let span = bytes.span.bytes
      var crc = CRC32(of: span.extracting(0..<cut))
      crc.update(span.extracting(cut..<bytes.count))
      return crc.value
    }
    #expect(checksum("", 0) == 0)
    for cut in 0...9 { #expect(checksum("123456789", cut) == 0xCBF4_3926) }
    let pangram = "The quick brown fox jumps over the lazy dog"
    for cut in 0...43 { #expect(checksum(pangram, cut) == 0x414F_A339) }
  }

  // MARK: - Frames

  private func frame(_ bytes: [UInt8]) throws(StreamProblem) -> StreamFramer.Frame? {
    var framer = StreamFramer.awsEvents
    return try framer.next(in: bytes.span.bytes, from: 0, isLast: false)
  }

  @Test func `an event has its name and its payload`() throws {
    let bytes = AWSMessages.message(
      [
        (":event-type", "messageStart"), (":content-type", "application/json"),
        (":message-type", "event"),
      ], "{}")
    let found = try #require(try frame(bytes))
    #expect(found.end == bytes.count)
    #expect(found.name.map { String(decoding: bytes[$0], as: UTF8.self) } == "messageStart")
    #expect(found.data == .line(bytes.count - 6..<bytes.count - 4))
  }

  @Test func `an error becomes the body that it would be outside of a stream`() throws {
    let bytes = AWSMessages.message(
      [(":message-type", "error"), (":error-code", "Busy"), (":error-message", "Say \"when\".")], ""
    )
    let body = #"{"__type":"Busy","message":"Say \"when\"."}"#
    #expect(try frame(bytes)?.data == .lines(Array(body.utf8)))
  }

  @Test func `an exception is written as it is read`() throws {
    let bytes = AWSEventMessage.exception("validationException", message: "No \"é\".")
    let written = AWSMessages.message(
      [
        (":exception-type", "validationException"), (":content-type", "application/json"),
        (":message-type", "exception"),
      ], #"{"message":"No \"é\"."}"#)
    #expect(bytes == written)
    let found = try #require(try frame(bytes))
    #expect(found.end == bytes.count)
    #expect(
      found.name.map { String(decoding: bytes[$0], as: UTF8.self) } == "validationException")
  }

  @Test func `a message that says nothing is passed over`() throws {
    let bytes = AWSMessages.message([(":message-type", "event"), (":event-type", "ping")], "")
    #expect(try frame(bytes)?.data == ServerSentEvent.Payload.none)
  }

  static let broken: [(String, [UInt8])] = [
    ("has no ':message-type'", AWSMessages.message([], "{}")),
    ("unknown type 'x'", AWSMessages.message([(":message-type", "x")], "")),
    ("twice", AWSMessages.message([(":message-type", "event"), (":message-type", "error")], "")),
    ("prelude is wrong", Array("HTTP/1.1 200 OK".utf8)),
    ("contradict", AWSMessages.message(size: 15)),
    ("contradict", AWSMessages.message(size: 20, headersSize: 5)),
    ("more than 4194304 bytes", AWSMessages.message(size: 4 * 1024 * 1024 + 1)),
    ("more than 131072 bytes", AWSMessages.message(size: 1 << 20, headersSize: 131_073)),
    ("unknown type 10", AWSMessages.message(size: 19, [1, 0x61, 10])),
    ("cut off", AWSMessages.message(size: 20, [1, 0x61, 7, 0])),
    ("cut off", AWSMessages.message(size: 22, [1, 0x61, 6, 0, 2, 0x62])),
    ("cut off", AWSMessages.message(size: 17, [9])),
  ]

  @Test(arguments: broken)
  func `what is no such stream is said to be none`(reason: String, bytes: [UInt8]) {
    let problem = #expect(throws: StreamProblem.self) { try frame(bytes) }
    #expect(problem?.reason.contains(reason) == true, "\(problem?.reason ?? "")")
  }

  @Test func `an unfinished message waits`() throws {
    let bytes = AWSMessages.message([(":message-type", "event")], #"{"a":1}"#)
    for end in 0..<bytes.count { #expect(try frame(Array(bytes[..<end])) == nil) }
  }
}
