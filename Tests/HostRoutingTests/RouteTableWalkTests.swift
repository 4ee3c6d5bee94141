// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostRouting

/// The table against the plainest reading of Kong's rules: all routes that match, and of these the one that no other beats.
struct RouteTableWalkTests {
  private static let methods = ["GET", "PUT"]
  private static let hosts = ["a.com", "b.com", "*.com", "a.*", "*.com:8000", "a.com:8000"]
  private static let paths = ["/", "/a", "/a/b", "/ab", "~/a", "~/[ab]+/b", "~/.*b"]

  private static let requests = ["GET", "PUT", "HEAD"].flatMap { method in
    ["a.com", "b.com", "x.com:8000", "a.com:8000", "a.net", "z"].flatMap { host in
      ["/", "/a", "/ab", "/a/b", "/a/b/c", "/b/b", "/x"].map { "\(method) \(host) \($0)" }
    }
  }

  @Test(arguments: 0..<40) func `a table answers as its rules, read one by one`(_ seed: UInt64)
    throws
  {
    var random = Generator(state: seed &* 0x9e37_79b9_7f4a_7c15 | 1)
    let rules = (0..<8).map { _ in
      RouteTableTests.Rule(
        methods: Self.some(of: Self.methods, &random), hosts: Self.some(of: Self.hosts, &random),
        paths: Self.some(of: Self.paths, &random), priority: Int(random.next() % 3))
    }.filter { !$0.methods.isEmpty || !$0.hosts.isEmpty || !$0.paths.isEmpty }
    let table = RouteTable(try rules.map { try RouteRule($0) })
    for request in Self.requests {
      #expect(
        table.match(request)?.index == Self.naive(rules, request), "\(request) of \(rules)")
    }
  }

  /// None, one or two of them.
  private static func some(of all: [String], _ random: inout Generator) -> [String] {
    Array(all.shuffled(using: &random).prefix(Int(random.next() % 3)))
  }

  private static func naive(_ rules: [RouteTableTests.Rule], _ request: String) -> Int? {
    let parts = request.split(separator: " ").map(String.init)
    var best: (index: Int, key: [Int])?
    for (index, rule) in rules.enumerated() {
      guard rule.methods.isEmpty || rule.methods.contains(parts[0]) else { continue }
      guard rule.hosts.isEmpty || rule.hosts.contains(where: { hostMatches($0, parts[1]) })
      else { continue }
      for path in rule.paths.isEmpty ? [""] : rule.paths {
        guard path.isEmpty || pathMatches(path, parts[2]) else { continue }
        let key = weight(of: rule, path)
        if let other = best, !other.key.lexicographicallyPrecedes(key) { continue }
        best = (index, key)
      }
    }
    return best?.index
  }

  private static func weight(of rule: RouteTableTests.Rule, _ path: String) -> [Int] {
    let has = [!rule.hosts.isEmpty, !path.isEmpty, !rule.methods.isEmpty]
    let wildcards = rule.hosts.filter { $0.contains("*") }
    let hosts = wildcards.isEmpty ? 2 : wildcards.contains { $0.contains(":") } ? 1 : 0
    let isRegex = path.hasPrefix("~")
    return [has.count { $0 }] + has.map { $0 ? 1 : 0 }
      + [hosts, isRegex ? 1 : 0, isRegex ? rule.priority : 0, isRegex ? 0 : path.utf8.count]
  }

  private static func hostMatches(_ rule: String, _ host: String) -> Bool {
    let bare = String(host.split(separator: ":")[0])
    guard let star = rule.firstIndex(of: "*") else { return rule == host || rule == bare }
    let subject = rule.contains(":") ? host : bare
    let start = String(rule[..<star])
    let end = String(rule[rule.index(after: star)...])
    return subject.count > start.count + end.count && subject.hasPrefix(start)
      && subject.hasSuffix(end)
  }

  private static func pathMatches(_ rule: String, _ path: String) -> Bool {
    guard rule.hasPrefix("~") else { return path.hasPrefix(rule) }
    guard let regex = try? Regex(String(rule.dropFirst())) else { return false }
    return path.prefixMatch(of: regex) != nil
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
