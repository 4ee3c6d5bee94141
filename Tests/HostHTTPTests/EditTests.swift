// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore
import Testing

/// What edits take, and what they never take.
struct EditTests {
  /// Bytes of which none may ever be part of a name or value.
  static let injections = [
    "a\r\nB: c", "a\nb", "a\rb", "a\u{0}b", "\r\n\r\nGET / HTTP/1.1", "\u{7F}", "\u{B}",
  ]

  @Test(arguments: injections)
  func `nothing that ends a line gets in by any way`(_ text: String) throws {
    var edits = HeaderEdits()
    let fields = try head("GET / HTTP/1.1\r\nHost: a\r\n\r\n").fields
    #expect(throws: HeaderEdits.Refusal.badValue) { try edits.set("X", text) }
    #expect(throws: HeaderEdits.Refusal.badValue) { try edits.add("X", text) }
    #expect(throws: HeaderEdits.Refusal.badValue) { try edits.setIfAbsent("X", text, in: fields) }
    #expect(throws: HeaderEdits.Refusal.badName) { try edits.set(text, "x") }
    #expect(throws: HeaderEdits.Refusal.badName) { try edits.add(text, "x") }
    #expect(throws: HeaderEdits.Refusal.badName) { try edits.remove(text) }
    #expect(throws: HeaderEdits.Refusal.badName) { try edits.setIfAbsent(text, "x", in: fields) }
    #expect(edits.isEmpty)
    // The host's own values are repaired instead.
    edits.set("X-Own", bytes(text))
    let written = try write("GET / HTTP/1.1\r\nHost: a\r\n\r\n", edits)
    #expect(written.split(separator: "\r\n").count == 3)
  }

  @Test(arguments: [
    "", " ", "a b", "a:", "a:b", "(a)", "\u{E9}", "X\t", String(repeating: "a", count: 1025),
  ])
  func `a name is a token that has an end`(_ name: String) {
    var edits = HeaderEdits()
    #expect(throws: HeaderEdits.Refusal.badName) { try edits.set(name, "x") }
    #expect(throws: HeaderEdits.Refusal.badName) { try edits.remove(name) }
  }

  @Test(arguments: [
    "Content-Length", "content-length", "Transfer-Encoding", "CONNECTION", "Keep-Alive", "TE",
    "Trailer", "Upgrade", "Expect", "Proxy-Connection",
  ])
  func `what frames a body or belongs to a connection is the host's`(_ name: String) throws {
    var edits = HeaderEdits()
    let fields = try head("GET / HTTP/1.1\r\nHost: a\r\n\r\n").fields
    #expect(throws: HeaderEdits.Refusal.reserved) { try edits.set(name, "x") }
    #expect(throws: HeaderEdits.Refusal.reserved) { try edits.add(name, "x") }
    #expect(throws: HeaderEdits.Refusal.reserved) { try edits.remove(name) }
    #expect(throws: HeaderEdits.Refusal.reserved) { try edits.setIfAbsent(name, "x", in: fields) }
    #expect(throws: HeaderEdits.Refusal.reserved) { try edits.set(name, secret: "s") }
  }

