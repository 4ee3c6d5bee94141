// SPDX-License-Identifier: Apache-2.0

/// What a request must be like for a route, as Kong's attributes say. An attribute that is empty asks for nothing.
package struct RouteRule: Sendable {
  /// A path of a route.
  package enum Path: Sendable {
    case prefix([UInt8])
    case pattern(RoutePattern)
  }

  package var methods: [[UInt8]]
  package var hosts: [RouteHost]
  package var paths: [Path]
  package var headers: [RouteHeader]
  /// In lower case, without a dot at the end.
  package var snis: [[UInt8]]
  package var regexPriority: Int
  /// Seconds since 1970; nil: later than all that have one.
  package var createdAt: Int?

  package init(
    methods: [String] = [], hosts: [String] = [], paths: [String] = [],
    headers: [RouteHeader] = [], snis: [String] = [], regexPriority: Int = 0,
    createdAt: Int? = nil
  ) throws(RoutePattern.Invalid) {
    self.methods = methods.map { Array($0.uppercased().utf8) }
    self.hosts = hosts.map(RouteHost.init)
    self.headers = headers
    self.snis = snis.map { Self.withoutFinalDot(Array($0.lowercased().utf8)) }
    self.regexPriority = regexPriority
    self.createdAt = createdAt
    self.paths = []
    for path in paths {
      if path.hasPrefix("~") {
        self.paths.append(.pattern(try RoutePattern(String(path.dropFirst()))))
      } else {
        let normal = Array(path.utf8).withUnsafeBytes { PathNormalisation.normalise($0) }
        self.paths.append(.prefix(normal))
      }
    }
  }

  private static func withoutFinalDot(_ name: [UInt8]) -> [UInt8] {
    name.count > 1 && name.last == UInt8(ascii: ".") ? name.dropLast() : name
  }
}
