// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostGateway

struct FormerExchangesTests {
  private func ends(_ former: inout FormerExchanges, _ generation: UInt64) -> Bool {
    former.ended(generation)
  }

  @Test func `exchanges of the newest generation are not counted`() {
    var former = FormerExchanges()
    former.adopted(1, live: [1, 1])
    #expect(!former.contains(1))
    #expect(ends(&former, 1) == false)
  }

  @Test func `the last exchange of a former generation is told, once`() {
    var former = FormerExchanges()
    former.adopted(3, live: [1, 2, 2, 3])
    #expect(former.contains(1) && former.contains(2) && !former.contains(3))
    #expect(ends(&former, 1) == true)
    #expect(ends(&former, 3) == false)
    #expect(ends(&former, 2) == false)
    #expect(ends(&former, 2) == true)
    #expect(!former.contains(2))
    #expect(ends(&former, 2) == false, "it is over already")
  }

  @Test func `what was the newest is counted from the next one on`() {
    var former = FormerExchanges()
    former.adopted(2, live: [1, 2])
    former.adopted(3, live: [1, 2, 2])
    #expect(ends(&former, 2) == false)
    #expect(ends(&former, 2) == true)
    #expect(ends(&former, 1) == true)
  }
}
