// SPDX-License-Identifier: Apache-2.0

import FrameFuzzer
import PluginProtocol
import Testing
import WireTranscripts

/// The fuzzer of `make fuzz`, for a while: always the same conversations, so that a failure is one for everybody.
struct FrameFuzzTests {
  @Test(arguments: [1, 1_000_000])
  func `changed conversations break no law`(seed: UInt64) throws {
    let corpus = try GoldenTranscripts.all().map { Transcript($0.entries) }
    var fuzzer = FrameFuzzer(corpus: corpus, seed: seed)
    for _ in 0..<3_000 { try fuzzer.iterate() }
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
