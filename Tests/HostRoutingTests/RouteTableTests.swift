// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostRouting

/// Kong's documented precedence, case by case.
struct RouteTableTests {
  /// Rules by name, in the order of a file, and which of them a request gets.
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var rules: KeyValuePairs<String, Rule>
    var requests: [(request: String, route: String?)]
  }

  struct Rule: Sendable {
    var methods: [String] = []
    var hosts: [String] = []
    var paths: [String] = []
    var priority = 0
  }

  static let cases = [
    Case(
      testDescription: "a prefix covers what begins with it, segments or not",
      rules: ["a": Rule(paths: ["/a"])],
      requests: [
        ("GET x /a", "a"), ("GET x /a/b", "a"), ("GET x /ab", "a"), ("GET x /A", nil),
        ("GET x /b/a", nil), ("GET x /", nil),
      ]),
    Case(
      testDescription: "a longer prefix goes first, wherever it stands",
      rules: ["short": Rule(paths: ["/", "/a"]), "long": Rule(paths: ["/a/b", "/z"])],
      requests: [("GET x /a/b/c", "long"), ("GET x /a/c", "short"), ("GET x /q", "short")]),
    Case(
      testDescription: "more kinds of attributes go first",
      rules: [
        "path": Rule(paths: ["/a/very/long/path"]), "both": Rule(methods: ["GET"], paths: ["/a"]),
        "all": Rule(methods: ["PUT"], hosts: ["x"], paths: ["/"]),
      ],
      requests: [
        ("GET x /a/very/long/path", "both"), ("POST x /a/very/long/path", "path"),
        ("PUT x /a/very/long/path", "all"),
      ]),
    Case(
      testDescription: "of as many kinds, hosts go before paths, and paths before methods",
      rules: [
        "method": Rule(methods: ["GET"]), "path": Rule(paths: ["/a"]), "host": Rule(hosts: ["x"]),
      ],
      requests: [
        ("GET x /a", "host"), ("GET y /a", "path"), ("GET y /b", "method"), ("PUT y /b", nil),
      ]),
    Case(
      testDescription: "hosts with methods go before paths with methods",
      rules: [
        "path": Rule(methods: ["GET"], paths: ["/a"]), "host": Rule(methods: ["GET"], hosts: ["x"]),
        "both": Rule(hosts: ["x"], paths: ["/a/b"]),
      ],
      requests: [("GET x /a", "host"), ("GET x /a/b", "both"), ("GET y /a", "path")]),
    Case(
      testDescription: "exact hosts go before wildcards",
      rules: [
        "left": Rule(hosts: ["*.example.com"]), "right": Rule(hosts: ["www.example.*"]),
        "exact": Rule(hosts: ["www.example.com"]),
      ],
      requests: [
        ("GET www.example.com /", "exact"), ("GET a.b.example.com /", "left"),
        ("GET www.example.org /", "right"), ("GET example.com /", nil), ("GET .example.com /", nil),
      ]),
    Case(
      testDescription:
        "hosts are compared without case and without a port that the rule does not name",
      rules: [
        "port": Rule(hosts: ["example.com:8000"]), "host": Rule(hosts: ["Example.com"]),
        "wild": Rule(hosts: ["*.example.com"]), "wild port": Rule(hosts: ["*.example.com:9000"]),
        "six": Rule(hosts: ["[::1]"]),
      ],
      requests: [
        ("GET EXAMPLE.COM:8000 /", "port"), ("GET eXample.com:1 /", "host"),
        ("GET a.example.com:1 /", "wild"), ("GET a.example.com:9000 /", "wild port"),
        ("GET [::1] /", "six"), ("GET [::1]:8000 /", "six"),
      ]),
    Case(
      testDescription: "a regular expression goes before a prefix, however long",
      rules: ["prefix": Rule(paths: ["/status/long"]), "regex": Rule(paths: ["~/status/[a-z]+"])],
      requests: [
        ("GET x /status/long", "regex"), ("GET x /status/long/1", "regex"),
        ("GET x /status/1", nil),
      ]),
    Case(
      testDescription: "regular expressions are tried by priority, then in the order of the file",
      rules: [
        "first": Rule(paths: ["~/v[0-9]"]), "second": Rule(paths: ["~/v."]),
        "high": Rule(paths: ["~/v1"], priority: 6), "low": Rule(paths: ["~/v.*"], priority: -1),
      ],
      requests: [("GET x /v1", "high"), ("GET x /v2", "first"), ("GET x /vx", "second")]),
    Case(
      testDescription: "regex_priority does nothing for prefixes",
      rules: ["short": Rule(paths: ["/a"], priority: 9), "long": Rule(paths: ["/a/b"])],
      requests: [("GET x /a/b", "long")]),
    Case(
      testDescription: "a regular expression is anchored at the start and not at the end",
      rules: ["a": Rule(paths: ["~/a$"]), "b": Rule(paths: ["~/b|/c"])],
      requests: [
        ("GET x /a", "a"), ("GET x /a/", nil), ("GET x /z/b", nil), ("GET x /b/z", "b"),
        ("GET x /c", "b"),
      ]),
    Case(
      testDescription: "a route's prefix is compared in normal form",
      rules: ["a": Rule(paths: ["/caf%c3%a9/%61"]), "b": Rule(paths: ["/x/../b//c/"])],
      requests: [("GET x /caf%C3%A9/a", "a"), ("GET x /b/c/d", "b"), ("GET x /b/c", nil)]),
    Case(
      testDescription: "methods are those that are listed",
      rules: ["a": Rule(methods: ["GET", "PURGE"], paths: ["/"])],
      requests: [("GET x /", "a"), ("PURGE x /", "a"), ("get x /", nil), ("HEAD x /", nil)]),
  ]

  @Test(arguments: cases) func `precedence`(_ given: Case) throws {
    let table = RouteTable(
      try given.rules.map { try RouteRule($0.value) })
    for (request, expected) in given.requests {
      let found = table.match(request)
      #expect(found.map { given.rules[$0.index].key } == expected, "\(request)")
    }
  }

  @Test func `what the path covers is told, in bytes of the request`() throws {
    let table = RouteTable([
      try RouteRule(paths: ["/a"]), try RouteRule(paths: ["~/v(?<version>[0-9]+)/"]),
      try RouteRule(hosts: ["h"]),
    ])
    #expect(table.match("GET x /abc")?.matchedLength == 2)
    #expect(table.match("GET x /v12/abc")?.matchedLength == 5)
    #expect(table.match("GET h /z")?.matchedLength == 0)
  }

  @Test func `named groups are captured, those that took no part are not`() throws {
    let table = RouteTable([
      try RouteRule(paths: ["~/(?<team>[^/]+)/(?:m/(?<model>[^/]+)|(?<other>x))/([^/]+)"])
    ])
    let captures = try #require(table.match("GET x /a%20b/m/gpt/last")).captures
      .map {
        [String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self)]
      }
    #expect(captures.sorted { $0[0] < $1[0] } == [["model", "gpt"], ["team", "a%20b"]])
  }
}

extension RouteRule {
  init(_ rule: RouteTableTests.Rule) throws(PathPattern.Invalid) {
    try self.init(
      methods: rule.methods, hosts: rule.hosts, paths: rule.paths, regexPriority: rule.priority)
  }
}

extension RouteTable {
  /// The route of a request written as `METHOD HOST PATH`.
  func match(_ request: String) -> Match? {
    let parts = request.split(separator: " ", maxSplits: 2).map { Array($0.utf8) }
    return parts[0].withUnsafeBytes { method in
      parts[1].withUnsafeBytes { host in
        parts[2].withUnsafeBytes { match(method: method, authority: host, path: $0) }
      }
    }
  }
}
