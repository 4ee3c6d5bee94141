// SPDX-License-Identifier: Apache-2.0

import HostTLS
import TLSFuzzer
import Testing

/// The target `tls` of `make fuzz`, for a while: always the same connections.
struct RecordFuzzTests {
  @Test func `damaged records break no law`() async throws {
    var fuzzer = try TLSFuzzer(seed: 1)
    for _ in 0..<24 {
      for _ in 0..<50 { try fuzzer.iterate() }
      await Task.yield()  // other tests wait for events
    }
    // Most damage is found at once; what changes only a length waits for more.
    let failures = fuzzer.failures.values.reduce(0, +)
    #expect(failures > fuzzer.iterations / 4)
    for receiver in TLSFuzzer.Receiver.allCases {
      for version in TLSFuzzer.Version.allCases {
        for stage in TLSFuzzer.Stage.allCases {
          let what = TLSFuzzer.Case(receiver, version, stage)
          #expect(fuzzer.failures[what] != nil, "\(what) is met")
        }
      }
    }
  }
}
