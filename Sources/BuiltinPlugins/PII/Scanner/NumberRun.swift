// SPDX-License-Identifier: Apache-2.0

/// Groups of digits with at most two bytes of punctuation between them: `+1 (415) 555-2671`, `2024-03-05`.
struct NumberRun {
  static let mostGroups = 10
  static let mostDigits = 36

  private(set) var starts = InlineArray<10, Int>(repeating: 0)
  private(set) var ends = InlineArray<10, Int>(repeating: 0)
  /// Digits up to the end of each group.
  private(set) var totals = InlineArray<10, Int>(repeating: 0)
  /// What stands in front of each group: the first byte; 0: nothing.
  private(set) var separators = InlineArray<10, UInt8>(repeating: 0)
  private(set) var digits = InlineArray<36, UInt8>(repeating: 0)
  private(set) var groups = 0
  private(set) var count = 0

  /// The run whose first digit is at a place.
  init(_ text: borrowing TextReader, at start: Int) {
    var index = start
    var separator: UInt8 = 0
    while groups < Self.mostGroups {
      let begin = index
      while text[index].isDigit, count < Self.mostDigits {
        digits[count] = text[index]
        count += 1
        index += 1
      }
      guard index > begin else { return }
      starts[groups] = begin
      ends[groups] = index
      totals[groups] = count
      separators[groups] = separator
      groups += 1
      guard count < Self.mostDigits, let next = Self.next(text, behind: index) else { return }
      separator = next.separator
      index = next.index
    }
  }

  /// Where the next group begins. Spaces and hyphens that do not break are spaces and hyphens.
  private static func next(
    _ text: borrowing TextReader, behind index: Int
  ) -> (separator: UInt8, index: Int)? {
    let byte = text[index]
    switch byte {
    case 0x20, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: ")"):
      if text[index + 1].isDigit { return (byte, index + 1) }
      let second = text[index + 1]
      guard byte != 0x20 || second == UInt8(ascii: "(") || second == UInt8(ascii: "-"),
        second == 0x20 || second == UInt8(ascii: "-") || second == UInt8(ascii: "("),
        text[index + 2].isDigit
      else { return nil }
      return (byte == UInt8(ascii: ".") ? 0x20 : second == 0x2D ? 0x2D : byte, index + 2)
    case 0xC2:
      guard text[index + 1] == 0xA0, text[index + 2].isDigit else { return nil }
      return (0x20, index + 2)
    case 0xE2:
      guard text[index + 1] == 0x80, text[index + 3].isDigit else { return nil }
      switch text[index + 2] {
      case 0x91, 0x93: return (0x2D, index + 3)
      case 0xAF: return (0x20, index + 3)
      default: return nil
      }
    default: return nil
    }
  }

  /// Whether the first groups are no part of a longer row of numbers.
  func isAlone(_ count: Int, in text: borrowing TextReader) -> Bool {
    let before = text[start - 1]
    let isJoined = before == 0x20 || before == UInt8(ascii: "-") || before == UInt8(ascii: ".")
    guard !(isJoined && text[start - 2].isDigit) else { return false }
    return groups <= count || count == 1 || separators[count] != separators[count - 1]
  }

  var start: Int { starts[0] }
  var end: Int { ends[groups - 1] }

  func length(_ group: Int) -> Int { group < groups ? ends[group] - starts[group] : 0 }

  /// Whether the groups, from the first on, have these lengths; more may follow.
  func begins(with lengths: [Int]) -> Bool {
    guard groups >= lengths.count else { return false }
    for index in lengths.indices where length(index) != lengths[index] { return false }
    return true
  }

  /// Whether between the first groups stands always the same, one of these.
  func isSeparated(_ count: Int, by allowed: StaticString) -> Bool {
    guard count > 1, count <= groups else { return count == 1 }
    let first = separators[1]
    let isAllowed = allowed.withUTF8Buffer { $0.contains(first) }
    guard isAllowed else { return false }
    for index in 1..<count where separators[index] != first { return false }
    return true
  }

  /// The number that a group is.
  func value(_ group: Int) -> Int {
    let offset = group > 0 ? totals[group - 1] : 0
    var value = 0
    for index in offset..<offset + min(length(group), 9) {
      value = value * 10 + digits[index].value
    }
    return value
  }

  /// The digits of the first groups.
  func digits(_ groups: Int) -> [Int] {
    (0..<totals[groups - 1]).map { digits[$0].value }
  }

  /// As many of the first groups as have no more digits together, and how many these are.
  func groups(upTo most: Int) -> (groups: Int, digits: Int) {
    var groups = 0
    while groups < self.groups, totals[groups] <= most { groups += 1 }
    return (groups, groups > 0 ? totals[groups - 1] : 0)
  }

  /// How many of the first groups have so many digits together; nil if no whole number of groups has.
  func groups(with total: Int) -> Int? {
    for index in 0..<groups where totals[index] >= total {
      return totals[index] == total ? index + 1 : nil
    }
    return nil
  }
}
