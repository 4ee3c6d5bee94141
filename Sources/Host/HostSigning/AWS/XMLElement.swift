// SPDX-License-Identifier: Apache-2.0

/// An XML document as far as an answer of AWS needs one: elements, attributes that mean nothing, text. All else that XML
/// has (document types, comments, CDATA, instructions) is refused.
struct XMLElement {
  /// What is no such document.
  struct Malformed: Error {}

  let name: String
  private(set) var text = ""
  private(set) var children: [XMLElement] = []

  private static let sizeLimit = 64 << 10
  private static let depthLimit = 16

  /// The text of the one element below that these names lead to; nil: there is none, or more than one.
  subscript(path: String...) -> String? {
    var element = self
    for name in path {
      let named = element.children.filter { $0.name == name }
      guard named.count == 1 else { return nil }
      element = named[0]
    }
    return element.text
  }

  init(parsing bytes: [UInt8]) throws(Malformed) {
    guard bytes.count <= Self.sizeLimit, let text = String(validating: bytes, as: UTF8.self) else {
      throw Malformed()
    }
    var rest = text[...]
    if rest.hasPrefix("<?xml ") {
      guard let end = rest.firstRange(of: "?>") else { throw Malformed() }
      rest = rest[end.upperBound...]
    }
    rest = rest.drop(while: \.isWhitespace)
    self = try Self.element(&rest, depth: 0)
    guard rest.allSatisfy(\.isWhitespace) else { throw Malformed() }
  }

  private init(name: String) { self.name = name }

  /// Reads an element whose `<` is next.
  private static func element(
    _ rest: inout Substring, depth: Int
  ) throws(Malformed) -> XMLElement {
    guard depth < depthLimit,
      let tag = rest.prefixMatch(
        of:
          #/
          <([A-Za-z_][A-Za-z0-9_.:\-]*)
          (?:\s+[A-Za-z_:][A-Za-z0-9_.:\-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*
          \s*(/?)>
          /#)
    else { throw Malformed() }
    var element = XMLElement(name: String(tag.1))
    rest = rest[tag.range.upperBound...]
    if !tag.2.isEmpty { return element }
    while true {
      guard let next = rest.firstIndex(of: "<") else { throw Malformed() }
      element.text += try unescaped(rest[..<next])
      rest = rest[next...]
      if rest.hasPrefix("</") {
        let end = "</\(element.name)"
        guard rest.hasPrefix(end) else { throw Malformed() }
        rest = rest.dropFirst(end.count).drop(while: \.isWhitespace)
        guard rest.popFirst() == ">" else { throw Malformed() }
        return element
      }
      element.children.append(try Self.element(&rest, depth: depth + 1))
    }
  }

  private static func unescaped(_ text: Substring) throws(Malformed) -> String {
    guard text.contains("&") else { return String(text) }
    var result = ""
    var rest = text
    while let mark = rest.firstIndex(of: "&") {
      result += rest[..<mark]
      guard let end = rest[mark...].firstIndex(of: ";") else { throw Malformed() }
      result.append(try character(rest[mark..<end].dropFirst()))
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  private static func character(_ name: Substring) throws(Malformed) -> Character {
    switch name {
    case "lt": return "<"
    case "gt": return ">"
    case "amp": return "&"
    case "quot": return "\""
    case "apos": return "'"
    default:
      let number =
        name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst())
      guard name.hasPrefix("#"), let scalar = number.flatMap(Unicode.Scalar.init) else {
        throw Malformed()
      }
      return Character(scalar)
    }
  }
}
