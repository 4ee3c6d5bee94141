// SPDX-License-Identifier: Apache-2.0

/// The fixed 16 bytes in front of every frame, little endian.
///
///     0        4        8    9     10       12          16
///     | length | stream |type|flags|ordinal | meta_len  | meta … | payload …
package struct FrameHeader: Equatable, Sendable {
  /// Bytes of the header on the wire.
  package static let size = 16

  /// Bytes after the header: the protobuf part and the payload.
  package var length: UInt32
  /// 0 is the connection; odd ids are opened by the host, even ones by the plugin. 31 bits.
  package var stream: UInt32
  /// A ``FrameType``, or something newer.
  package var type: UInt8
  package var flags: FrameFlags
  /// Numbers the calls of a stream; a reply repeats its call's.
  package var ordinal: UInt16
  /// Bytes of the protobuf part.
  package var metaLength: UInt32

  package init(
    _ type: FrameType, stream: UInt32 = 0, ordinal: UInt16 = 0, flags: FrameFlags = [],
    metaLength: Int = 0, payloadLength: Int = 0
  ) {
    self.length = UInt32(metaLength + payloadLength)
    self.stream = stream
    self.type = type.rawValue
    self.flags = flags
    self.ordinal = ordinal
    self.metaLength = UInt32(metaLength)
  }

  /// Reads ``size`` bytes; nothing is checked.
  package init(decoding bytes: UnsafeRawPointer) {
    length = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
    stream = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    type = bytes.load(fromByteOffset: 8, as: UInt8.self)
    flags = FrameFlags(rawValue: bytes.load(fromByteOffset: 9, as: UInt8.self))
    ordinal = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 10, as: UInt16.self))
    metaLength = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
  }

  /// Writes ``size`` bytes.
  package func encode(into bytes: UnsafeMutableRawPointer) {
    bytes.storeBytes(of: length.littleEndian, as: UInt32.self)
    bytes.storeBytes(of: stream.littleEndian, toByteOffset: 4, as: UInt32.self)
    bytes.storeBytes(of: type, toByteOffset: 8, as: UInt8.self)
    bytes.storeBytes(of: flags.rawValue, toByteOffset: 9, as: UInt8.self)
    bytes.storeBytes(of: ordinal.littleEndian, toByteOffset: 10, as: UInt16.self)
    bytes.storeBytes(of: metaLength.littleEndian, toByteOffset: 12, as: UInt32.self)
  }

  /// Bytes after the protobuf part. Only for a header that was checked.
  package var payloadLength: Int { Int(length) - Int(metaLength) }
}
