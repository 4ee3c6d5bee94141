// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostRouting

/// The table and its index against the plainest reading of Kong's rules.
struct RouteTableWalkTests {
  private static let methods = ["GET", "PUT", "POST", "PURGE"]
  private static let names = [
    "a.com", "b.com", "x.a.com", "y.x.a.com", "a.net", "com", "z", "a.", ".com",
  ]
  private static let hosts =
    names + [
      "*.com", "a.*", "*.a.com", "*.x.a.com", "x.*", "*.com:8000", "a.com:8000", "a.*:8000",
      "*.a.com:80", "x.*:443", "b.com:80",
    ]
  private static let paths =
    [
      "/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/abc", "/b", "/b/a", "~/", "~/a", "~/[ab]+/b",
      "~/.*b", "~/a/(?<x>[^/]+)", "~/a/b?", "~/ab*c", "~/a/b/c$", "~/a|/b", "~/(?:a|b)/",
      #"~/a\.b"#,
    ]
  private static let headers: [(String, [String])] = [
    ("x-a", ["1"]), ("X-A", ["1", "2"]), ("x-a", ["3"]), ("x-b", ["One"]), ("x-b", ["~*^o"]),
    ("x-b", ["~*n"]), ("x-c", ["1", "2", "3"]),
  ]
  private static let snis = ["a.com", "b.com", "x.a.com"]

  @Test(arguments: 0..<300) func `a table answers as its rules, read one by one`(_ seed: UInt64)
    throws
  {
    var random = Generator(state: (seed + 1) &* 0x9e37_79b9_7f4a_7c15 | 1)
    let rules = (0..<(2 + Int(random.next() % 40))).map { _ in Self.rule(&random) }
    let table = try RouteTable(rules)
    let naive = try NaiveRouter(rules)
    for _ in 0..<100 {
      let request = Self.request(&random)
      #expect(table.match(request)?.index == naive.match(request), "\(request) of \(rules)")
    }
  }

  private static func rule(_ random: inout Generator) -> TestRule {
    // Few kinds of attributes in a table make many routes compete.
    var rule = TestRule(priority: Int(random.next() % 3))
    repeat {
      rule.methods = some(of: methods, &random)
      rule.hosts = some(of: hosts, &random)
      rule.paths = some(of: paths, &random)
      rule.snis = random.next() % 4 == 0 ? some(of: snis, &random) : []
      for (name, values) in some(of: headers, &random) where random.next() % 2 == 0 {
        rule.headers[name] = values
      }
      if random.next() % 3 == 0 { rule.createdAt = Int(random.next() % 3) }
    } while rule.methods.isEmpty && rule.hosts.isEmpty && rule.paths.isEmpty && rule.snis.isEmpty
      && rule.headers.isEmpty
    return rule
  }

  private static func request(_ random: inout Generator) -> TestRequest {
    let port = ["", "", ":80", ":443", ":8000"].randomElement(using: &random) ?? ""
    let host = names.randomElement(using: &random).map { $0 + port } ?? ""
    let segments = (0..<Int(random.next() % 4)).map { _ in
      ["a", "b", "ab", "abc", "c", "a.b", "x"].randomElement(using: &random) ?? ""
    }
    var request = TestRequest("GET - /" + segments.joined(separator: "/"))
    request.method = (methods + ["HEAD"]).randomElement(using: &random) ?? ""
    request.host = random.next() % 8 == 0 ? "" : host
    request.isSecure = random.next() % 2 == 0
    if request.isSecure { request.sni = (snis + ["q"]).randomElement(using: &random) }
    for _ in 0..<Int(random.next() % 4) {
      let name = ["x-a", "X-b", "x-C", "x-d"].randomElement(using: &random) ?? ""
      let value = ["1", "2", "3", "one", "ONE", "none", ""].randomElement(using: &random) ?? ""
      request.headers.append((name, value))
    }
    return request
  }

  /// None, one or two of them.
  private static func some<Element>(
    of all: [Element], _ random: inout Generator
  ) -> [Element] {
    Array(all.shuffled(using: &random).prefix(Int(random.next() % 3)))
  }

  @Test func `many routes that differ in one thing each are told apart`() throws {
    let count = 2_000
    let rules = (0..<count).map { number in
      switch number % 5 {
      case 0: TestRule(hosts: ["h\(number).example.com"])
      case 1: TestRule(paths: ["/p\(number)/"])
      case 2: TestRule(paths: ["/v1/chat"], headers: ["x-model": ["m\(number)"]])
      case 3: TestRule(paths: ["~/r\(number)/[0-9]+"])
      default: TestRule(hosts: ["one.example.com"], paths: ["/q\(number)/"])
      }
    }
    let table = try RouteTable(rules)
    for number in 0..<count {
      let request: TestRequest =
        switch number % 5 {
        case 0: TestRequest("GET h\(number).example.com /")
        case 1: TestRequest("GET other /p\(number)/x")
        case 2: TestRequest("GET other /v1/chat/x", ["X-Model": "M\(number)"])
        case 3: TestRequest("GET other /r\(number)/7")
        default: TestRequest("GET one.example.com /q\(number)/")
        }
      #expect(table.match(request)?.index == number)
    }
  }
}

/// Xorshift: the same numbers on every run.
struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
