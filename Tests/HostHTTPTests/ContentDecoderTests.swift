// SPDX-License-Identifier: Apache-2.0

import HTTPFuzzer
import HostHTTP
import NIOCore
import Testing

/// What comes out of a compressed body, however it comes in.
struct ContentDecoderTests {
  private static let events = (0..<12).map { Array("data: {\"delta\": \"word \($0)\"}\n\n".utf8) }

  private func coding(_ format: Compressor.Format) -> ContentCoding {
    format == .gzip ? .gzip : .deflate
  }

  @Test(arguments: Compressor.Format.allCases)
  func `a body is the same however it is cut`(_ format: Compressor.Format) {
    let whole = Compressor.parts(Self.events, format).flatMap(\.self)
    for cut in 0...whole.count {
      let content = DecodedContent([whole[..<cut], whole[cut...]], coding(format))
      #expect(
        content.bytes == Self.events.flatMap(\.self) && content.refusal == nil, "cut at \(cut)")
    }
    for limit in [1, 7, 1 << 20] {
      let single = DecodedContent(
        whole.indices.map { whole[$0...$0] }, coding(format), atMost: limit)
      #expect(single.bytes == Self.events.flatMap(\.self) && single.refusal == nil)
      #expect(single.largest <= limit)
    }
  }

  @Test(arguments: Compressor.Format.allCases)
  func `what was flushed comes out at once`(_ format: Compressor.Format) {
    let parts = Compressor.parts(Self.events, format)
    let content = DecodedContent(parts.map { $0[...] }, coding(format))
    var sum = 0
    #expect(
      content.steps
        == Self.events.map {
          sum += $0.count; return sum
        })
  }

  @Test func `members of gzip follow each other`() {
    let two = Self.events.prefix(2).flatMap { Compressor.compress($0, .gzip) }
    for cut in 0...two.count {
      let content = DecodedContent([two[..<cut], two[cut...]], .gzip)
      #expect(content.bytes == Self.events.prefix(2).flatMap(\.self) && content.refusal == nil)
    }
  }

  @Test(arguments: Compressor.Format.allCases)
  func `a body that ends early is refused`(_ format: Compressor.Format) {
    let whole = Compressor.parts(Self.events, format).flatMap(\.self)
    for count in 1..<whole.count {
      #expect(DecodedContent([whole[..<count]], coding(format)).refusal == .truncated, "\(count)")
    }
    #expect(DecodedContent([], coding(format)).refusal == nil, "what is empty has no coding")
  }

  @Test(arguments: [Compressor.Format.gzip, .zlib])
  func `a body that was damaged is refused`(_ format: Compressor.Format) {
    let text = Self.events.flatMap(\.self)
    let whole = Compressor.compress(text, format)
    var refused = 0
    for index in whole.indices {
      var damaged = whole
      damaged[index] ^= 0x10
      let content = DecodedContent([damaged[...]], coding(format))
      // What a header says beside the format means nothing.
      if content.refusal == nil { #expect(content.bytes == text) } else { refused += 1 }
    }
    #expect(refused > whole.count - 10)
  }

  @Test(arguments: Compressor.Format.allCases)
  func `nothing stands behind the end`(_ format: Compressor.Format) {
    let whole = Compressor.compress(Self.events[0], format) + [0x00]
    #expect(DecodedContent([whole[...]], coding(format)).refusal != nil)
  }

  @Test func `a body that is something else is refused`() {
    #expect(DecodedContent([Array("plain text".utf8)[...]], .gzip).refusal == .corrupt)
    #expect(DecodedContent([Array("plain text".utf8)[...]], .deflate).refusal == .corrupt)
  }

  @Test func `what grows a thousandfold is refused before it is large`() {
    let bomb = Compressor.compress([UInt8](repeating: 0, count: 32 << 20), .gzip)
    let content = DecodedContent([bomb[...]], .gzip, atMost: 65536)
    #expect(content.refusal == .bomb)
    #expect(content.bytes.count < bomb.count * ContentDecoder.mostGrowth + 65536 * 2)
    // A small one is nobody's memory.
    let small = Compressor.compress([UInt8](repeating: 0, count: ContentDecoder.freeOutput), .gzip)
    #expect(DecodedContent([small[...]], .gzip, atMost: 65536).refusal == nil)
  }

  @Test func `changed bodies break no law`() async throws {
    var fuzzer = ContentFuzzer(seed: 1)
    for _ in 0..<20 {
      for _ in 0..<50 { try fuzzer.iterate() }
      await Task.yield()  // other tests wait for events
    }
    #expect(fuzzer.whole > fuzzer.iterations / 4, "inputs get far")
    #expect(Set(fuzzer.refusals.keys) == ["corrupt-content", "truncated-content"])
  }
}
