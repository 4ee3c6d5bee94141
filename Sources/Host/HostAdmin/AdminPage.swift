// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Which part of a list is asked for, as Kong's Admin API understands it: `size`, `offset` and `tags`.
package struct AdminPage: Sendable, Equatable {
  /// At most so many.
  package private(set) var size = 100
  /// The id of the first one; nil: the first of the list.
  package private(set) var start: String?
  /// Each inner list: one of these tags must be there.
  package private(set) var tags: [[String]] = []
  /// The query for what follows, but for its offset.
  private var rest = ""

  /// What is wrong with a query.
  package struct Invalid: Error, Equatable {
    package let code: Int
    package let name: String
    package let message: String
  }

  package init(_ query: [String: String]) throws(Invalid) {
    if let text = query["size"] {
      guard Double(text) != nil else {
        throw Invalid(code: 9, name: "invalid size", message: "size must be a number")
      }
      guard let size = Int(text), (1...1000).contains(size) else {
        throw Invalid(
          code: 9, name: "invalid size", message: "size must be an integer between 1 and 1000")
      }
      self.size = size
      rest += "&size=\(size)"
    }
    if let text = query["offset"] {
      guard let data = Data(base64Encoded: text), let start = String(data: data, encoding: .utf8)
      else { throw Self.notAnOffset(text, "bad base64 encoding") }
      self.start = start
    }
    if let text = query["tags"] {
      guard !text.isEmpty, !(text.contains(",") && text.contains("/")) else {
        throw Invalid(
          code: 11, name: "invalid options",
          message: "invalid option (tags: invalid filter syntax)")
      }
      tags =
        text.contains("/")
        ? [text.split(separator: "/").map(String.init)]
        : text.split(separator: ",").map { [String($0)] }
      rest += "&tags=\(text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text)"
    }
  }

  /// The part of a list, and where the next one begins.
  ///
  /// - Parameter path: of the list.
  package func part<Element>(
    of list: [Element], at path: String, id: (Element) -> String, tags own: (Element) -> [String]
  ) throws(Invalid) -> (elements: [Element], offset: String?, next: String?) {
    let wanted = list.filter { element in
      tags.allSatisfy { any in own(element).contains { any.contains($0) } }
    }
    var first = 0
    if let start {
      guard let index = wanted.firstIndex(where: { id($0) == start }) else {
        throw Self.notAnOffset(Data(start.utf8).base64EncodedString(), "no such entity")
      }
      first = index
    }
    let elements = Array(wanted[first...].prefix(size))
    guard first + elements.count < wanted.count else { return (elements, nil, nil) }
    let offset = Data(id(wanted[first + elements.count]).utf8).base64EncodedString()
    let escaped = offset.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? offset
    return (elements, offset, "\(path)?offset=\(escaped)\(rest)")
  }

  private static func notAnOffset(_ text: String, _ reason: String) -> Invalid {
    Invalid(
      code: 7, name: "invalid offset", message: "'\(text)' is not a valid offset: \(reason)")
  }
}
