// SPDX-License-Identifier: Apache-2.0

/// Messages by the grammar of RFC 9112, and what attackers make of them.
struct Generator {
  var random: Random

  init(seed: UInt64) { random = Random(seed: seed) }

  /// The bytes of a client's connection: some requests, most of them changed somewhere.
  mutating func requests() -> [UInt8] {
    var text = ""
    for _ in 0...random.below(3) { text += request() }
    return mutated(text)
  }

  /// The bytes of an upstream's connection: informational responses and a final one.
  mutating func response(toHead: Bool) -> [UInt8] {
    var text = ""
    while random.once(in: 6) {
      text += "HTTP/1.1 \(random.pick([100, 102, 103])) \(random.pick(["Continue", ""]))\r\n"
      text += fields() + "\r\n"
    }
    let status = random.pick([200, 200, 200, 201, 204, 304, 404, 500, 599])
    let version = random.once(in: 8) ? "HTTP/1.0" : "HTTP/1.1"
    text +=
      "\(version) \(status) \(random.pick(["OK", "", "Not  Found", "\u{FC}ber"]))\r\n" + fields()
    text += status == 204 || status == 304 || toHead ? "\r\n" : body(isRequest: false)
    return mutated(text)
  }

  private mutating func request() -> String {
    var text = random.once(in: 12) ? "\r\n" : ""
    text += random.pick(["GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "PURGE"])
    text += " " + target() + (random.once(in: 8) ? " HTTP/1.0" : " HTTP/1.1") + "\r\n"
    text += "Host: \(random.pick(["a", "a.example:8080", "[::1]:80", "", "1.2.3.4"]))\r\n"
    return text + fields() + body(isRequest: true)
  }

  private mutating func target() -> String {
    random.pick([
      "/", "/a/b?c=d&e=%20", "/a;b=c", "/?", "*", "http://a.example/x", "http://a:80?x", "//x//",
      "/%00", "/a?b?c", "/\"<>", "/{x}|y", "https://b.example", "/..", "/a\\b", "/~`^",
    ])
  }

  private mutating func fields() -> String {
    var text = ""
    for _ in 0..<random.below(5) {
      text += random.pick([
        "Accept: */*", "X-A: b", "x-empty:", "X-Tab:\tb\t", "X-Spaces:   b c   ", "X: \u{E9}\u{FF}",
        "Connection: keep-alive", "Connection: close", "Connection: X-A, te", "TE: trailers",
        "Set-Cookie: a=b; c", "X-Colon: a:b::", "!#$%&'*+-.^_`|~0: x", "Content-Type: text/plain",
        "X-Quote: \"a\\\"b\"", "Expect: 100-continue", "Trailer: X-Sum", "Proxy-Connection: x",
      ])
      text += "\r\n"
    }
    return text
  }

  /// The framing fields, the empty line, and the body.
  private mutating func body(isRequest: Bool) -> String {
    switch random.below(isRequest ? 3 : 4) {
    case 0: return "\r\n" + (isRequest ? "" : content())
    case 1:
      let content = content()
      return "Content-Length: \(content.utf8.count)\r\n\r\n" + content
    case 2:
      return "\(random.pick(["Transfer-Encoding", "transfer-encoding"])): chunked\r\n\r\n"
        + chunks()
    default: return "Content-Length: 0\r\n\r\n"
    }
  }

  private mutating func content() -> String {
    String(
      repeating: random.pick(["x", "0", "\r\n", "GET / HTTP/1.1\r\n\r\n"]), count: random.below(5))
  }

  private mutating func chunks() -> String {
    var text = ""
    for _ in 0..<random.below(4) {
      let data = random.pick(["a", "hello", "0\r\n\r\n", String(repeating: "z", count: 17)])
      let size = String(data.utf8.count, radix: 16, uppercase: random.once(in: 2))
      text += random.pick(["", "0", "000"]) + size
      text += random.pick(["", "", "", ";a", ";a=b", ";a=\"b;\\\"\"", ";a;b=c"]) + "\r\n"
      text += data + "\r\n"
    }
    text += "0" + random.pick(["", "", ";last"]) + "\r\n"
    for _ in 0..<random.below(3) { text += random.pick(["X-Sum: 1", "X-T:", "Y:  z "]) + "\r\n" }
    return text + "\r\n"
  }

  // MARK: - What attackers make of them

  private static let lines = [
    "Content-Length: 5", "Content-Length: 05", "Content-Length: +5", "Content-Length: 5, 5",
    "Content-Length: 5 ", "Content-Length : 5", "Content-Length:5", "Content-Length: 0x5",
    "Content-Length: 99999999999999999999", "Content-Length:", "Content-Length: -1",
    "Transfer-Encoding: chunked", "Transfer-Encoding: identity", "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: chunked, identity", "Transfer-Encoding : chunked", "Transfer-Encoding:",
    "Transfer-Encoding:\u{B}chunked", "Transfer-Encoding: xchunked", "Transfer-Encoding: CHUNKED",
    "Transfer-Encoding:\tchunked", "Transfer-Encoding: chunked;a=b", "Transfer-Encoding: ,chunked",
    "Transfer-Encoding: chunked,", "Host: b", "Host: a, b", "Host : a", ": x", " folded",
    "\tfolded",
    "X", "X\u{0}: y", "X: a\u{0}b", "X: a\rb", "X: a\nb", "X y: z", "Expect: y",
    "Connection: close,",
    "Connection: Content-Length", "X: \u{7F}", "X(: y", "Upgrade-Insecure-Requests: 1",
  ]

  private static let ends = [
    "\n", "\r", "\n\r", "\r\r\n", "\r\n\r\n", " \r\n", "\u{B}\r\n", "\u{0}\r\n",
  ]

  private static let odd: [UInt8] = [
    0x0D, 0x0A, 0x20, 0x09, 0x00, 0x0B, 0x0C, 0x3A, 0x2C, 0x3B, 0x22, 0x23, 0x80, 0xFF, 0x7F, 0x30,
    0x31, 0x35, 0x61, 0x2D, 0x2B, 0x2F, 0x3D, 0x5C,
  ]

  private mutating func mutated(_ text: String) -> [UInt8] {
    var result = bytes(text)
    guard !random.once(in: 5) else { return result }
    for _ in 0...random.below(3) { mutate(&result) }
    return result
  }

  private mutating func mutate(_ text: inout [UInt8]) {
    guard !text.isEmpty else { return }
    let index = random.below(text.count)
    switch random.below(9) {
    case 0: text.insert(random.pick(Self.odd), at: index)
    case 1: text.remove(at: index)
    case 2: text[index] = random.pick(Self.odd)
    case 3: text[index] = UInt8(truncatingIfNeeded: random.word())
    case 4:  // a line's end
      guard let end = lineEnds(text).randomPick(&random) else { return }
      text.replaceSubrange(end..<end + 2, with: bytes(random.pick(Self.ends)))
    case 5, 6:  // a line more
      guard let end = lineEnds(text).randomPick(&random) else { return }
      text.insert(contentsOf: bytes(random.pick(Self.lines) + "\r\n"), at: end + 2)
    case 7:  // a line twice
      let ends = lineEnds(text)
      guard ends.count > 1 else { return }
      let first = random.below(ends.count - 1)
      text.insert(contentsOf: text[ends[first] + 2..<ends[first + 1] + 2], at: ends[first] + 2)
    default: text.removeSubrange(index...)
    }
  }

  private func lineEnds(_ text: [UInt8]) -> [Int] {
    text.indices.dropLast().filter { text[$0] == 0x0D && text[$0 + 1] == 0x0A }
  }
}

extension [Int] {
  fileprivate func randomPick(_ random: inout Random) -> Int? {
    isEmpty ? nil : random.pick(self)
  }
}
