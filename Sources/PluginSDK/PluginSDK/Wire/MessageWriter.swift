// SPDX-License-Identifier: Apache-2.0

/// Writes a protobuf message (or raw bytes) at the end of an output, field by field.
///
/// Replies are written this way, straight from the author's values into the bytes that leave: to build the generated
/// structs first would copy every text once more.
package struct MessageWriter {
  let output: FrameOutput

  package init(output: FrameOutput) { self.output = output }

  private func byte(_ byte: UInt8) {
    output.reserve(1)
    output.memory[output.end] = byte
    output.end += 1
  }

  /// Raw bytes, without a tag.
  package func raw(_ bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty else { return }
    output.reserve(bytes.count)
    UnsafeMutableRawBufferPointer(rebasing: output.memory[output.end...]).copyMemory(from: bytes)
    output.end += bytes.count
  }

  private func varint(_ value: UInt64) {
    output.reserve(10)
    var value = value
    while value >= 0x80 {
      output.memory[output.end] = UInt8(truncatingIfNeeded: value) | 0x80
      output.end += 1
      value >>= 7
    }
    output.memory[output.end] = UInt8(value)
    output.end += 1
  }

  /// A number; zero is the default and not written.
  package func number(_ field: Int, _ value: some BinaryInteger) {
    guard value != 0 else { return }
    varint(UInt64(field) << 3)
    varint(UInt64(truncatingIfNeeded: value))
  }

  /// A number of a `oneof`: written even if it is zero.
  package func present(_ field: Int, _ value: some BinaryInteger) {
    varint(UInt64(field) << 3)
    varint(UInt64(truncatingIfNeeded: value))
  }

  /// A flag; false is the default and not written.
  package func flag(_ field: Int, _ value: Bool) { number(field, value ? 1 : 0) }

  /// A floating-point number.
  package func double(_ field: Int, _ value: Double) {
    varint(UInt64(field) << 3 | 1)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { raw($0) }
  }

  /// Bytes, written even if they are empty.
  package func bytes(_ field: Int, _ bytes: UnsafeRawBufferPointer) {
    varint(UInt64(field) << 3 | 2)
    varint(UInt64(bytes.count))
    raw(bytes)
  }

  /// Bytes, written even if they are empty.
  package func bytes(_ field: Int, _ bytes: [UInt8]) {
    bytes.withUnsafeBytes { self.bytes(field, $0) }
  }

  /// Text, written even if it is empty.
  package func text(_ field: Int, _ text: String) {
    var text = text
    text.withUTF8 { bytes(field, UnsafeRawBufferPointer($0)) }
  }

  /// A message in this one.
  package func message(_ field: Int, _ body: (MessageWriter) -> Void) {
    varint(UInt64(field) << 3 | 2)
    // Most are shorter than 128 bytes: leave one byte for the length, and move what is longer.
    byte(0)
    let offset = output.end - output.start
    body(self)
    let length = output.end - output.start - offset
    guard length >= 0x80 else {
      output.memory[output.start + offset - 1] = UInt8(length)
      return
    }
    let extra = (63 - UInt64(length).leadingZeroBitCount) / 7
    output.reserve(extra)
    let begin = output.memory.baseAddress.unsafelyUnwrapped + output.start + offset
    (begin + extra).copyMemory(from: begin, byteCount: length)
    output.end += extra
    var rest = length
    for index in 0...extra {
      let low = UInt8(truncatingIfNeeded: rest) & 0x7F
      rest >>= 7
      (begin + index - 1).storeBytes(of: index < extra ? low | 0x80 : low, as: UInt8.self)
    }
  }
}
