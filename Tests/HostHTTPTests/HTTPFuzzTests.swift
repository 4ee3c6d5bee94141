// SPDX-License-Identifier: Apache-2.0

import HTTPFuzzer
import HostHTTP
import Testing

/// The target `http` of `make fuzz`, for a while: always the same inputs, so that a failure is one for everybody.
struct HTTPFuzzTests {
  @Test func `changed messages break no law`() async throws {
    var fuzzer = HTTPFuzzer(seed: 1)
    for _ in 0..<25 {
      for _ in 0..<100 { try fuzzer.iterate() }
      await Task.yield()  // other tests wait for events
    }
    #expect(fuzzer.messages > fuzzer.iterations / 3, "inputs get far")
    let expected: [HTTPRefusal] = [
      .bareLineFeed, .bareCarriageReturn, .badRequestLine, .badStatusLine, .missingHost,
      .duplicateHost, .badLength, .duplicateLength, .lengthWithTransferCoding, .badTransferCoding,
      .headTooLarge, .tooManyHeaders, .badChunkSize, .badChunkEnd, .chunkExtensionTooLong,
      .trailersTooLarge, .truncated,
    ]
    for refusal in expected {
      #expect(fuzzer.refusals[refusal.rawValue] != nil, "\(refusal.rawValue) is met")
    }
  }
}
