// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostExchange

/// Who sees the body of an upstream's response.
struct PlanTests {
  private let first: StepMask = {
    var mask = StepMask()
    mask.insert(0)
    return mask
  }()

  @Test func `nobody, where only heads are wanted`() {
    var plan = Plan()
    plan.request = first
    plan.requestBody = first
    plan.response = first
    plan.complete = first
    #expect(!plan.watchesResponse(subscribed: plan))
  }

  @Test(arguments: [true, false])
  func `whoever sees its pieces`(transforms: Bool) {
    var plan = Plan()
    if transforms { plan.transform = first } else { plan.copy = first }
    #expect(plan.watchesResponse(subscribed: plan))
    var dropped = plan
    dropped.apply(PhaseChange(phase: .chunk, change: .drop), to: 0, subscribed: plan)
    #expect(!dropped.watchesResponse(subscribed: plan))
    // It is still asked about the head, and may change its mind.
    dropped.response = first
    #expect(dropped.watchesResponse(subscribed: plan))
  }

  @Test func `whoever wants it whole, if it is asked`() {
    var plan = Plan()
    plan.response = first
    plan.responseBody = first
    #expect(plan.watchesResponse(subscribed: plan))
    var changed = plan
    changed.apply(PhaseChange(phase: .response, change: .drop), to: 0, subscribed: plan)
    #expect(!changed.watchesResponse(subscribed: plan))
  }
}
