// SPDX-License-Identifier: Apache-2.0

import PluginProtocol
import Testing
import WireTranscripts

struct FrameDecoderTests {
  private let decoder = FrameDecoder(maxFrame: 1000, maxMeta: 100)

  private func found(_ bytes: [UInt8]) -> FrameDecoder.Found {
    bytes.withUnsafeBytes { decoder.next(in: $0) }
  }

  private func bytes(
    length: UInt32, meta: UInt32, flags: UInt8 = 0, stream: UInt32 = 1
  ) -> [UInt8] {
    var frame = WireFrame(.data, stream: stream, flags: FrameFlags(rawValue: flags))
    frame.header.length = length
    frame.header.metaLength = meta
    return frame.headerBytes
  }

  @Test func `a header is sixteen bytes, little endian`() {
    let header = FrameHeader(
      .call, stream: 0x0102_0304, ordinal: 0x0506, flags: [.last, .more], metaLength: 0x0708,
      payloadLength: 0x0901)
    var frame = WireFrame(.call)
    frame.header = header
    let expected: [UInt8] = [
      0x09, 0x10, 0, 0, 0x04, 0x03, 0x02, 0x01, 0x20, 0x05, 0x06, 0x05, 0x08, 0x07, 0, 0,
    ]
    #expect(frame.headerBytes == expected)
    let read = expected.withUnsafeBytes { bytes in
      bytes.baseAddress.map { FrameHeader(decoding: $0) }
    }
    #expect(read == header)
    #expect(header.payloadLength == 0x0901)
  }

  @Test func `lengths are refused as soon as the header is there`() {
    #expect(found(bytes(length: 1001, meta: 0)) == .violation(.frameTooLong))
    #expect(found(bytes(length: .max, meta: .max)) == .violation(.frameTooLong))
    #expect(found(bytes(length: 10, meta: 11)) == .violation(.metaBeyondFrame))
    #expect(found(bytes(length: 0, meta: .max)) == .violation(.metaBeyondFrame))
    #expect(found(bytes(length: 1000, meta: 101)) == .violation(.metaTooLong))
    #expect(found(bytes(length: 1000, meta: 100)) == .incomplete(needed: 1016))
  }

  @Test(arguments: [0x08, 0x10, 0x80, 0xFF] as [UInt8])
  func `flags that version 1 does not know are refused`(flags: UInt8) {
    #expect(found(bytes(length: 0, meta: 0, flags: flags)) == .violation(.reservedFlags))
  }

  @Test func `a frame may be empty, and is found when all of it is there`() {
    #expect(found([]) == .incomplete(needed: 16))
    let header = bytes(length: 0, meta: 0)
    for count in 0..<16 { #expect(found(Array(header.prefix(count))) == .incomplete(needed: 16)) }
    guard case .frame(let empty) = found(header) else {
      Issue.record("an empty frame is a frame")
      return
    }
    #expect(empty.payloadLength == 0)
    let full = bytes(length: 20, meta: 5) + [UInt8](repeating: 7, count: 20)
    for count in 16..<36 {
      #expect(found(Array(full.prefix(count))) == .incomplete(needed: 36))
    }
    guard case .frame(let whole) = found(full + [1, 2, 3]) else {
      Issue.record("what follows a frame does not matter")
      return
    }
    #expect(whole.payloadLength == 15)
  }
}
