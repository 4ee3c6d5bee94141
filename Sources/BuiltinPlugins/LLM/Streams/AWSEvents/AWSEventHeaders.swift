// SPDX-License-Identifier: Apache-2.0

/// One header of a message of an AWS event stream. Ranges are those of the span in which it was found.
package struct AWSEventHeader: Equatable, Sendable {
  /// A value of any of the types that the format has.
  package enum Value: Equatable, Sendable {
    /// Types 0 and 1.
    case boolean(Bool)
    /// Type 2.
    case byte(Int8)
    /// Type 3.
    case short(Int16)
    /// Type 4.
    case integer(Int32)
    /// Type 5.
    case long(Int64)
    /// Type 6.
    case bytes(Range<Int>)
    /// Type 7: UTF-8.
    case string(Range<Int>)
    /// Type 8: milliseconds since 1970.
    case timestamp(Int64)
    /// Type 9: 16 bytes.
    case uuid(Range<Int>)
  }

  /// Where its name is.
  package var name: Range<Int>
  /// Its value.
  package var value: Value
}

/// Steps through the headers of a message, in order.
package struct AWSEventHeaders: Equatable, Sendable {
  private var offset: Int
  private let end: Int

  /// The headers in a range.
  package init(in range: Range<Int>) {
    offset = range.lowerBound
    end = range.upperBound
  }

  /// Where those are that are still to come.
  var range: Range<Int> { offset..<end }

  /// The next header, nil behind the last.
  ///
  /// - Throws: when a header has an unknown type or does not fit into the range.
  package mutating func next(in bytes: RawSpan) throws(StreamProblem) -> AWSEventHeader? {
    guard offset < end else { return nil }
    let nameLength = Int(bytes.byte(at: offset))
    offset += 1
    let name = try take(nameLength)
    let type = bytes.byte(at: try take(1).lowerBound)
    return AWSEventHeader(name: name, value: try value(type, in: bytes))
  }

  private mutating func value(
    _ type: UInt8, in bytes: RawSpan
  ) throws(StreamProblem) -> AWSEventHeader.Value {
    switch type {
    case 0: .boolean(true)
    case 1: .boolean(false)
    case 2: .byte(try integer(in: bytes))
    case 3: .short(try integer(in: bytes))
    case 4: .integer(try integer(in: bytes))
    case 5: .long(try integer(in: bytes))
    case 6: .bytes(try take(Int(try integer(in: bytes) as UInt16)))
    case 7: .string(try take(Int(try integer(in: bytes) as UInt16)))
    case 8: .timestamp(try integer(in: bytes))
    case 9: .uuid(try take(16))
    default: throw StreamProblem("a header has the unknown type \(type)")
    }
  }

  private mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    in bytes: RawSpan
  ) throws(StreamProblem) -> Value {
    let place = try take(MemoryLayout<Value>.size)
    return Value(
      bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: place.lowerBound, as: Value.self))
  }

  private mutating func take(_ count: Int) throws(StreamProblem) -> Range<Int> {
    guard count <= end - offset else { throw StreamProblem("a header is cut off") }
    defer { offset += count }
    return offset..<offset + count
  }
}
