// SPDX-License-Identifier: Apache-2.0

@testable import HostRouting

/// Kong's router as its documentation tells it: of all routes that a request matches, the one that no other goes before.
struct NaiveRouter {
  /// A route is split by its paths, as in Kong.
  private struct Entry {
    var index: Int
    var rule: TestRule
    var path: String?
    var pattern: RoutePattern?
    var headerPatterns: [String: RoutePattern]
  }

  private var entries: [Entry] = []

  init(_ rules: [TestRule]) throws {
    for (index, rule) in rules.enumerated() {
      let patterns = try rule.headers.compactMapValues { values in
        values.count == 1 && values[0].hasPrefix("~*")
          ? try RoutePattern(String(values[0].dropFirst(2)), for: .headerValue) : nil
      }
      for path in rule.paths.isEmpty ? [nil] : rule.paths.map(Optional.some) {
        let isPattern = path?.hasPrefix("~") == true
        entries.append(
          Entry(
            index: index, rule: rule, path: path,
            pattern: isPattern ? try RoutePattern(String(path?.dropFirst() ?? "")) : nil,
            headerPatterns: patterns))
      }
    }
  }

  func match(_ request: TestRequest) -> Int? {
    var best: Entry?
    for entry in entries where matches(entry, request) {
      if best.map({ goes(entry, before: $0) }) ?? true { best = entry }
    }
    return best?.index
  }

  // MARK: - Whether a route matches

  private func matches(_ entry: Entry, _ request: TestRequest) -> Bool {
    let rule = entry.rule
    if !rule.methods.isEmpty, !rule.methods.contains(request.method) { return false }
    if !rule.hosts.isEmpty, !rule.hosts.contains(where: { matches(host: $0, request) }) {
      return false
    }
    if !rule.snis.isEmpty, request.isSecure, !rule.snis.contains(request.sni ?? "") { return false }
    for (name, values) in rule.headers {
      let found = request.headers.filter { $0.name.lowercased() == name.lowercased() }
        .map { $0.value.lowercased() }
      if let pattern = entry.headerPatterns[name] {
        guard found.contains(where: { matches(pattern, $0) }) else { return false }
      } else {
        guard found.contains(where: values.map { $0.lowercased() }.contains) else { return false }
      }
    }
    if let pattern = entry.pattern { return matches(pattern, request.path) }
    return entry.path.map { request.path.hasPrefix($0) } ?? true
  }

  private func matches(_ pattern: RoutePattern, _ text: String) -> Bool {
    if case .match = Array(text.utf8).withUnsafeBytes({ pattern.match($0) }) { return true }
    return false
  }

  private func matches(host rule: String, _ request: TestRequest) -> Bool {
    let parts = request.host.lowercased().split(separator: ":").map(String.init)
    guard let name = parts.first else { return false }
    let rule = rule.lowercased().split(separator: ":").map(String.init)
    guard let star = rule[0].firstIndex(of: "*") else {
      return rule[0] == name && (rule.count < 2 || parts.count > 1 && rule[1] == parts[1])
    }
    let port = parts.count > 1 ? parts[1] : request.isSecure ? "443" : "80"
    let start = String(rule[0][..<star])
    let end = String(rule[0][rule[0].index(after: star)...])
    return name.count > start.count + end.count && name.hasPrefix(start) && name.hasSuffix(end)
      && (rule.count < 2 || rule[1] == port)
  }

  // MARK: - Which of two goes first

  private func goes(_ one: Entry, before other: Entry) -> Bool {
    let points = (points(one), points(other))
    if points.0.count != points.1.count { return points.0.count > points.1.count }
    for kind in ["hosts", "headers", "paths", "methods", "snis"] {
      if points.0.contains(kind) != points.1.contains(kind) { return points.0.contains(kind) }
    }
    if isPlain(one) != isPlain(other) { return isPlain(one) }
    if hasPort(one) != hasPort(other) { return hasPort(one) }
    if one.rule.headers.count != other.rule.headers.count {
      return one.rule.headers.count > other.rule.headers.count
    }
    if (one.pattern == nil) != (other.pattern == nil) { return one.pattern != nil }
    if one.pattern != nil, one.rule.priority != other.rule.priority {
      return one.rule.priority > other.rule.priority
    }
    let lengths = [one, other].map { $0.pattern == nil ? $0.path?.utf8.count ?? 0 : 0 }
    if lengths[0] != lengths[1] { return lengths[0] > lengths[1] }
    switch (one.rule.createdAt, other.rule.createdAt) {
    case (let first?, let second?) where first != second: return first < second
    case (.some, nil): return true
    case (nil, .some): return false
    default: return one.index < other.index
    }
  }

  private func points(_ entry: Entry) -> Set<String> {
    var kinds: Set<String> = []
    if !entry.rule.hosts.isEmpty { kinds.insert("hosts") }
    if !entry.rule.headers.isEmpty { kinds.insert("headers") }
    if entry.path != nil { kinds.insert("paths") }
    if !entry.rule.methods.isEmpty { kinds.insert("methods") }
    if !entry.rule.snis.isEmpty { kinds.insert("snis") }
    return kinds
  }

  private func isPlain(_ entry: Entry) -> Bool { !entry.rule.hosts.contains { $0.contains("*") } }

  private func hasPort(_ entry: Entry) -> Bool {
    entry.rule.hosts.contains { $0.contains("*") && $0.contains(":") }
  }
}
