// SPDX-License-Identifier: Apache-2.0

import ConfigurationFuzzer
import Testing

/// The target `configuration` of `make fuzz`, for a while: always the same files.
struct ConfigurationFuzzTests {
  @Test func `changed files are taken, or refused with places`() async throws {
    var fuzzer = ConfigurationFuzzer(seed: 1)
    for _ in 0..<30 {
      for _ in 0..<50 { try fuzzer.iterate() }
      await Task.yield()  // other tests wait for events
    }
    #expect(fuzzer.accepted > fuzzer.iterations / 10, "files get far")
    #expect(fuzzer.messages.count > 50, "and are wrong in many ways")
  }
}
