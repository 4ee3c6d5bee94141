// SPDX-License-Identifier: Apache-2.0

/// Limits of what a peer may send as a head.
package struct HeadLimits: Sendable {
  /// Bytes of a head, first line and empty line included.
  package var head = 64 << 10
  /// Field lines of a head.
  package var fields = 128
  /// Bytes of a request target.
  package var target = 16 << 10
  /// Bytes of all extensions of a chunked body's chunks, and of its trailers.
  package var chunkExtensions = 4 << 10

  package init() {}
}

/// Reads the field lines of a head whose lines all end with CRLF, which ``HeadScanner`` has seen to.
struct FieldParser {
  private let limits: HeadLimits

  init(limits: HeadLimits) { self.limits = limits }

  /// - Parameter start: where the first field line begins.
  @inline(__always)
  func parse(
    _ head: UnsafeRawBufferPointer, from start: Int
  ) throws(HTTPRefusal) -> [HeaderField] {
    var table: [HeaderField] = []
    table.reserveCapacity(16)
    var position = start
    while head[position] != 0x0D {
      guard table.count < limits.fields else { throw .tooManyHeaders }
      let field = try parseLine(head, from: position)
      table.append(field)
      position = Int(field.lineEnd)
    }
    return table
  }

  @inline(__always)
  private func parseLine(
    _ head: UnsafeRawBufferPointer, from start: Int
  ) throws(HTTPRefusal) -> HeaderField {
    var index = start
    while head[index].isToken { index &+= 1 }
    guard head[index] == UInt8(ascii: ":") else { throw badName(head, start, index) }
    guard index > start else { throw .emptyName }
    guard index - start <= UInt16.max else { throw .headTooLarge }
    let nameEnd = index
    index &+= 1
    while head[index].isBlank { index &+= 1 }
    let valueStart = index
    let lineFeed = endOfLine(head, from: index)
    var valueEnd = lineFeed - 1
    if head.firstBadFieldByte(from: valueStart, to: valueEnd) != nil { throw .badValue }
    while valueEnd > valueStart, head[valueEnd - 1].isBlank { valueEnd &-= 1 }
    let known = KnownHeader(UnsafeRawBufferPointer(rebasing: head[start..<nameEnd]))
    return HeaderField(
      nameStart: UInt32(truncatingIfNeeded: start),
      valueStart: UInt32(truncatingIfNeeded: valueStart),
      lineEnd: UInt32(truncatingIfNeeded: lineFeed + 1),
      valueLength: UInt32(truncatingIfNeeded: max(0, valueEnd - valueStart)),
      nameLength: UInt16(truncatingIfNeeded: nameEnd - start), known: known,
      isHopByHop: known.isHopByHop)
  }

  /// Where the line's LF is; the scanner has seen that there is one, behind a CR.
  @inline(__always)
  private func endOfLine(_ head: UnsafeRawBufferPointer, from start: Int) -> Int {
    var index = start
    while head[index] != 0x0A { index &+= 1 }
    return index
  }

  private func badName(
    _ head: UnsafeRawBufferPointer, _ start: Int, _ index: Int
  ) -> HTTPRefusal {
    if index == start, head[index].isBlank { return .foldedLine }
    if head[index].isBlank {
      var next = index
      while head[next].isBlank { next += 1 }
      return head[next] == UInt8(ascii: ":") ? .spaceBeforeColon : .badName
    }
    return head[index] == 0x0D ? .missingColon : .badName
  }
}
