// SPDX-License-Identifier: Apache-2.0

import HTTP2Fuzzer
import Testing

/// The targets of `make fuzz` for HTTP/2, for a while: always the same connections.
struct HTTP2FuzzTests {
  @Test func `what clients send breaks no law`() async throws {
    var fuzzer = try HTTP2ClientFuzzer(seed: 1)
    for _ in 0..<12 {
      for _ in 0..<50 { try fuzzer.iterate() }
      await Task.yield()  // other tests wait for events
    }
    #expect(fuzzer.requests > fuzzer.iterations / 2, "connections get far")
    #expect(fuzzer.broken > 0)
  }

  @Test func `what upstreams send breaks no law`() async throws {
    var fuzzer = try HTTP2UpstreamFuzzer(seed: 1)
    for _ in 0..<12 {
      for _ in 0..<50 { try fuzzer.iterate() }
      await Task.yield()  // other tests wait for events
    }
    for status in [200, 204, 304, 502, 103] {
      #expect(fuzzer.statuses[status] != nil, "\(status) is met")
    }
    #expect(fuzzer.statuses[200, default: 0] > fuzzer.iterations / 4, "upstreams get far")
  }
}
