// SPDX-License-Identifier: Apache-2.0

import FrameFuzzer
import PluginProtocol
import Testing
import WireTranscripts

/// The fuzzer of `make fuzz`, for a while: always the same conversations, so that a failure is one for everybody.
struct FrameFuzzTests {
  @Test func `changed conversations break no law`() async throws {
    let corpus = try GoldenTranscripts.all().map { Transcript($0.entries) }
    var fuzzer = FrameFuzzer(corpus: corpus, seed: 10_000)
    for _ in 0..<40 {
      for _ in 0..<100 { try fuzzer.iterate() }
      await Task.yield()  // other tests wait for events
    }
    let coverage = fuzzer.coverage
    #expect(coverage.frames > 3 * coverage.iterations, "conversations get far")
    let met = Set(coverage.violations.keys)
    let expected: [ProtocolViolation] = [
      .frameTooLong, .metaBeyondFrame, .metaTooLong, .reservedFlags, .unknownFrame,
      .unexpectedFrame, .badMessage, .neverOpened, .wrongParity, .streamReused, .notAsked,
      .wrongOrdinal, .payloadUnexpected, .badCredit,
    ]
    for violation in expected { #expect(met.contains(violation.rawValue), "\(violation) is met") }
  }
}
