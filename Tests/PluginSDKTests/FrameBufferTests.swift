// SPDX-License-Identifier: Apache-2.0

import PluginProtocol
import PluginSDK
import Testing

struct FrameBufferTests {
  /// Three frames with messages and payloads of growing size.
  private func frames() -> [UInt8] {
    let output = FrameOutput()
    for (index, size) in [0, 300, 20_000].enumerated() {
      output.frame(
        .data, stream: UInt32(index),
        meta: { $0.text(1, String(repeating: "m", count: size / 10)) },
        payload: { output in
          [UInt8](repeating: UInt8(index), count: size).withUnsafeBytes { output.raw($0) }
        })
    }
    return Array(output.pending)
  }

  @Test(arguments: [1, 2, 3, 7, 15, 16, 17, 100, 4096, 70_000])
  func `frames are found however the bytes are cut`(size: Int) throws {
    let input = FrameInput(FrameDecoder(maxFrame: 1 << 20, maxMeta: 1 << 18))
    var rest = frames()[...]
    var found: [String] = []
    while !rest.isEmpty {
      let room = input.room()
      let piece = rest.prefix(min(size, room.count))
      room.copyBytes(from: piece)
      input.received(piece.count)
      rest = rest.dropFirst(piece.count)
      while let frame = try input.next() {
        let isRight = frame.payload.allSatisfy { $0 == UInt8(frame.header.stream) }
        found.append("\(frame.header.stream) \(frame.meta.count) \(frame.payload.count) \(isRight)")
      }
    }
    #expect(found == ["0 2 0 true", "1 32 300 true", "2 2003 20000 true"])
  }

  @Test func `a frame that is too long is refused before it is gathered`() throws {
    let input = FrameInput(FrameDecoder(maxFrame: 1000, maxMeta: 1000))
    let room = input.room()
    var header = [UInt8](repeating: 0, count: FrameHeader.size)
    header.withUnsafeMutableBytes { bytes in
      if let base = bytes.baseAddress {
        FrameHeader(.data, stream: 1, payloadLength: 1001).encode(into: base)
      }
    }
    room.copyBytes(from: header)
    input.received(header.count)
    #expect(throws: ProtocolViolation.frameTooLong) { try input.next() }
  }

  @Test(arguments: [0, 1, 125, 126, 127, 128, 16_380, 16_384, 3_000_000])
  func `nested messages have the length that they say`(size: Int) throws {
    let output = FrameOutput()
    output.frame(
      .log,
      meta: { message in
        message.message(1) { $0.text(2, String(repeating: "x", count: size)) }
        message.number(3, 7)
      })
    let bytes = Array(output.pending.dropFirst(FrameHeader.size))
    var position = 0
    func varint() -> Int {
      var (value, shift) = (0, 0)
      while true {
        let byte = Int(bytes[position])
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80 { return value }
      }
    }
    #expect(varint() == 1 << 3 | 2)
    let length = varint()
    let begin = position
    #expect(varint() == 2 << 3 | 2)
    #expect(varint() == size)
    position += size
    #expect(position - begin == length)
    #expect(varint() == 3 << 3)
    #expect(varint() == 7)
    #expect(position == bytes.count)
  }
}
