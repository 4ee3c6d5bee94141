// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostExchange

struct StepMaskTests {
  @Test func `members are found down and up the chain`() {
    var mask = StepMask.none
    for step in [0, 3, 63] { mask.insert(step) }
    #expect(mask.first(from: 0) == 0)
    #expect(mask.first(from: 1) == 3)
    #expect(mask.first(from: 4) == 63)
    #expect(mask.first(from: 64) == nil)
    #expect(mask.last(before: 64) == 63)
    #expect(mask.last(before: 63) == 3)
    #expect(mask.last(before: 3) == 0)
    #expect(mask.last(before: 0) == nil)
    #expect(mask.before(63).count == 2)
    #expect(mask.before(64) == mask)
  }
}
