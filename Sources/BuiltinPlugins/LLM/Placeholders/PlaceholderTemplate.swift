// SPDX-License-Identifier: Apache-2.0

/// A string of the configuration with placeholders: `$(headers.x)`, `$(uri_captures.x)`,
/// `$(query_params.x)`, any number of them.
///
/// Parsed once, when the plugin is configured, and resolved for each request. What is put in is a
/// client's word: whoever makes a path or a header of it must escape it.
package struct PlaceholderTemplate: Equatable, Sendable {
  /// Where a placeholder takes its value from.
  package enum Source: String, Equatable, Sendable, CaseIterable {
    /// A header of the request, by a name that is compared without regard to case.
    case headers
    /// A named group of the route's path pattern.
    case captures = "uri_captures"
    /// A parameter of the query.
    case query = "query_params"
  }

  private enum Part: Equatable {
    case text(String)
    case placeholder(Source, key: String)
    /// What is wrong with a placeholder is told to the client, as Kong does, and not when
    /// configuring.
    case faulty(RequestProblem)
  }

  private var parts: [Part] = []

  /// Reads a string of the configuration. A `$(` without its `)` is text.
  package init(_ text: String) {
    var rest = text[...]
    var literal = ""
    while let dollar = rest.firstIndex(of: "$") {
      let inside = rest[dollar...].dropFirst()
      guard inside.first == "(", let close = inside.firstIndex(of: ")") else {
        literal += rest[...dollar]
        rest = inside
        continue
      }
      literal += rest[..<dollar]
      if !literal.isEmpty { parts.append(.text(literal)) }
      literal = ""
      parts.append(Self.placeholder(inside.dropFirst()[..<close], in: text))
      rest = inside[close...].dropFirst()
    }
    literal += rest
    if !literal.isEmpty { parts.append(.text(literal)) }
  }

  private static func placeholder(_ expression: Substring, in text: String) -> Part {
    guard let dot = expression.firstIndex(of: "."), dot != expression.startIndex,
      expression.index(after: dot) != expression.endIndex
    else {
      return .faulty(RequestProblem(message: "cannot parse expression for field '\(text)'"))
    }
    guard let source = Source(rawValue: String(expression[..<dot])) else {
      return .faulty(
        RequestProblem(message: "source '\(expression[..<dot])' is not supported"))
    }
    return .placeholder(source, key: String(expression[dot...].dropFirst()))
  }

  /// Whether the text is the same for every request.
  package var isConstant: Bool {
    parts.allSatisfy { if case .text = $0 { true } else { false } }
  }

  /// The values that the text needs, in order: what to subscribe to.
  package var references: [(source: Source, key: String)] {
    parts.compactMap {
      if case .placeholder(let source, let key) = $0 { (source, key) } else { nil }
    }
  }

  /// The text with the values of a request put in, once: a value that looks like a placeholder
  /// stays what it is.
  ///
  /// - Throws: a ``RequestProblem`` (400) for the first placeholder that is faulty or has no value.
  package func resolved(
    _ value: (Source, _ key: String) -> String?
  ) throws(RequestProblem) -> String {
    var text = ""
    for part in parts {
      switch part {
      case .text(let literal): text += literal
      case .faulty(let problem): throw problem
      case .placeholder(let source, let key):
        guard let found = value(source, key) else {
          throw RequestProblem(message: "\(source.rawValue) key \(key) was not provided")
        }
        text += found
      }
    }
    return text
  }
}
