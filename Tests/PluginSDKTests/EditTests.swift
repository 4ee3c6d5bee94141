// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PluginSDK

struct EditTests {
  private func body(_ text: String) -> Body { Body(Bytes(Array(text.utf8))) }

  private func edited(_ body: Body) -> String { String(decoding: body.edited, as: UTF8.self) }

  @Test func `edits in any order lie in the coordinates of what was shown`() {
    var body = body("0123456789")
    body.replace(8..<10, with: "Y")
    body.insert("<", at: 0)
    body.remove(2..<4)
    body.insert(">", at: 10)
    body.insert("a", at: 5)
    body.insert("b", at: 5)
    #expect(edited(body) == "<014ab567Y>")
    #expect(!body.isBroken)
    #expect(body.splices.map(\.range.lowerBound) == [0, 2, 5, 5, 8, 10])
  }

  @Test(arguments: [(1, 4), (0, 10), (3, 3), (2, 3), (4, 6)])
  func `edits that overlap break the body`(low: Int, high: Int) {
    var body = body("0123456789")
    body.replace(2..<5, with: "x")
    body.replace(low..<high, with: "y")
    #expect(body.isBroken)
  }

  @Test func `edits that touch do not overlap`() {
    var body = body("0123456789")
    body.replace(2..<5, with: "x")
    body.replace(5..<6, with: "y")
    body.replace(1..<2, with: "z")
    #expect(!body.isBroken)
    #expect(edited(body) == "0zxy6789")
  }

  @Test func `an edit out of bounds breaks the body`() {
    var body = body("abc")
    body.replace(2..<4, with: "")
    #expect(body.isBroken)
  }

  @Test(arguments: [
    ("abcdef", "abXdef", 2, 1, "X"), ("abc", "abcabc", 3, 0, "abc"), ("aaa", "aa", 2, 1, ""),
    ("", "new", 0, 0, "new"), ("old", "", 0, 3, ""), ("aXa", "aYYa", 1, 1, "YY"),
  ])
  func `a replaced whole sends what differs`(
    old: String, new: String, offset: Int, delete: Int, insert: String
  ) throws {
    var body = body(old)
    body.replaceAll(with: new)
    #expect(edited(body) == new)
    let splice = try #require(body.splices.first)
    #expect(body.splices.count == 1)
    #expect(splice.range == offset..<offset + delete)
    guard case .bytes(let bytes) = splice.insert else {
      Issue.record("bytes are inserted")
      return
    }
    #expect(bytes == Array(insert.utf8))
  }

  @Test func `what is replaced by itself sends nothing`() {
    var body = body("same")
    body.replaceAll(with: "same")
    #expect(!body.isEdited)
  }

  @Test func `headers are a multimap without regard to case`() {
    var headers: Headers = ["A": "1", "b": "2", "a": "3"]
    #expect(headers["a"] == "1")
    #expect(headers.values("A") == ["1", "3"])
    headers["B"] = "4"
    headers.setIfAbsent("b", "5")
    headers.setIfAbsent("c", "6")
    headers.remove("a")
    #expect(headers.all.map { "\($0.name)=\($0.value)" } == ["B=4", "c=6"])
    #expect(headers == ["b": "4", "C": "6"])
    #expect(!headers.contains("a"))
  }

  @Test func `a query is read decoded and edited by name`() {
    var query = Query(path: "/p?a=1&b=%41+c&flag&a=2")
    #expect(query["a"] == "1")
    #expect(query["b"] == "A c")
    #expect(query["flag"] == "")
    query["a"] = "9"
    query.remove("b")
    query.setIfAbsent("flag", "no")
    #expect(query["a"] == "9")
    #expect(query["b"] == nil)
    #expect(query["flag"] == "")
    #expect(query.edits.count == 3)
  }

  @Test func `slices share and count from zero`() {
    let bytes = Bytes(Array("hello world".utf8))
    let world = bytes[6..<11]
    #expect(world.text == "world")
    #expect(world[1..<3].text == "or")
    #expect(world.withSpan { $0.count } == 5)
    #expect(world == Bytes(Array("world".utf8)))
  }

  @Test func `timers fire in order, cancelled ones never`() {
    var timers = TimerHeap()
    var fired: [Int] = []
    var ids: [TimerHeap.ID] = []
    for number in (0..<200).reversed() {
      ids.append(timers.insert(at: UInt64(number)) { fired.append(number) })
    }
    for id in ids where id.number % 2 == 0 { timers.remove(id) }
    while let timer = timers.popDue(1000) { timer.fire() }
    #expect(fired == stride(from: 1, to: 200, by: 2).map { $0 })
    #expect(timers.isEmpty)
    #expect(timers.next == nil)
  }

  @Test func `a timer that is not due waits`() {
    var timers = TimerHeap()
    _ = timers.insert(at: 10) {}
    #expect(timers.popDue(9)?.due == nil)
    #expect(timers.popDue(10)?.due == 10)
  }
}
