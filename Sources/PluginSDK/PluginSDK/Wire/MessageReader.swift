// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

/// Reads the fields of a protobuf message where they lie, one after the other: the counterpart of ``MessageWriter``.
///
/// Calls are read this way: to unpack one into the generated structs took as long as everything else that a small plugin does
/// for it.
struct MessageReader {
  /// A field, with what it says: a number or bytes.
  struct Field {
    fileprivate enum Kind { case varint, fixed64, bytes, fixed32 }

    let number: UInt64
    fileprivate let kind: Kind
    fileprivate var bits: UInt64 = 0
    fileprivate var content = UnsafeRawBufferPointer(start: nil, count: 0)
  }

  private let message: UnsafeRawBufferPointer
  private var position = 0

  init(_ message: UnsafeRawBufferPointer) { self.message = message }

  /// The next field; nil at the end.
  @inline(__always)
  mutating func next() throws(ProtocolViolation) -> Field? {
    guard position < message.count else { return nil }
    let tag = try varint()
    guard tag >= 8 else { throw .badMessage }
    switch tag & 7 {
    case 0: return Field(number: tag >> 3, kind: .varint, bits: try varint())
    case 1: return Field(number: tag >> 3, kind: .fixed64, bits: try fixed(UInt64.self))
    case 2:
      let length = try varint()
      guard length <= UInt64(message.count - position) else { throw .badMessage }
      let start = position
      position += Int(length)
      return Field(
        number: tag >> 3, kind: .bytes,
        content: UnsafeRawBufferPointer(rebasing: message[start..<position]))
    case 5: return Field(number: tag >> 3, kind: .fixed32, bits: UInt64(try fixed(UInt32.self)))
    default: throw .badMessage
    }
  }

  /// Most are tags and lengths of one byte.
  @inline(__always)
  private mutating func varint() throws(ProtocolViolation) -> UInt64 {
    if position < message.count, message[position] < 0x80 {
      defer { position += 1 }
      return UInt64(message[position])
    }
    return try longVarint()
  }

  @inline(never)
  private mutating func longVarint() throws(ProtocolViolation) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < message.count, shift < 70 {
      let byte = message[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw .badMessage
  }

  private mutating func fixed<Number: FixedWidthInteger>(
    _ type: Number.Type
  ) throws(ProtocolViolation) -> Number {
    let size = MemoryLayout<Number>.size
    guard message.count - position >= size else { throw .badMessage }
    defer { position += size }
    return Number(littleEndian: message.loadUnaligned(fromByteOffset: position, as: type))
  }
}

// What a field says, if it is of that type.
extension MessageReader.Field {
  @inline(__always)
  func integer() throws(ProtocolViolation) -> UInt64 {
    guard kind == .varint else { throw .badMessage }
    return bits
  }

  /// A number of 32 bits; of a larger one the lower bits, as protobuf has it.
  @inline(__always)
  func small() throws(ProtocolViolation) -> UInt32 { UInt32(truncatingIfNeeded: try integer()) }

  @inline(__always)
  func flag() throws(ProtocolViolation) -> Bool { try integer() != 0 }

  @inline(__always)
  func double() throws(ProtocolViolation) -> Double {
    guard kind == .fixed64 else { throw .badMessage }
    return Double(bitPattern: bits)
  }

  /// Bytes, text or a message.
  @inline(__always)
  func bytes() throws(ProtocolViolation) -> UnsafeRawBufferPointer {
    guard kind == .bytes else { throw .badMessage }
    return content
  }
}
