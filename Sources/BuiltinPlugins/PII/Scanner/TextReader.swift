// SPDX-License-Identifier: Apache-2.0

/// The bytes of a text, and whether a look at them has gone over their end.
///
/// A recogniser that never looked over the end decides the same whatever follows: this is how a stream knows what may be
/// released. Outside of the text every byte is 0.
struct TextReader: ~Copyable {
  private let base: UnsafePointer<UInt8>
  let count: Int
  /// Whether a byte behind the last was asked for.
  private let overran: UnsafeMutablePointer<Bool>

  init(_ text: UnsafeBufferPointer<UInt8>, fallback: UnsafePointer<UInt8>) {
    base = text.baseAddress ?? fallback
    count = text.count
    overran = .allocate(capacity: 1)
    overran.initialize(to: false)
  }

  deinit { overran.deallocate() }

  @inline(__always)
  subscript(index: Int) -> UInt8 {
    if UInt(bitPattern: index) < UInt(bitPattern: count) { return base[index] }
    if index >= count { overran.pointee = true }
    return 0
  }

  /// Whether the end was looked over since this was asked last.
  func takeOverran() -> Bool {
    defer { overran.pointee = false }
    return overran.pointee
  }

  /// Whether these bytes stand at a place.
  @inline(__always)
  func has(_ text: StaticString, at index: Int) -> Bool {
    text.withUTF8Buffer { wanted in
      for offset in 0..<wanted.count where self[index + offset] != wanted[offset] { return false }
      return true
    }
  }

  /// Likewise, with upper and lower case the same. The text is in lower case.
  @inline(__always)
  func hasFolded(_ text: StaticString, at index: Int) -> Bool {
    text.withUTF8Buffer { wanted in
      for offset in 0..<wanted.count where self[index + offset].folded != wanted[offset] {
        return false
      }
      return true
    }
  }

  /// Behind the last byte, from a place on, that the condition holds for.
  @inline(__always)
  func end(from index: Int, most: Int = .max, while condition: (UInt8) -> Bool) -> Int {
    var end = index
    while end - index < most, condition(self[end]) { end += 1 }
    return end
  }

  /// Whether a word could begin here: what stands in front is no part of one.
  @inline(__always)
  func isBoundary(before index: Int) -> Bool {
    guard index > 0, index <= count else { return true }
    var first = index - 1
    if base[first] >= 0x80 {
      while first > 0, index - first < 4, base[first] & 0xC0 == 0x80 { first -= 1 }
      return ByteClass.table[Int(base[first])] & ByteClass.separator != 0
    }
    return !base[first].isAlphanumeric && base[first] != UInt8(ascii: "_")
  }

  /// Whether a word could end here.
  @inline(__always)
  func isBoundary(at index: Int) -> Bool {
    let byte = self[index]
    // A wide character is a boundary; its first byte tells.
    if byte >= 0x80 { return ByteClass.table[Int(byte)] & ByteClass.separator != 0 }
    return !byte.isAlphanumeric && byte != UInt8(ascii: "_")
  }

  /// A part of it, for what works on arrays.
  func copy(_ range: Range<Int>) -> [UInt8] {
    Array(UnsafeBufferPointer(start: base + range.lowerBound, count: range.count))
  }
}
