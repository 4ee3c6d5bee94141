// SPDX-License-Identifier: Apache-2.0

/// Reads field lines and the empty line behind them, as they arrive: each byte is looked at once, however the head is cut,
/// and a refusal is known with the byte that causes it.
///
/// It is handed the head from its first byte each time, grown at its end.
struct FieldParser: Sendable {
  private enum Step: UInt8 { case lineStart, name, blanks, value, valueEnd, headEnd }

  /// What is in front of it was read.
  private(set) var cursor: Int
  private(set) var table: [HeaderField] = []
  private var step = Step.lineStart
  private var nameStart = 0
  private var nameEnd = 0
  private var valueStart = 0
  private let limit: Int

  /// - Parameter start: where the first line begins.
  init(from start: Int, limit: Int) {
    cursor = start
    self.limit = limit
  }

  /// Whether all of it is there, the empty line too; `cursor` is then behind it.
  mutating func parse(_ head: RawSpan) throws(HTTPRefusal) -> Bool {
    var index = cursor
    defer { cursor = index }
    while index < head.byteCount {
      switch step {
      case .lineStart:
        nameStart = index
        if head[at: index] == .carriageReturn {
          index &+= 1
          step = .headEnd
        } else {
          guard table.count < limit else { throw .tooManyHeaders }
          step = .name
        }
      case .name:
        index = head.endOfToken(from: index)
        guard index < head.byteCount else { return false }
        guard head[at: index] == UInt8(ascii: ":"), index > nameStart else {
          throw badName(head[at: index], isFirst: index == nameStart)
        }
        guard index &- nameStart <= Int(UInt16.max) else { throw .headTooLarge }
        nameEnd = index
        index &+= 1
        step = .blanks
      case .blanks:
        while head[at: index].isBlank {
          index &+= 1
          if index == head.byteCount { return false }
        }
        valueStart = index
        step = .value
      case .value:
        index = head.endOfFieldValue(from: index)
        guard index < head.byteCount else { return false }
        switch head[at: index] {
        case .carriageReturn:
          index &+= 1
          step = .valueEnd
        case .lineFeed: throw .bareLineFeed
        default: throw .badValue
        }
      case .valueEnd:
        guard head[at: index] == .lineFeed else { throw .bareCarriageReturn }
        append(head, valueEnd: index &- 1)
        index &+= 1
        step = .lineStart
      case .headEnd:
        guard head[at: index] == .lineFeed else { throw .bareCarriageReturn }
        index &+= 1
        return true
      }
    }
    return false
  }

  @inline(__always)
  private mutating func append(_ head: RawSpan, valueEnd: Int) {
    // Enough for nearly all heads, so that a head's table is one allocation.
    if table.isEmpty { table.reserveCapacity(20) }
    var end = valueEnd
    while end > valueStart, head[at: end &- 1].isBlank { end &-= 1 }
    let known = KnownHeader(head.extracting(nameStart..<nameEnd))
    table.append(
      HeaderField(
        nameStart: UInt32(nameStart), valueStart: UInt32(valueStart),
        valueLength: UInt32(end &- valueStart), nameLength: UInt16(nameEnd &- nameStart),
        known: known, isHopByHop: known.isHopByHop))
  }

  private func badName(_ byte: UInt8, isFirst: Bool) -> HTTPRefusal {
    switch byte {
    case .lineFeed: .bareLineFeed
    case .carriageReturn: .missingColon
    case .space, .tab: isFirst ? .foldedLine : .spaceBeforeColon
    case UInt8(ascii: ":"): .emptyName
    default: .badName
    }
  }
}
