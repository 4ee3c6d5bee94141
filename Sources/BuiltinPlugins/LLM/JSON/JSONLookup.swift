// SPDX-License-Identifier: Apache-2.0

/// One step into a JSON value.
package enum JSONStep: Equatable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral
{
  /// Into the member of an object.
  case key(String)
  /// Into the element of an array, counted from 0.
  case index(Int)

  package init(stringLiteral value: String) { self = .key(value) }
  package init(integerLiteral value: Int) { self = .index(value) }
}

extension JSONNode {
  /// The value of a member, nil if the node is no object or has no such member.
  ///
  /// Of duplicate keys the last one counts, as in the parsers of Python, JavaScript and Go. Where a
  /// decision about what others may read depends on it, check every occurrence with
  /// ``JSONMembers``.
  package func member(_ name: StaticString, in bytes: RawSpan) throws(JSONError) -> JSONNode? {
    var found: JSONNode?
    var members = JSONMembers(of: self)
    while let member = try members.next(in: bytes) {
      if member.key.isString(name, in: bytes) { found = member.value }
    }
    return found
  }

  /// As ``member(_:in:)``, for a name that is known only at run time.
  package func member(named name: String, in bytes: RawSpan) throws(JSONError) -> JSONNode? {
    var found: JSONNode?
    var members = JSONMembers(of: self)
    while let member = try members.next(in: bytes) {
      if member.key.isString(equalTo: name, in: bytes) { found = member.value }
    }
    return found
  }

  /// The element at an index, nil if the node is no array or is shorter.
  package func element(_ index: Int, in bytes: RawSpan) throws(JSONError) -> JSONNode? {
    var elements = JSONElements(of: self)
    var position = 0
    while let element = try elements.next(in: bytes) {
      if position == index { return element }
      position += 1
    }
    return nil
  }

  /// The value at the end of a path, nil if a step leads nowhere.
  package func value(at path: [JSONStep], in bytes: RawSpan) throws(JSONError) -> JSONNode? {
    var node = self
    for step in path {
      let next: JSONNode?
      switch step {
      case .key(let name): next = try node.member(named: name, in: bytes)
      case .index(let index): next = try node.element(index, in: bytes)
      }
      guard let next else { return nil }
      node = next
    }
    return node
  }

  /// Whether an array or object has nothing in it.
  package func isEmpty(in bytes: RawSpan) -> Bool {
    switch kind {
    case .array, .object: bytes.skippingWhitespace(from: start + 1) == end - 1
    case .null, .false, .true, .number, .string: false
    }
  }
}
