// SPDX-License-Identifier: Apache-2.0

/// A header that a route asks for: one of its field lines must have one of the values, or match the expression.
package struct RouteHeader: Sendable {
  /// In lower case.
  let name: [UInt8]
  /// In lower case; empty where there is an expression.
  let values: [[UInt8]]
  /// Matched with the value in lower case.
  let pattern: RoutePattern?

  /// - Parameter values: one that alone begins with `~*` is a regular expression.
  package init(name: String, values: [String]) throws(RoutePattern.Invalid) {
    self.name = Array(name.lowercased().utf8)
    if let expression = Self.expression(in: values) {
      self.values = []
      pattern = try RoutePattern(expression, for: .headerValue)
    } else {
      self.values = values.map { Array($0.lowercased().utf8) }
      pattern = nil
    }
  }

  /// The regular expression that the values of a header are.
  package static func expression(in values: [String]) -> String? {
    guard values.count == 1, values[0].hasPrefix("~*") else { return nil }
    return String(values[0].dropFirst(2))
  }

  /// How a request fares with the condition.
  enum OnMatch {
    case match
    case noMatch
    /// An expression was given up at its limit.
    case exhausted
  }

  func match(_ headers: some RouteHeaders) -> OnMatch {
    var result = OnMatch.noMatch
    headers.forEachField { name, value in
      guard case .noMatch = result, name.equalsLowercased(self.name) else { return }
      result = match(value)
    }
    return result
  }

  private func match(_ value: UnsafeRawBufferPointer) -> OnMatch {
    guard let pattern else {
      return values.contains { value.equalsLowercased($0) } ? .match : .noMatch
    }
    return value.withLowercased { value in
      switch pattern.match(value) {
      case .match: .match
      case .noMatch: .noMatch
      case .exhausted: .exhausted
      }
    }
  }
}
