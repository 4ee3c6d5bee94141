// SPDX-License-Identifier: Apache-2.0

import HostExchange
import NIOCore
import Testing

@testable import HostGateway

/// Where a client's credential stands, those who write logs are shown something else.
struct ConcealmentTests {
  private func shown(_ target: String, _ names: String...) -> String {
    var concealment = Concealment()
    for name in names { concealment.conceal(parameter: Array(name.utf8)) }
    return String(
      decoding: Array(target.utf8).withUnsafeBytes { concealment.target($0) }, as: UTF8.self)
  }

  @Test(arguments: [
    ("/p?apikey=x", "/p?apikey=REDACTED"), ("/p?a=1&apikey=x&b=2", "/p?a=1&apikey=REDACTED&b=2"),
    ("/p?apikey=x&apikey=y", "/p?apikey=REDACTED&apikey=REDACTED"),
    ("/p?api%6Bey=x", "/p?api%6Bey=REDACTED"), ("/p?apikey=", "/p?apikey=REDACTED"),
    ("/p?apikey=a=b", "/p?apikey=REDACTED"), ("/p?apikey", "/p?apikey"),
    ("/p?&&apikey=x&", "/p?&&apikey=REDACTED&"), ("/p?APIKEY=x", "/p?APIKEY=x"),
    ("/apikey=x", "/apikey=x"), ("/p?", "/p?"), ("*", "*"),
  ])
  func `values of a parameter, however its name is written`(_ target: String, _ expected: String) {
    #expect(shown(target, "apikey") == expected)
  }

  @Test func `a name with blanks is meant by both of its spellings`() {
    #expect(shown("/?a+b=1&a%20b=2&a%2zb=3", "a b") == "/?a+b=REDACTED&a%20b=REDACTED&a%2zb=3")
  }

  @Test func `header fields are known whatever the case of their names`() {
    var concealment = Concealment()
    #expect(concealment.isEmpty)
    concealment.conceal(header: Array("X-Key".utf8))
    #expect(Array("x-kEY".utf8).withUnsafeBytes { concealment.conceals(header: $0) })
    #expect(!Array("x-keys".utf8).withUnsafeBytes { concealment.conceals(header: $0) })
    #expect(!concealment.isEmpty && !concealment.isTooLong)
    for _ in 0..<256 { concealment.conceal(parameter: []) }
    #expect(concealment.isTooLong)
  }

  private func splice(_ offset: Int, _ delete: Int, _ insert: String = "") -> BodySplice {
    BodySplice(offset: offset, delete: delete, insert: ByteBuffer(string: insert))
  }

  private func body(
    _ text: String, hiding ranges: [Range<Int>], then splices: [BodySplice] = []
  ) throws -> String {
    var body = RequestBody()
    body.bytes = ByteBuffer(string: text)
    for range in ranges {
      let isHidden = body.conceal(range.lowerBound, range.count)
      #expect(isHidden)
    }
    try body.apply(splices, secrets: [])
    return String(buffer: body.shownWhenComplete)
  }

  @Test func `parts of a body, wherever edits move them`() throws {
    #expect(try body("key=abc&x=1", hiding: [4..<7]) == "key=REDACTED&x=1")
    #expect(try body("0123456789", hiding: [6..<8, 1..<2]) == "0REDACTED2345REDACTED89")
    #expect(
      try body("key=abc&x=1", hiding: [4..<7], then: [splice(0, 3, "longer")])
        == "longer=REDACTED&x=1")
    #expect(try body("key=abc&x=1", hiding: [4..<7], then: [splice(8, 3)]) == "key=REDACTED&")
    #expect(try body("key=abc&x=1", hiding: [4..<7], then: [splice(0, 8)]) == "x=1")
    #expect(
      try body("key=abc&x=1", hiding: [4..<7], then: [splice(5, 1, "--")]) == "key=REDACTED&x=1")
    #expect(
      try body("key=abc&x=1", hiding: [4..<7], then: [splice(2, 3, "..")]) == "keREDACTED&x=1")
    #expect(
      try body("key=abc&x=1", hiding: [4..<7], then: [splice(6, 3, "..")]) == "key=REDACTED=1")
    #expect(
      try body("key=abc", hiding: [4..<7], then: [splice(0, 0, "a"), splice(4, 3, "b")])
        == "akey=b",
      "another value stands there now")
  }

  @Test func `what is not in the body cannot be hidden in it`() {
    var body = RequestBody()
    body.bytes = ByteBuffer(string: "abc")
    let isHidden = [(2, 2), (4, 0), (-1, 1), (1, .max), (0, 3)].map { body.conceal($0.0, $0.1) }
    #expect(isHidden == [false, false, false, false, true])
  }
}
