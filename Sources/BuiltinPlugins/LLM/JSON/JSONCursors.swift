// SPDX-License-Identifier: Apache-2.0

/// Steps through the members of an object, in order, duplicates included.
package struct JSONMembers: Sendable {
  private var offset: Int
  private var isFirst = true
  private var isOver: Bool

  /// The members of a node; none if it is no object.
  package init(of node: JSONNode) {
    self.offset = node.start + 1
    self.isOver = node.kind != .object
  }

  /// The members of the object that begins at an offset, whitespace before it skipped; none if
  /// something else does. Saves looking for the object's end first.
  package init(scanning bytes: RawSpan, at offset: Int = 0) {
    let start = bytes.skippingWhitespace(from: offset)
    self.offset = start + 1
    self.isOver = bytes.byteOrZero(at: start) != UInt8(ascii: "{")
  }

  /// The next member, or nil behind the last.
  @inline(__always)
  package mutating func next(in bytes: RawSpan) throws(JSONError) -> JSONMember? {
    guard let key = try nextKey(in: bytes) else { return nil }
    return JSONMember(key: key, value: try value(in: bytes))
  }

  /// The value of the key that ``nextKey(in:)`` gave.
  @inline(__always)
  package mutating func value(in bytes: RawSpan) throws(JSONError) -> JSONNode {
    let value = try JSONNode(scanning: bytes, at: offset)
    offset = value.end
    return value
  }

  /// The same, where one of the values has been found before: to look for its end again is a whole pass over it.
  package mutating func value(in bytes: RawSpan, known: JSONNode?) throws(JSONError) -> JSONNode {
    guard let known, bytes.skippingWhitespace(from: offset) == known.start else {
      return try value(in: bytes)
    }
    offset = known.end
    return known
  }

  /// Where the value of the key begins that ``nextKey(in:)`` gave, whitespace in front of it. Who reads it with a cursor
  /// of its own goes on behind it with ``resume(at:)``: to look for its end first is a whole pass over it.
  package var valueOffset: Int { offset }

  /// Goes on behind a value, which ends at an offset.
  package mutating func resume(at end: Int) { offset = end }

  /// Where an object ended whose members are all read; else where the next begins.
  package var end: Int { offset }

  /// The key of the next member, or nil behind the last. Its value is to be read then.
  @inline(__always)
  package mutating func nextKey(in bytes: RawSpan) throws(JSONError) -> JSONNode? {
    guard !isOver else { return nil }
    var index = offset
    guard
      let start = try bytes.nextItem(
        from: &index, isFirst: isFirst, closing: UInt8(ascii: "}"))
    else {
      isOver = true
      offset = index
      return nil
    }
    isFirst = false
    guard bytes.byte(at: start) == UInt8(ascii: "\"") else {
      throw JSONError(.unexpectedByte, at: start)
    }
    let key = try JSONNode.string(in: bytes, at: start)
    let colon = bytes.skippingWhitespace(from: key.end)
    guard colon < bytes.byteCount else { throw JSONError(.truncated, at: colon) }
    guard bytes.byte(at: colon) == UInt8(ascii: ":") else {
      throw JSONError(.unexpectedByte, at: colon)
    }
    offset = colon &+ 1
    return key
  }
}

/// Steps through the elements of an array, in order.
package struct JSONElements: Sendable {
  private var offset: Int
  private var isFirst = true
  private var isOver: Bool

  /// The elements of a node; none if it is no array.
  package init(of node: JSONNode) {
    self.offset = node.start + 1
    self.isOver = node.kind != .array
  }

  /// The elements of the array that begins at an offset, whitespace before it skipped; none if something else does.
  /// Saves looking for the array's end first.
  package init(scanning bytes: RawSpan, at offset: Int = 0) {
    let start = bytes.skippingWhitespace(from: offset)
    self.offset = start + 1
    self.isOver = bytes.byteOrZero(at: start) != UInt8(ascii: "[")
  }

  /// The next element, or nil behind the last.
  @inline(__always)
  package mutating func next(in bytes: RawSpan) throws(JSONError) -> JSONNode? {
    guard let start = try nextStart(in: bytes) else { return nil }
    let value = try JSONNode(scanning: bytes, at: start)
    offset = value.end
    return value
  }

  /// Where the next element begins, or nil behind the last. Who reads it goes on behind it with ``resume(at:)``.
  @inline(__always)
  package mutating func nextStart(in bytes: RawSpan) throws(JSONError) -> Int? {
    guard !isOver else { return nil }
    var index = offset
    guard
      let start = try bytes.nextItem(
        from: &index, isFirst: isFirst, closing: UInt8(ascii: "]"))
    else {
      isOver = true
      offset = index
      return nil
    }
    isFirst = false
    return start
  }

  /// Goes on behind an element, which ends at an offset.
  package mutating func resume(at end: Int) { offset = end }

  /// Where an array ended whose elements are all read; else where the next begins.
  package var end: Int { offset }
}

extension JSONNode {
  /// The members of an object with their keys decoded, for mapping whole messages.
  package func decodedMembers(
    in bytes: RawSpan
  ) throws(JSONError) -> [(key: String, value: JSONNode)] {
    var decoded: [(key: String, value: JSONNode)] = []
    var members = JSONMembers(of: self)
    while let member = try members.next(in: bytes) {
      decoded.append((member.key.string(in: bytes) ?? "", member.value))
    }
    return decoded
  }

  /// Each element of an array, mapped.
  package func mapElements<Element>(
    in bytes: RawSpan, _ transform: (JSONNode) throws(JSONError) -> Element
  ) throws(JSONError) -> [Element] {
    var mapped: [Element] = []
    var elements = JSONElements(of: self)
    while let element = try elements.next(in: bytes) { mapped.append(try transform(element)) }
    return mapped
  }
}

extension RawSpan {
  /// Where the next member or element begins, behind its comma; nil at the closing byte, behind which `index` then is.
  @inline(__always)
  fileprivate func nextItem(
    from index: inout Int, isFirst: Bool, closing: UInt8
  ) throws(JSONError) -> Int? {
    index = skippingWhitespace(from: index)
    guard index < byteCount else { throw JSONError(.truncated, at: index) }
    if byte(at: index) == closing {
      index &+= 1
      return nil
    }
    if !isFirst {
      guard byte(at: index) == UInt8(ascii: ",") else {
        throw JSONError(.unexpectedByte, at: index)
      }
      index = skippingWhitespace(from: index &+ 1)
      guard index < byteCount else { throw JSONError(.truncated, at: index) }
    }
    return index
  }
}
