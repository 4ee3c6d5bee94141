// SPDX-License-Identifier: Apache-2.0

import Patterns
import PluginSDK

/// Which origins may read responses, by the entries of `origins`.
enum OriginRule: Sendable {
  /// What `Access-Control-Allow-Origin` says; nil: nothing. And whether that depends on who asks.
  struct Answer: Equatable, Sendable {
    var allowed: String?
    var varies: Bool
  }

  case all(varies: Bool)
  /// One that is told to everybody: browsers compare.
  case one(String)
  case some([OriginEntry])

  init(_ entries: [String]) throws(PatternError) {
    if entries.isEmpty || entries == ["*"] {
      self = .all(varies: false)
    } else if entries.contains("*") {
      self = .all(varies: true)
    } else if entries.count == 1, !OriginEntry.isPattern(entries[0]) {
      self = .one(entries[0])
    } else {
      var some: [OriginEntry] = []
      for entry in entries { some.append(try OriginEntry(entry)) }
      self = .some(some)
    }
  }

  func answer(to origin: String?) -> Answer {
    switch self {
    case .all(let varies): return Answer(allowed: "*", varies: varies)
    case .one(let origin): return Answer(allowed: origin, varies: true)
    case .some(let entries):
      let asked = origin.map { Origin($0) }
      let isAllowed = asked.map { asked in entries.contains { $0.allows(asked) } } ?? false
      return Answer(allowed: isAllowed ? asked?.text : nil, varies: true)
    }
  }
}

/// An entry of `origins`: an origin, or a pattern of origins or hosts.
enum OriginEntry: Sendable {
  case exact(Origin)
  /// It has to match all of the host.
  case host(Pattern)
  /// It has to match all of the origin.
  case origin(Pattern)

  init(_ entry: String) throws(PatternError) {
    guard Self.isPattern(entry) else {
      self = .exact(Origin(entry))
      return
    }
    // In parentheses, so that the ends hold for each of its alternatives.
    let whole = try Pattern("\\A(?:\(entry))\\z")
    self = entry.contains(":") ? .origin(whole) : .host(whole)
  }

  /// As in Kong: what no origin is written with makes a pattern.
  static func isPattern(_ entry: String) -> Bool {
    !entry.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", ".", ":", "/", "-": true
      default: false
      }
    }
  }

  func allows(_ origin: Origin) -> Bool {
    switch self {
    case .exact(let exact): exact == origin
    case .host(let pattern): Self.matches(pattern, origin.host)
    case .origin(let pattern): Self.matches(pattern, origin.text)
    }
  }

  /// A search that reaches its limit has found nothing: the origin is not allowed.
  private static func matches(_ pattern: Pattern, _ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return (try? pattern.matches(bytes.span.bytes)) ?? false
  }
}

/// An origin without the port that its scheme has anyway.
struct Origin: Equatable, Sendable {
  let text: String
  let host: String

  /// What is no URL (`null`, `example.com`) stays as it is.
  init(_ text: String) {
    guard let separator = text.firstRange(of: "://") else {
      self.text = text
      host = text
      return
    }
    let scheme = text[..<separator.lowerBound]
    let authority = text[separator.upperBound...].prefix { $0 != "/" }
    var name = authority
    var port: Substring?
    if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
      name = authority[..<colon]
      port = authority[authority.index(after: colon)...]
    }
    if (scheme, port) == ("http", "80") || (scheme, port) == ("https", "443") { port = nil }
    host = String(name)
    self.text = "\(scheme)://\(name)" + (port.map { ":\($0)" } ?? "")
  }
}
