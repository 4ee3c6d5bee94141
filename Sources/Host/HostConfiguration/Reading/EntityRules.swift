// SPDX-License-Identifier: Apache-2.0

import HostRouting

/// Kong's rules for the values of its entities, with Kong's messages. Nil: nothing is wrong.
enum EntityRules {
  typealias Rule = (String) -> String?

  static let protocols = [
    "grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp", "ws", "wss",
  ]

  static func name(_ text: String) -> String? {
    text.utf8.allSatisfy { $0 >= 0x80 || isUnreserved($0) }
      ? nil
      : "invalid value '\(text)': the only accepted ascii characters are alphanumerics or "
        + "., -, _, and ~"
  }

  static func uuid(_ text: String) -> String? {
    let pattern = /[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}/
    return text.wholeMatch(of: pattern) == nil ? "expected a valid UUID" : nil
  }

  static func tag(_ text: String) -> String? {
    let isAllowed = text.utf8.allSatisfy {
      $0 >= 0x80 || $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "/")
    }
    return isAllowed
      ? nil
      : "invalid tag '\(text)': expected printable ascii (except `,` and `/`) or valid utf-8 "
        + "sequences"
  }

  static func method(_ text: String) -> String? {
    text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
      ? nil : "invalid value: \(text)"
  }

  /// The path of a service.
  static func path(_ text: String) -> String? {
    guard text.hasPrefix("/") else { return "should start with: /" }
    guard !text.contains("//") else { return "must not have empty segments" }
    guard text.wholeMatch(of: /[A-Za-z0-9._~\/%:@!$&'()*+,;=\-]*/) != nil else {
      return "invalid path: '\(text)' (characters outside of the reserved list of RFC 3986 found)"
    }
    return percents(text)
  }

  private static func percents(_ text: String) -> String? {
    text.firstMatch(of: /%(?![0-9A-Fa-f]{2}).{0,2}/)
      .map { "invalid url-encoded value: '\($0.0)'" }
  }

  /// The host of a service: a name or an address.
  static func host(_ text: String) -> String? {
    if isHostname(text) || isAddress(text) { return nil }
    return text.wholeMatch(of: /.+:[0-9]+/) == nil
      ? "invalid value: \(text)" : "must not have a port"
  }

  /// Of IPv6, with or without brackets.
  private static func isAddress(_ text: String) -> Bool {
    text.wholeMatch(of: /\[?[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]?/) != nil
  }

  private static func isHostname(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.count <= 253 && !text.hasPrefix(".") && !text.contains("..")
      && text.utf8.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "~") && isUnreserved($0) }
  }

  /// A host of a route: it may have one wildcard and a port.
  static func routeHost(_ text: String) -> String? {
    let stars = text.utf8.count { $0 == UInt8(ascii: "*") }
    guard stars <= 1 else { return "invalid wildcard: must have at most one wildcard" }
    guard stars == 0 || text.hasPrefix("*.") || text.hasSuffix(".*") else {
      return "invalid wildcard: must be placed at leftmost or rightmost label"
    }
    let plain = text.replacing("*", with: "wildcard")
    if isAddress(plain) || plain.wholeMatch(of: /\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?/) != nil {
      return nil
    }
    let parts = plain.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2, isHostname(parts[0]) else { return "invalid hostname: \(text)" }
    if parts.count == 2, Int(parts[1]).map({ (1...65535).contains($0) }) != true {
      return "invalid port number"
    }
    return nil
  }

  /// A path of a route: a prefix, or a regular expression behind `~`.
  static func routePath(_ text: String) -> String? {
    guard text.hasPrefix("/") || text.hasPrefix("~/") else {
      return "should start with: / (fixed path) or ~/ (regex path)"
    }
    guard !text.contains("//") else { return "must not have empty segments" }
    guard text.hasPrefix("/") else { return expression(String(text.dropFirst())) }
    if let wrong = percents(text) { return wrong }
    let normal = Array(text.utf8).withUnsafeBytes { PathNormalisation.normalise($0) }
    let slash = UInt8(ascii: "/")
    guard normal.count(where: { $0 == slash }) == text.utf8.count(where: { $0 == slash }) else {
      let suggestion = String(decoding: normal, as: UTF8.self)
      return "non-normalized path, consider use '\(suggestion)' instead"
    }
    return nil
  }

  /// The name of a server, as clients send it in the TLS handshake.
  static func sni(_ text: String) -> String? {
    if isAddress(text) || text.wholeMatch(of: /[0-9]{1,3}(\.[0-9]{1,3}){3}/) != nil {
      return "must not be an IP"
    }
    if text.contains(":") { return "must not have a port" }
    return isHostname(text) ? nil : "invalid value: \(text)"
  }

  /// The name of a header that a route asks for.
  static func headerName(_ text: String) -> String? {
    if text.lowercased() == "host" {
      return "cannot contain 'host' header, which must be specified in the 'hosts' attribute"
    }
    let isName = text.wholeMatch(of: /[A-Za-z0-9_\-]+/) != nil
    return isName
      ? nil
      : "bad header name '\(text)', allowed characters are A-Z, a-z, 0-9, '_', and '-'"
  }

  /// The values of a header that a route asks for.
  static func headerValues(_ values: [String]) -> String? {
    RouteHeader.expression(in: values).flatMap { expression($0, for: .headerValue) }
  }

  private static func expression(
    _ text: String, for subject: RoutePattern.Subject = .path
  ) -> String? {
    do throws(RoutePattern.Invalid) {
      _ = try RoutePattern(text, for: subject)
      return nil
    } catch {
      return "invalid regex: '\(text)' (PCRE returned: \(error.message) at offset \(error.offset))"
    }
  }

  /// How formats before 3.0 wrote a regular expression: a path with anything else in it.
  static func isExpressionOfOldFormat(_ path: String) -> Bool {
    path.wholeMatch(of: /[A-Za-z0-9._~\/%\-]*/) == nil
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      true
    default: false
    }
  }
}
