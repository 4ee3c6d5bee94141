// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostRouting

/// Kong's documented precedence, case by case.
struct RouteTableTests {
  /// Rules by name, in the order of a file, and which of them a request gets.
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var rules: KeyValuePairs<String, TestRule>
    var requests: [(request: TestRequest, route: String?)]
  }

  static let cases = [
    Case(
      testDescription: "a prefix covers what begins with it, segments or not",
      rules: ["a": TestRule(paths: ["/a"])],
      requests: [
        ("GET x /a", "a"), ("GET x /a/b", "a"), ("GET x /ab", "a"), ("GET x /A", nil),
        ("GET x /b/a", nil), ("GET x /", nil),
      ]),
    Case(
      testDescription: "a longer prefix goes first, wherever it stands",
      rules: ["short": TestRule(paths: ["/", "/a"]), "long": TestRule(paths: ["/a/b", "/z"])],
      requests: [("GET x /a/b/c", "long"), ("GET x /a/c", "short"), ("GET x /q", "short")]),
    Case(
      testDescription: "more kinds of attributes go first",
      rules: [
        "path": TestRule(paths: ["/a/very/long/path"]),
        "both": TestRule(methods: ["GET"], paths: ["/a"]),
        "all": TestRule(methods: ["PUT"], hosts: ["x"], paths: ["/"]),
      ],
      requests: [
        ("GET x /a/very/long/path", "both"), ("POST x /a/very/long/path", "path"),
        ("PUT x /a/very/long/path", "all"),
      ]),
    Case(
      testDescription: "of as many kinds, hosts go before paths, and paths before methods",
      rules: [
        "method": TestRule(methods: ["GET"]), "path": TestRule(paths: ["/a"]),
        "host": TestRule(hosts: ["x"]),
      ],
      requests: [
        ("GET x /a", "host"), ("GET y /a", "path"), ("GET y /b", "method"), ("PUT y /b", nil),
      ]),
    Case(
      testDescription: "hosts with methods go before paths with methods",
      rules: [
        "path": TestRule(methods: ["GET"], paths: ["/a"]),
        "host": TestRule(methods: ["GET"], hosts: ["x"]),
        "both": TestRule(hosts: ["x"], paths: ["/a/b"]),
      ],
      requests: [("GET x /a", "host"), ("GET x /a/b", "both"), ("GET y /a", "path")]),
    Case(
      testDescription: "exact hosts go before wildcards",
      rules: [
        "left": TestRule(hosts: ["*.example.com"]), "right": TestRule(hosts: ["www.example.*"]),
        "exact": TestRule(hosts: ["www.example.com"]),
      ],
      requests: [
        ("GET www.example.com /", "exact"), ("GET a.b.example.com /", "left"),
        ("GET www.example.org /", "right"), ("GET example.com /", nil), ("GET .example.com /", nil),
      ]),
    Case(
      testDescription:
        "hosts are compared without case and without a port that the rule does not name",
      rules: [
        "port": TestRule(hosts: ["example.com:8000"]), "host": TestRule(hosts: ["Example.com"]),
        "wild": TestRule(hosts: ["*.example.com"]),
        "wild port": TestRule(hosts: ["*.example.com:9000"]),
        "six": TestRule(hosts: ["[::1]"]), "bare": TestRule(hosts: ["::2"]),
      ],
      requests: [
        ("GET EXAMPLE.COM:8000 /", "port"), ("GET eXample.com:1 /", "host"),
        ("GET a.example.com:1 /", "wild"), ("GET a.example.com:9000 /", "wild port"),
        ("GET [::1] /", "six"), ("GET [::1]:8000 /", "six"), ("GET [::2]:1 /", "bare"),
        ("GET ::2 /", "bare"), ("GET example.com: /", "host"), ("GET example.com:8o /", nil),
      ]),
    Case(
      testDescription: "a regular expression goes before a prefix, however long",
      rules: [
        "prefix": TestRule(paths: ["/status/long"]), "regex": TestRule(paths: ["~/status/[a-z]+"]),
      ],
      requests: [
        ("GET x /status/long", "regex"), ("GET x /status/long/1", "regex"),
        ("GET x /status/1", nil),
      ]),
    Case(
      testDescription: "regular expressions are tried by priority, then in the order of the file",
      rules: [
        "first": TestRule(paths: ["~/v[0-9]"]), "second": TestRule(paths: ["~/v."]),
        "high": TestRule(paths: ["~/v1"], priority: 6),
        "low": TestRule(paths: ["~/v.*"], priority: -1),
      ],
      requests: [("GET x /v1", "high"), ("GET x /v2", "first"), ("GET x /vx", "second")]),
    Case(
      testDescription: "regex_priority does nothing for prefixes",
      rules: ["short": TestRule(paths: ["/a"], priority: 9), "long": TestRule(paths: ["/a/b"])],
      requests: [("GET x /a/b", "long")]),
    Case(
      testDescription: "a regular expression is anchored at the start and not at the end",
      rules: ["a": TestRule(paths: ["~/a$"]), "b": TestRule(paths: ["~/b|/c"])],
      requests: [
        ("GET x /a", "a"), ("GET x /a/", nil), ("GET x /z/b", nil), ("GET x /b/z", "b"),
        ("GET x /c", "b"),
      ]),
    Case(
      testDescription: "a route's prefix is compared in normal form",
      rules: ["a": TestRule(paths: ["/caf%c3%a9/%61"]), "b": TestRule(paths: ["/x/../b//c/"])],
      requests: [("GET x /caf%C3%A9/a", "a"), ("GET x /b/c/d", "b"), ("GET x /b/c", nil)]),
    Case(
      testDescription: "methods are those that are listed",
      rules: ["a": TestRule(methods: ["GET", "PURGE"], paths: ["/"])],
      requests: [("GET x /", "a"), ("PURGE x /", "a"), ("get x /", nil), ("HEAD x /", nil)]),
  ]

  @Test(arguments: cases) func `precedence`(_ given: Case) throws {
    let table = try RouteTable(given.rules.map(\.value))
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
