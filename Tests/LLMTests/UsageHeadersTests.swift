// SPDX-License-Identifier: Apache-2.0

import LLM
import Testing

@Suite struct UsageHeadersTests {
  private let both = UsageHeaders(prompt: "x-in", completion: "x-out")

  @Test func `a usage is told whole`() {
    #expect(
      both.usage { ["x-in": "3", "x-out": "4"][$0] } == Usage(promptTokens: 3, completionTokens: 4))
    #expect(
      UsageHeaders(prompt: "x-in").usage { ["x-in": "3"][$0] }
        == Usage(promptTokens: 3, completionTokens: 0))
    #expect(both.names == ["x-in", "x-out"])
  }

  @Test(arguments: [
    [:], ["x-in": "3"], ["x-out": "4"], ["x-in": "-3", "x-out": "4"], ["x-in": "a", "x-out": "4"],
  ])
  func `half a usage, or what is no count, is none`(headers: [String: String]) {
    #expect(both.usage { headers[$0] } == nil)
  }
}
