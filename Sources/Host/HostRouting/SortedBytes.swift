// SPDX-License-Identifier: Apache-2.0

/// Distinct byte strings in order, one behind the other in one buffer. Immutable.
struct SortedBytes: Sendable {
  private let bytes: [UInt8]
  private let ends: [Int]
  /// Bytes of the longest.
  let longest: Int

  /// - Parameter strings: in any order; the same one twice counts once.
  init(_ strings: some Sequence<[UInt8]>) {
    let sorted = Set(strings).sorted { $0.lexicographicallyPrecedes($1) }
    bytes = Array(sorted.joined())
    var end = 0
    ends = sorted.map { string in
      end += string.count
      return end
    }
    longest = sorted.map(\.count).max() ?? 0
  }

  var count: Int { ends.count }
  var isEmpty: Bool { ends.isEmpty }

  subscript(index: Int) -> ArraySlice<UInt8> { bytes[start(index)..<ends[index]] }

  func length(_ index: Int) -> Int { ends[index] - start(index) }

  private func start(_ index: Int) -> Int { index == 0 ? 0 : ends[index - 1] }

  /// The place of this very string.
  func index(of text: UnsafeRawBufferPointer) -> Int? {
    guard text.count <= longest, let found = lastNotAfter(text) else { return nil }
    return found.common == text.count && length(found.index) == text.count ? found.index : nil
  }

  /// The last string that does not stand behind the text, and how many bytes at the start they have in common.
  func lastNotAfter(_ text: UnsafeRawBufferPointer) -> (index: Int, common: Int)? {
    bytes.withUnsafeBytes { bytes in
      var (low, lowCommon) = (-1, 0)
      var (high, highCommon) = (ends.count, 0)
      while high - low > 1 {
        let middle = (low + high) / 2
        let string = UnsafeRawBufferPointer(rebasing: bytes[start(middle)..<ends[middle]])
        // What lies between two strings shares with the text what both of them share with it.
        let common = Self.common(string, text, from: min(lowCommon, highCommon))
        let isAfter =
          common < string.count && (common == text.count || string[common] > text[common])
        if isAfter {
          (high, highCommon) = (middle, common)
        } else {
          (low, lowCommon) = (middle, common)
        }
      }
      return low < 0 ? nil : (low, lowCommon)
    }
  }

  /// Bytes that two texts have in common at their starts, of which the first `from` are known to be alike.
  @inline(__always)
  private static func common(
    _ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer, from: Int
  ) -> Int {
    let limit = min(one.count, other.count)
    var index = from
    while index + 8 <= limit {
      let difference =
        UInt64(littleEndian: one.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        ^ UInt64(littleEndian: other.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      if difference != 0 { return index + difference.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < limit, one[index] == other[index] { index += 1 }
    return index
  }
}
