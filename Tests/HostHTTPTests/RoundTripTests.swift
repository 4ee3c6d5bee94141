// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore
import Testing

/// What the writer writes with any edits, the decoder reads again as exactly that.
struct RoundTripTests {
  private static let names = [
    "X-A", "x-a", "X-B", "Accept", "Cookie", "Set-Cookie", "Authorization", "Via",
    "X-Forwarded-For",
    "!#$", "Date", "Server", "User-Agent",
  ]
  private static let values = ["", "1", "a b", "\u{E9}", "a:b", "\"q\"", ",", "a,  b", "=\t="]

  @Test func `a request with random edits is read again as it is meant`() throws {
    for seed in 0..<UInt64(Random.rounds(1000)) {
      var random = Random(seed: seed)
      let text = Self.randomHead(&random)
      let head = try head(text)
      // The meaning, in the simplest way: a list of fields.
      var expected = head.fields.list.filter { field in
        !["connection", "content-length", "transfer-encoding", "te", "x-gone"].contains(
          field.name.lowercased())
      }
      var edits = HeaderEdits()
      var added: [Field] = []
      for _ in 0..<random.below(8) {
        let field = Field(name: random.pick(Self.names), value: random.pick(Self.values))
        func isSame(_ other: Field) -> Bool {
          other.name.lowercased() == field.name.lowercased()
        }
        switch random.below(4) {
        case 0:
          try edits.set(field.name, field.value)
          expected.removeAll(where: isSame)
          added.removeAll(where: isSame)
          added.append(field)
        case 1:
          try edits.add(field.name, field.value)
          added.append(field)
        case 2:
          try edits.remove(field.name)
          expected.removeAll(where: isSame)
          added.removeAll(where: isSame)
        default:
          let isThere = (expected + added).contains(where: isSame)
          try edits.setIfAbsent(field.name, field.value, in: head.fields)
          if !isThere { added.append(field) }
        }
      }
      let framing = random.pick([BodyFraming.none, .length(0), .length(123), .chunked])
      let written = try write(text, edits, framing: framing)
      let read = Transcript(requests: written)
      #expect(read.refusal == nil && read.rest == 0, "seed \(seed)")
      let message = try #require(read.messages.first)
      var framingFields: [Field] = []
      if case .length(let length) = framing {
        framingFields = [Field(name: "Content-Length", value: "\(length)")]
      }
      if framing == .chunked {
        framingFields = [Field(name: "Transfer-Encoding", value: "chunked")]
      }
      #expect(
        message.fields == expected + added + framingFields, "seed \(seed): \(text.debugDescription)"
      )
      #expect(message.framing == framing, "seed \(seed)")
      #expect(message.start == "POST /a?b http11", "seed \(seed)")
      // What the gateway shows of the edited head is the same.
      var shown: [Field] = []
      edits.forEachField(of: head.fields) { name, value in
        guard case .bytes(let value) = value else { return }
        shown.append(Field(name: latin(name), value: latin(value)))
      }
      shown.removeAll { $0.name == "Content-Length" }
      #expect(shown == expected + added, "seed \(seed)")
    }
  }

  @Test func `what is kept is kept byte for byte`() throws {
    for seed in 0..<UInt64(Random.rounds(300)) {
      var random = Random(seed: seed)
      let text = Self.randomHead(&random)
      let written = try write(text)
      // Each line that left is a line that came, in the same order.
      var came = text.split(separator: "\r\n")[...]
      came.removeFirst()
      for line in written.split(separator: "\r\n").dropFirst() {
        let index = try #require(came.firstIndex(of: line), "seed \(seed): \(line)")
        came = came[(index + 1)...]
      }
    }
  }

  private static func randomHead(_ random: inout Random) -> String {
    var text = "POST /a?b HTTP/1.1\r\n"
    let host = random.below(6)
    for index in 0..<6 {
      if index == host { text += "Host:\(random.pick(["", " ", "\t "]))a\r\n" }
      guard !random.once(in: 3) else { continue }
      let line = random.pick([
        "X-Gone: 1", "Connection: close", "Connection: X-Gone, keep-alive", "TE: trailers",
      ])
      text +=
        random.once(in: 4)
        ? line : "\(random.pick(names)):\(random.pick(["", " ", "  "]))\(random.pick(values))"
      text += random.pick(["", " ", "\t"]) + "\r\n"
    }
    if text.contains("X-Gone: 1"), !text.contains("X-Gone, keep") {
      text += "Connection: x-gone\r\n"
    }
    text += random.pick(["", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"])
    return text + "\r\n"
  }
}