  @Test func `Host is one host and port, and is never removed`() throws {
    var edits = HeaderEdits()
    for value in ["a, b", "a/b", "u@a", "a:x", "a b"] {
      #expect(throws: HeaderEdits.Refusal.badValue) { try edits.set("host", value) }
      #expect(throws: HeaderEdits.Refusal.badValue) { try edits.add("Host", value) }
    }
    #expect(throws: HeaderEdits.Refusal.badValue) { try edits.set("Host", secret: "s") }
    #expect(throws: HeaderEdits.Refusal.reserved) { try edits.remove("HOST") }
    try edits.add("Host", "b")
    try edits.add("host", " c:80 ")
    #expect(
      try write("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n", edits)
        == "GET / HTTP/1.1\r\nX: y\r\nhost: c:80\r\n\r\n")
  }

  @Test func `set replaces all, add adds, remove removes, whatever the case`() throws {
    let text = "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nY: 2\r\nx: 3\r\nZ: 4\r\n\r\n"
    var edits = HeaderEdits()
    try edits.set("X", "new")
    try edits.remove("y")
    try edits.add("Z", "more")
    try edits.add("W", "w")
    #expect(
      try write(text, edits)
        == "GET / HTTP/1.1\r\nHost: a\r\nZ: 4\r\nX: new\r\nZ: more\r\nW: w\r\n\r\n")
    // The last word counts.
    try edits.remove("X")
    try edits.set("y", "again")
    try edits.set("Z", "only")
    #expect(
      try write(text, edits) == "GET / HTTP/1.1\r\nHost: a\r\nW: w\r\ny: again\r\nZ: only\r\n\r\n")
    try edits.add("X", "back")
    #expect(
      try write(text, edits)
        == "GET / HTTP/1.1\r\nHost: a\r\nW: w\r\ny: again\r\nZ: only\r\nX: back\r\n\r\n")
  }

  @Test func `the host removes what it names itself`() throws {
    var edits = HeaderEdits()
    try edits.set("x-own", "a")
    let name: StaticString = "X-Own"
    edits.remove(name)
    #expect(
      try write("GET / HTTP/1.1\r\nHost: a\r\nX-OWN: 1\r\n\r\n", edits)
        == "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
  }

  @Test func `a field is set where there is none`() throws {
    let text = "GET http://b/ HTTP/1.1\r\nHost: a\r\nX: 1\r\nConnection: gone\r\nGone: 1\r\n\r\n"
    let fields = try head(text).fields
    var edits = HeaderEdits()
    try edits.setIfAbsent("x", "no", in: fields)
    try edits.setIfAbsent("Host", "no", in: fields)
    #expect(edits.isEmpty)
    try edits.setIfAbsent("Gone", "2", in: fields)
    try edits.setIfAbsent("New", "1", in: fields)
    try edits.setIfAbsent("new", "no", in: fields)
    try edits.remove("X")
    try edits.setIfAbsent("X", "after", in: fields)
    #expect(
      try write(text, edits)
        == "GET / HTTP/1.1\r\nHost: b\r\nGone: 2\r\nNew: 1\r\nX: after\r\n\r\n")
    #expect(edits.contains(raw("gone"), in: fields))
    #expect(!edits.contains(raw("connection"), in: fields))
  }

  @Test func `blanks around a value are no part of it`() throws {
    var edits = HeaderEdits()
    try edits.set("X", " \t a b \t")
    try edits.set("Y", "")
    edits.set("Z", bytes("  z "))
    #expect(
      try write("GET / HTTP/1.1\r\nHost: a\r\n\r\n", edits)
        == "GET / HTTP/1.1\r\nHost: a\r\nX: a b\r\nY: \r\nZ: z\r\n\r\n")
  }

  @Test func `a secret is filled in for an upstream, and for nobody else`() throws {
    let text = "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: client's\r\n\r\n"
    var edits = HeaderEdits()
    try edits.set("Authorization", secret: "key")
    try edits.add("X", "1")
    try edits.add("Y", secret: "none")
    #expect(
      try write(text, edits, secrets: ["key": "Bearer s"])
        == "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer s\r\nX: 1\r\n\r\n")
    // Not even its absence lets the client's through.
    #expect(try write(text, edits) == "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n")
    #expect(throws: HeaderEdits.Refusal.badValue) {
      try write(text, edits, secrets: ["key": "Bearer s\r\nX: y"])
    }
    var buffer = ByteBuffer()
    try HeadWriter.write(
      status: 200, fields: HeaderFields(), edits: edits, framing: .none, closes: false,
      into: &buffer)
    #expect(String(buffer: buffer) == "HTTP/1.1 200 OK\r\nX: 1\r\n\r\n")
    var shown: [String] = []
    edits.forEachField(of: HeaderFields()) { name, value in
      if case .secret(let handle) = value { shown.append("\(latin(name))=\(handle)") }
    }
    #expect(shown == ["Authorization=key", "Y=none"])
  }

  @Test func `what plugins are shown is what is meant`() throws {
    let text =
      "POST / HTTP/1.1\r\nHost: a\r\nX: 1\r\nConnection: gone\r\nGone: 1\r\nContent-Length: 0\r\nTE: trailers\r\n\r\n"
    var edits = HeaderEdits()
    try edits.set("X", "2")
    var shown: [String] = []
    edits.forEachField(of: try head(text).fields) { name, value in
      if case .bytes(let bytes) = value { shown.append("\(latin(name)): \(latin(bytes))") }
    }
    #expect(shown == ["Host: a", "Content-Length: 0", "X: 2"])
  }
}

// MARK: - Text for bytes

func raw(_ text: StaticString) -> UnsafeRawBufferPointer {
  UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
}

extension HeaderEdits {
  mutating func set(_ name: String, _ value: String) throws {
    try bytes(name).withUnsafeBytes { name in
      try bytes(value).withUnsafeBytes { try set(name, .bytes($0)) }
    }
  }

  mutating func add(_ name: String, _ value: String) throws {
    try bytes(name).withUnsafeBytes { name in
      try bytes(value).withUnsafeBytes { try add(name, .bytes($0)) }
    }
  }

  mutating func setIfAbsent(_ name: String, _ value: String, in fields: HeaderFields) throws {
    try bytes(name).withUnsafeBytes { name in
      try bytes(value).withUnsafeBytes { try setIfAbsent(name, .bytes($0), in: fields) }
    }
  }

  mutating func set(_ name: String, secret: String) throws {
    try bytes(name).withUnsafeBytes { try set($0, .secret(secret)) }
  }

  mutating func add(_ name: String, secret: String) throws {
    try bytes(name).withUnsafeBytes { try add($0, .secret(secret)) }
  }

  mutating func remove(_ name: String) throws {
    try bytes(name).withUnsafeBytes { try remove($0) }
  }
}

/// The request with the edits, as it goes to an upstream.
func write(
  _ text: String, _ edits: HeaderEdits = HeaderEdits(), method: String? = nil,
  target: String? = nil, framing: BodyFraming = .none, secrets: [String: String] = [:],
  closes: Bool = false
) throws -> String {
  let head = try head(text)
  var buffer = ByteBuffer(string: "before")
  do {
    try HeadWriter.write(
      head, method: method.map { bytes($0) },
      target: target.map { bytes($0) } ?? head.withTarget { Array($0) }, edits: edits,
      framing: framing, secrets: { handle in secrets[handle].map { bytes($0) } }, closes: closes,
      into: &buffer)
  } catch {
    // What is refused leaves nothing behind.
    #expect(String(buffer: buffer) == "before")
    throw error
  }
  return latin(buffer.readableBytesView.dropFirst(6))
}
