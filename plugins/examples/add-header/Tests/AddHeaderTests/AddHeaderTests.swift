// SPDX-License-Identifier: Apache-2.0

import PluginSDK
import PluginTesting
import Testing

@testable import add_header

struct AddHeaderTests {
  @Test func `adds its header to each request`() async throws {
    let harness = try await PluginHarness(AddHeader.self, config: .init(name: "x-team"))
    let result = try await harness.exchange(.get("/")).request()
    #expect(result.request.headers["x-team"] == "world")
  }

  @Test func `a mistake in the config is named`() async throws {
    await #expect(throws: ConfigError("/nmae", "unknown field")) {
      try await PluginHarness(AddHeader.self, configJSON: #"{"nmae": "x-team"}"#)
    }
  }
}
