// SPDX-License-Identifier: Apache-2.0

/// Writes into memory that was reserved for a whole head; never beyond it.
struct HeadPen {
  private let memory: UnsafeMutableRawBufferPointer
  private(set) var count = 0

  init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

  @inline(__always)
  mutating func write(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count <= memory.count - count, "the head was measured before it is written")
    UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
    count += bytes.count
  }

  @inline(__always)
  mutating func write(_ text: StaticString) {
    write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  @inline(__always)
  mutating func write(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    write(name)
    write(": ")
    write(value)
    write("\r\n")
  }

  mutating func write(decimal number: Int) {
    withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
      let start = digits.writeDigits(UInt64(number), base: 10)
      write(UnsafeRawBufferPointer(rebasing: digits[start...]))
    }
  }
}
