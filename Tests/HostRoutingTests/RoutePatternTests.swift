// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostRouting

struct RoutePatternTests {
  @Test(arguments: [
    "~/(a+)+$", "~/(a|a)*$", "~/(a|aa)+$", "~/(?:.*a){20}$", "~/([a-z]*)*[0-9]$",
  ])
  func `an expression that explodes is given up, counted, and leads nowhere`(
    _ expression: String
  ) throws {
    let table = RouteTable([
      try RouteRule(paths: [expression]), try RouteRule(paths: ["/"]),
    ])
    let path = "/" + String(repeating: "a", count: 5_000) + "!"
    let began = ContinuousClock.now
    #expect(
      table.match(TestRequest("GET x \(path)")) == nil,
      "the next route would be a way around this one")
    #expect(table.exhaustedLookups == 1)
    // Without a limit it would be years.
    #expect(ContinuousClock.now - began < .seconds(10))
    #expect(table.match("GET x /b!")?.index == 1)
    #expect(table.exhaustedLookups == 1)
  }

  @Test func `so is one for a header`() throws {
    let table = try RouteTable([
      TestRule(paths: ["/a"], headers: ["x": ["~*^(a+)+$"]]), TestRule(paths: ["/"]),
    ])
    let value = String(repeating: "a", count: 5_000) + "!"
    #expect(table.match(TestRequest("GET x /a", ["x": value])) == nil)
    #expect(table.exhaustedLookups == 1)
    #expect(
      table.match(TestRequest("GET x /b", ["x": value]))?.index == 1, "the path does not match")
    #expect(table.match(TestRequest("GET x /a", ["x": "AA"]))?.index == 0)
    #expect(table.exhaustedLookups == 1)
  }

  @Test func `one that goes before decides, whichever is looked at first`() throws {
    let path = "/a" + String(repeating: "a", count: 5_000) + "!"
    let table = try RouteTable([
      TestRule(paths: ["~/(a|a)*$"]), TestRule(hosts: ["x"], paths: ["/"]),
      TestRule(paths: ["~/aa"], priority: 1),
    ])
    #expect(table.match(TestRequest("GET x \(path)"))?.index == 1)
    #expect(table.match(TestRequest("GET y \(path)"))?.index == 2)
  }

  @Test func `long paths are no attack`() throws {
    let table = RouteTable([try RouteRule(paths: [#"~/files/[^/]+/(?<rest>.*)\.txt$"#])])
    let path = "/files/x/" + String(repeating: "a.t/", count: 10_000) + "b.txt"
    #expect(table.match(TestRequest("GET x \(path)"))?.matchedLength == path.utf8.count)
    #expect(table.exhaustedLookups == 0)
  }

  @Test(
    arguments: [
      ("/users/(foo/profile", "missing closing parenthesis", 19),
      ("/a[[[", "missing terminating ] for character class", 5),
      ("/a**", "", nil), ("/(?<1>x)", "subpattern name", 4), ("/a{3,1}", "out of order", 6),
    ] as [(String, String, Int?)])
  func `an expression that is none says why and where`(
    _ expression: String, _ message: String, _ offset: Int?
  ) {
    do throws(RoutePattern.Invalid) {
      _ = try RoutePattern(expression)
      #expect(message.isEmpty, "\(expression) was taken")
    } catch {
      #expect(error.message.contains(message), "\(error)")
      if let offset { #expect(error.offset == offset) }
    }
  }

  @Test func `bytes that are no UTF-8, and zeros, are bytes like others`() throws {
    let pattern = try RoutePattern("/a(?<rest>.+)")
    let path: [UInt8] = Array("/a".utf8) + [0xFF, 0x00, 0xC3]
    let found = path.withUnsafeBytes { pattern.match($0) }
    guard case .match(let length, let captures) = found else {
      Issue.record("no match")
      return
    }
    #expect(length == 5)
    #expect(captures.map(\.value) == [[0xFF, 0x00, 0xC3]])
  }
}
