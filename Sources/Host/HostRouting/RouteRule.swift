// SPDX-License-Identifier: Apache-2.0

/// What a request must be like for a route, as Kong's attributes say. An attribute that is empty asks for nothing.
package struct RouteRule: Sendable {
  /// A path of a route.
  package enum Path: Sendable {
    case prefix([UInt8])
    case pattern(PathPattern)
  }

  /// A host of a route: exact, or with one wildcard at an end.
  package enum Host: Sendable, Equatable {
    case exact([UInt8])
    /// `*.example.com` or `*.example.com:8000`: the part behind the star.
    case suffix([UInt8])
    /// `example.*`: the part in front of the star.
    case prefix([UInt8])
  }

  package var methods: [[UInt8]]
  package var hosts: [Host]
  package var paths: [Path]
  package var regexPriority: Int

  package init(
    methods: [String] = [], hosts: [String] = [], paths: [String] = [], regexPriority: Int = 0
  ) throws(PathPattern.Invalid) {
    self.methods = methods.map { Array($0.uppercased().utf8) }
    self.hosts = hosts.map(Host.init)
    self.regexPriority = regexPriority
    self.paths = []
    for path in paths {
      if path.hasPrefix("~") {
        self.paths.append(.pattern(try PathPattern(String(path.dropFirst()))))
      } else {
        let normal = Array(path.utf8).withUnsafeBytes { PathNormalisation.normalise($0) }
        self.paths.append(.prefix(normal))
      }
    }
  }
}

extension RouteRule.Host {
  package init(_ text: String) {
    let bytes = Array(text.lowercased().utf8)
    if bytes.first == UInt8(ascii: "*") {
      self = .suffix(Array(bytes.dropFirst()))
    } else if bytes.last == UInt8(ascii: "*") {
      self = .prefix(Array(bytes.dropLast()))
    } else {
      self = .exact(bytes)
    }
  }

  var isExact: Bool {
    if case .exact = self { return true }
    return false
  }

  /// A wildcard that asks for a port.
  var isWildcardWithPort: Bool {
    if case .suffix(let end) = self { return end.contains(UInt8(ascii: ":")) }
    return false
  }

  /// Matches with the port where the rule names one, else without.
  ///
  /// - Parameter host: the authority without its port.
  func matches(_ authority: UnsafeRawBufferPointer, host: UnsafeRawBufferPointer) -> Bool {
    switch self {
    case .exact(let name):
      return authority.equalsLowercased(name) || host.equalsLowercased(name)
    case .suffix(let end):
      let host = isWildcardWithPort ? authority : host
      return host.count > end.count
        && UnsafeRawBufferPointer(rebasing: host[(host.count - end.count)...]).equalsLowercased(end)
    case .prefix(let start):
      return host.count > start.count
        && UnsafeRawBufferPointer(rebasing: host[..<start.count]).equalsLowercased(start)
    }
  }
}

extension UnsafeRawBufferPointer {
  /// An authority without its port.
  var withoutPort: UnsafeRawBufferPointer {
    guard let colon = lastIndex(of: UInt8(ascii: ":")),
      lastIndex(of: UInt8(ascii: "]")).map({ $0 < colon }) ?? true
    else { return self }
    return UnsafeRawBufferPointer(rebasing: self[..<colon])
  }

  /// Whether the bytes are this text, which is in lower case, without regard to their own case.
  func equalsLowercased(_ text: [UInt8]) -> Bool {
    guard count == text.count else { return false }
    for index in 0..<count {
      let byte = self[index]
      if (byte &- 0x41 < 26 ? byte | 0x20 : byte) != text[index] { return false }
    }
    return true
  }
}
