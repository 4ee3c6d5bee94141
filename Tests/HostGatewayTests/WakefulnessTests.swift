// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostGateway

struct WakefulnessTests {
  @Test func `the first exchange keeps processors awake, those after it ask for nothing`() {
    var wakefulness = Wakefulness()
    #expect(wakefulness.exchangeBegan() == .keepAwake)
    #expect(wakefulness.exchangeBegan() == .nothing)
  }

  @Test func `a whole period without an exchange lets them sleep`() {
    var wakefulness = Wakefulness()
    _ = wakefulness.exchangeBegan()
    // The exchange began somewhere in the first period.
    #expect(wakefulness.periodPassed(isBusy: false) == .stayAwake)
    #expect(wakefulness.periodPassed(isBusy: false) == .letSleep)
    #expect(wakefulness.exchangeBegan() == .keepAwake)
  }

  @Test func `a long exchange keeps them awake until it is over`() {
    var wakefulness = Wakefulness()
    _ = wakefulness.exchangeBegan()
    for _ in 0..<3 { #expect(wakefulness.periodPassed(isBusy: true) == .stayAwake) }
    #expect(wakefulness.periodPassed(isBusy: false) == .letSleep)
  }

  @Test func `exchanges in each period keep them awake`() {
    var wakefulness = Wakefulness()
    for _ in 0..<3 {
      _ = wakefulness.exchangeBegan()
      #expect(wakefulness.periodPassed(isBusy: false) == .stayAwake)
    }
  }
}
