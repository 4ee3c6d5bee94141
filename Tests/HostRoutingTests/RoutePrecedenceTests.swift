// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostRouting

/// The cases by which Kong tests the precedence of its own router.
struct RoutePrecedenceTests {
  typealias Case = RouteTableTests.Case

  static let headers = [
    Case(
      testDescription: "a header has one of the values, on one of its lines",
      rules: [
        "one": TestRule(headers: ["location": ["my-location-1", "my-location-2"]]),
        "two": TestRule(headers: ["location": ["my-location-1"], "version": ["v1", "v2"]]),
        "uri": TestRule(
          paths: ["/headers-uri"], headers: ["location": ["my-location-1", "my-location-2"]]),
      ],
      requests: [
        (TestRequest("GET - /", ["location": "my-location-1"]), "one"),
        (
          TestRequest("GET - /", ["location": "my-location-3", "location": "my-location-2"]), "one"
        ),
        (TestRequest("GET - /", ["location": "my-location-3"]), nil),
        (TestRequest("GET - /", ["location": "my-location-1, my-location-2"]), nil),
        (TestRequest("GET - /", ["location": "my-location-1", "version": "v2"]), "two"),
        (TestRequest("GET - /", ["location": "my-location-2", "version": "v2"]), "one"),
        (TestRequest("GET - /", ["version": "v2"]), nil),
        (TestRequest("GET - /headers-uri", ["location": "my-location-2"]), "uri"),
        (TestRequest("GET - /headers-uri", ["location": "invalid"]), nil),
      ]),
    Case(
      testDescription: "names and values of headers are compared without case",
      rules: [
        "upper": TestRule(headers: ["USER_AGENT": ["foo", "bar"]]),
        "value": TestRule(headers: ["user_agent": ["BAZ"]]),
      ],
      requests: [
        (TestRequest("GET - /", ["user_agent": "FOO"]), "upper"),
        (TestRequest("GET - /", ["User_Agent": "baz"]), "value"),
      ]),
    Case(
      testDescription:
        "a single value that begins with ~* is an expression for the value in lower case",
      rules: [
        "agent": TestRule(
          headers: ["user-agent": [#"~*windows|linux|os\s+x\s*[\d\._]+|solaris|bsd"#]]),
        "two": TestRule(headers: ["x": ["~*a", "b"]]),
        "anchored": TestRule(headers: ["y": ["~*^a$"]]),
      ],
      requests: [
        (TestRequest("GET - /", ["User-Agent": "Mozilla/5.0 (X11; LINUX x86_64)"]), "agent"),
        (TestRequest("GET - /", ["User-Agent": "OS  X 10_1"]), "agent"),
        (TestRequest("GET - /", ["User-Agent": "plan 9"]), nil),
        (TestRequest("GET - /", ["x": "a"]), nil), (TestRequest("GET - /", ["x": "~*A"]), "two"),
        (TestRequest("GET - /", ["y": "A"]), "anchored"),
        (TestRequest("GET - /", ["y": "ab"]), nil),
      ]),
    Case(
      testDescription: "more headers go first, before longer paths and before expressions",
      rules: [
        "long": TestRule(paths: ["/my-route/hello"], headers: ["version": ["v1"]]),
        "regex": TestRule(paths: ["~/my-route"], headers: ["version": ["v1"]]),
        "more": TestRule(
          paths: ["/my-route"], headers: ["version": ["v1"], "location": ["us-east"]]),
      ],
      requests: [
        (
          TestRequest("GET - /my-route/hello", ["version": "v1", "location": "us-east"]),
          "more"
        ),
        (TestRequest("GET - /my-route/hello", ["version": "v1"]), "regex"),
      ]),
    Case(
      testDescription: "hosts go before headers, and headers before paths",
      rules: [
        "path": TestRule(paths: ["/very/long/path"]), "header": TestRule(headers: ["a": ["b"]]),
        "host": TestRule(hosts: ["x"]),
      ],
      requests: [
        (TestRequest("GET x /very/long/path", ["a": "b"]), "host"),
        (TestRequest("GET y /very/long/path", ["a": "b"]), "header"),
        ("GET y /very/long/path", "path"),
      ]),
  ]

  static let hosts = [
    Case(
      testDescription: "a host with a port is for this port, one without is for all",
      rules: [
        "any": TestRule(hosts: ["domain-1.org", "domain-2.org"]),
        "321": TestRule(hosts: ["domain-1.org:321"], paths: ["/"]),
        "only": TestRule(hosts: ["domain-3.org:321"]), "80": TestRule(hosts: ["domain-4.org:80"]),
      ],
      requests: [
        ("GET domain-1.org:80 /", "any"), ("GET domain-1.org:123 /", "any"),
        ("GET domain-1.org:321 /", "321"), ("GET domain-3.org:321 /", "only"),
        ("GET domain-3.org:123 /", nil), ("GET domain-3.org /", nil),
        // An exact host asks for the port to be sent.
        ("GET domain-4.org:80 /", "80"), ("GET domain-4.org /", nil),
      ]),
    Case(
      testDescription:
        "a wildcard with a port goes before one without, and takes the scheme's port",
      rules: [
        "any": TestRule(hosts: ["route.*"]), "80": TestRule(hosts: ["route.*:80"]),
        "443": TestRule(hosts: ["route.*:443"]), "left": TestRule(hosts: ["*.route.net:123"]),
        "two": TestRule(hosts: ["two.*:80", "two.com.*"]), "two any": TestRule(hosts: ["two.*"]),
      ],
      requests: [
        ("GET route.org:123 /", "any"), ("GET route.org:80 /", "80"), ("GET route.org /", "80"),
        (TestRequest(secure: "GET route.org /"), "443"),
        (TestRequest(secure: "GET route.org:80 /"), "80"),
        ("GET foo.route.net:123 /", "left"), ("GET foo.route.net:456 /", nil),
        ("GET foo.route.net /", nil), ("GET two.org:80 /", "two"), ("GET two.com.a:9 /", "two"),
        ("GET two.org:9 /", "two any"),
      ]),
    Case(
      testDescription: "a wildcard with a port goes behind plain hosts",
      rules: [
        "wild": TestRule(hosts: ["*.route.com:80"]), "plain": TestRule(hosts: ["a.route.com"]),
      ],
      requests: [("GET a.route.com:80 /", "plain"), ("GET b.route.com:80 /", "wild")]),
    Case(
      testDescription: "a plain host does not hide a wildcard that matches more",
      rules: [
        "wild": TestRule(hosts: ["*.route.com"], paths: ["/path1"]),
        "plain": TestRule(hosts: ["plain.route.com"], paths: ["/path2"]),
      ],
      requests: [
        ("GET plain.route.com /path1", "wild"), ("GET plain.route.com /path2", "plain"),
        ("GET plain.route.com /path3", nil),
      ]),
    Case(
      testDescription: "one wildcard among the hosts makes the route a wildcard's",
      rules: [
        "mixed": TestRule(hosts: ["*.domain.com", "example.com"], paths: ["/path"]),
        "plain": TestRule(hosts: ["example.com"], paths: ["/"]),
      ],
      requests: [("GET example.com /path", "plain"), ("GET foo.domain.com /path", "mixed")]),
    Case(
      testDescription: "what half matches does not stand in the way",
      rules: [
        "one": TestRule(hosts: ["host1.com"], paths: ["/v1/path"]),
        "two": TestRule(hosts: ["host2.com"], paths: ["/"]),
        "get": TestRule(methods: ["GET"], hosts: ["host.*"]),
        "post": TestRule(methods: ["POST"], hosts: ["host.*"]),
      ],
      requests: [
        ("GET host1.com /v1/path", "one"), ("GET host2.com /v1/path", "two"),
        ("GET host.com /", "get"), ("POST host.com /", "post"),
      ]),
    Case(
      testDescription: "methods go behind wildcard hosts and paths",
      rules: [
        "method": TestRule(methods: ["GET"]), "host": TestRule(hosts: ["domain.*"]),
        "path": TestRule(paths: ["/example"]),
      ],
      requests: [
        ("GET nothing.com /", "method"), ("GET domain.com /", "host"),
        ("GET nothing.com /example/status", "path"), ("GET domain.com /example", "host"),
      ]),
  ]

  static let paths = [
    Case(
      testDescription: "each path of a route counts for itself",
      rules: [
        "both": TestRule(paths: ["/a", "/bbbbbbb"]), "long": TestRule(paths: ["/a/bb"]),
        "mixed": TestRule(paths: ["/x/y", "~/r"], priority: 5), "regex": TestRule(paths: ["~/x"]),
      ],
      requests: [("GET x /a/bb/foobar", "long"), ("GET x /x/y", "regex"), ("GET x /r", "mixed")]),
    Case(
      testDescription: "the documented order of expressions",
      rules: [
        "status": TestRule(paths: [#"~/status/\d+"#]),
        "version status": TestRule(paths: [#"~/version/\d+/status/\d+"#], priority: 6),
        "version": TestRule(paths: ["/version"]), "any": TestRule(paths: ["~/version/any/"]),
        "all": TestRule(paths: [#"~/version/.*"#], priority: 1),
      ],
      requests: [
        ("GET x /version/1/status/2", "version status"), ("GET x /status/3", "status"),
        ("GET x /version/any/", "all"), ("GET x /version", "version"),
      ]),
    Case(
      testDescription: "of routes that are equal in all else the one that was created first",
      rules: [
        "none": TestRule(paths: ["/a"]), "late": TestRule(paths: ["/a"], createdAt: 200),
        "early": TestRule(paths: ["/a"], createdAt: 100),
        "first": TestRule(paths: ["/b"]), "second": TestRule(paths: ["/b"]),
      ],
      requests: [("GET x /a", "early"), ("GET x /b", "first")]),
    Case(
      testDescription: "what is encoded stays apart from what is not",
      rules: [
        "slash": TestRule(paths: ["/endel%2Fst"]), "regex": TestRule(paths: ["~/regex%2Fabc"]),
      ],
      requests: [
        ("GET x /endel%2Fst", "slash"), ("GET x /endel/st", nil), ("GET x /regex%2Fabc", "regex"),
        ("GET x /regex/abc", nil),
      ]),
  ]

  static let snis = [
    Case(
      testDescription: "SNIs count on encrypted connections, and on others are passed over",
      rules: [
        "sni": TestRule(paths: ["/a"], snis: ["Www.Example.org", "dot.example.org."]),
        "path": TestRule(paths: ["/a/longer"]), "only": TestRule(snis: ["only.example.org"]),
      ],
      requests: [
        (TestRequest(secure: "GET x /a/longer", sni: "www.example.ORG"), "sni"),
        (TestRequest(secure: "GET x /a/longer", sni: "dot.example.org"), "sni"),
        (TestRequest(secure: "GET x /a/longer", sni: "other.org"), "path"),
        (TestRequest(secure: "GET x /a/longer"), "path"),
        (TestRequest(secure: "GET x /b", sni: "only.example.org"), "only"),
        (TestRequest(secure: "GET only.example.org /b"), nil),
        ("GET x /a/longer", "sni"), ("GET x /b", "only"),
      ]),
    Case(
      testDescription: "SNIs go behind methods",
      rules: [
        "sni": TestRule(snis: ["a.org"]), "method": TestRule(methods: ["GET"]),
      ],
      requests: [
        (TestRequest(secure: "GET x /", sni: "a.org"), "method"),
        (TestRequest(secure: "PUT x /", sni: "a.org"), "sni"),
      ]),
  ]

  @Test(arguments: headers + hosts + paths + snis) func `precedence`(_ given: Case) throws {
    let table = try RouteTable(given.rules.map(\.value))
    for (request, expected) in given.requests {
      let found = table.match(request)
      #expect(found.map { given.rules[$0.index].key } == expected, "\(request)")
    }
  }
}
