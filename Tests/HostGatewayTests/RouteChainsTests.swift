// SPDX-License-Identifier: Apache-2.0

import HostExchange
import Testing

@testable import HostGateway

/// Three plugins at three places: one before, one that tells who the client is, one behind.
struct RouteChainsTests {
  private func step(_ plugin: String, _ instance: UInt32) -> ChainStep {
    ChainStep(
      plugin: plugin, pool: 0, release: 1, instance: instance,
      services: plugin == "auth" ? [ServiceHost.consumers] : [],
      phases: [.request: PhaseSubscription(deadline: 1)])
  }

  private func chain(_ steps: [ChainStep]) -> Chain {
    var chain = Chain()
    chain.steps = steps
    for index in steps.indices { chain.plan.request.insert(index) }
    return chain
  }

  private func instances(_ chain: Chain?) -> [UInt32]? { chain?.steps.map(\.instance) }

  @Test func `behind the teller the instances are the consumer's, before it anyone's`() {
    let auth = step("auth", 1)
    let chains = RouteChains(
      anyone: chain([step("early", 0), auth, step("late", 2)]),
      scoped: [7: chain([step("early", 10), auth, step("late", 12)])])
    #expect(instances(chains.next(behind: 1, of: nil, for: 7)) == [0, 1, 12])
    #expect(chains.next(behind: 1, of: nil, for: nil) == nil)
    #expect(chains.next(behind: 1, of: nil, for: 8) == nil, "nothing is configured for those")
  }

  @Test func `a chain that differs only behind the teller is taken as it is`() throws {
    let (early, auth) = (step("early", 0), step("auth", 1))
    let other = chain([early, auth, step("late", 12)])
    let chains = RouteChains(anyone: chain([early, auth, step("late", 2)]), scoped: [0: other])
    let next = try #require(chains.next(behind: 1, of: nil, for: 0))
    #expect(zip(next.steps, other.steps).allSatisfy { $0 === $1 })
    #expect(next.plan == other.plan)
  }

  @Test func `told twice, each has the steps up to the next teller`() {
    let tellers = [step("auth", 0), step("auth", 2)]
    func all(_ one: UInt32, _ two: UInt32) -> Chain {
      chain([tellers[0], step("a", one), tellers[1], step("b", two)])
    }
    let chains = RouteChains(anyone: all(1, 3), scoped: [0: all(10, 30), 1: all(11, 31)])
    let first = chains.next(behind: 0, of: nil, for: 0)
    #expect(instances(first) == [0, 10, 2, 30])
    #expect(instances(chains.next(behind: 2, of: first, for: 1)) == [0, 10, 2, 31])
    #expect(instances(chains.next(behind: 2, of: first, for: nil)) == [0, 10, 2, 3])
    #expect(instances(chains.next(behind: 2, of: nil, for: 1)) == [0, 1, 2, 31])
  }
}
