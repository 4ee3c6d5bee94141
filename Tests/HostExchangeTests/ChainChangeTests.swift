// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import HostExchange

/// A step tells who the client is, and others follow it than were to.
struct ChainChangeTests {
  private func script(_ plan: Plan, hasBody: Bool = false) -> ExchangeScript {
    ExchangeScript(plan, hasBody: hasBody)
  }

  private func change(
    _ script: inout ExchangeScript, behind step: Int, to plan: Plan, _ changes: [PhaseChange] = []
  ) -> String {
    script.on { machine, actions in
      machine.chainChanged(behind: step, subscribed: plan, &actions)
      machine.replied(step: step, phase: .request, .proceed, changes: changes, &actions)
    }
    return script.wanted()
  }

  @Test func `the steps behind it are those of the new plan in every phase`() {
    var script = script(
      .of {
        $0.request = [0, 1, 2]
        $0.response = [0, 2]
        $0.complete = [2]
      })
    #expect(script.start() == "request@0")
    #expect(script.reply(0, .request) == "request@1")
    let plan = Plan.of {
      $0.request = [1, 3]
      $0.response = [1, 3]
      $0.complete = [0, 3]
    }
    #expect(change(&script, behind: 1, to: plan) == "request@3")
    #expect(script.reply(3, .request) == "try")
    #expect(script.upstream(hasBody: false) == "response@3")
    #expect(script.reply(3, .response) == "response@0", "1 is not among those it had")
    #expect(script.reply(0, .response) == "head:whole end complete@3")
    #expect(script.reply(3, .complete) == "finish")
  }

  @Test func `steps that were asked keep what their replies have changed`() {
    var script = script(
      .of {
        $0.request = [0, 1]
        $0.response = [0, 1]
        $0.responseBody = [0, 1]
      })
    _ = script.start()
    let drop = PhaseChange(phase: .response, change: .drop)
    #expect(script.reply(0, .request, changes: [drop]) == "request@1")
    let plan = Plan.of {
      $0.request = [0, 1, 2]
      $0.response = [0, 1, 2]
      $0.responseBody = [0]
    }
    let head = PhaseChange(phase: .response, change: .head)
    #expect(change(&script, behind: 1, to: plan, [head]) == "request@2")
    #expect(script.reply(2, .request) == "try")
    #expect(script.upstream() == "response@2")
    #expect(script.reply(2, .response) == "response@1", "with the head only, as it said")
    #expect(script.reply(1, .response) == "head:unchanged", "0 has dropped it")
  }

  @Test func `a step of the new plan may change what that gives it`() {
    var script = script(.of { $0.request = [0] })
    _ = script.start()
    let plan = Plan.of {
      $0.request = [1]
      $0.copy = [1]
      $0.responseBody = [1]
      $0.response = [1]
    }
    #expect(change(&script, behind: 0, to: plan) == "request@1")
    let transform = PhaseChange(phase: .chunk, change: .transform)
    #expect(script.reply(1, .request, changes: [transform]) == "try")
    #expect(script.machine.plan.transform == [1] && script.machine.plan.copy.isEmpty)
    #expect(script.machine.subscribed.copy == [1])
  }

  @Test func `a step of the new plan that wants the body waits for it`() {
    var script = script(.of { $0.request = [0] }, hasBody: true)
    #expect(script.start() == "request@0")
    let plan = Plan.of {
      $0.request = [1]
      $0.requestBody = [1]
    }
    #expect(change(&script, behind: 0, to: plan) == "collect-request")
    script.on { $0.requestBodyFinished(&$1) }
    #expect(script.wanted() == "request@1")
    #expect(script.reply(1, .request) == "try")
  }

  @Test func `nobody may be left to ask`() {
    var script = script(
      .of {
        $0.request = [0, 1]
        $0.retry = [1]
        $0.complete = [1]
      })
    _ = script.start()
    #expect(change(&script, behind: 0, to: Plan()) == "try")
    #expect(script.upstream(hasBody: false) == "head:whole end finish")
  }

  @Test func `whose failure is survived is a matter of the new plan too`() {
    var script = script(.of { $0.request = [0, 1] })
    _ = script.start()
    let plan = Plan.of {
      $0.request = [1]
      $0.open = [1]
    }
    #expect(change(&script, behind: 0, to: plan) == "request@1")
    #expect(script.fail(1, .request, .died) == "try")
  }

  @Test(arguments: 0...4)
  func `joined, each mask has the lower steps of one and the upper of the other`(
    step: Int
  ) {
    let masks: [WritableKeyPath<Plan, StepMask>] = [
      \.request, \.requestBody, \.inspects, \.retry, \.response, \.responseBody, \.copy,
      \.transform,
      \.complete, \.open,
    ]
    for path in masks {
      var (one, other) = (Plan(), Plan())
      one[keyPath: path] = [0, 2]
      other[keyPath: path] = [1, 3]
      let joined = one.joined(with: other, from: step)
      let expected = [0, 2].filter { $0 < step } + [1, 3].filter { $0 >= step }
      #expect(Array(joined[keyPath: path]) == expected.sorted())
    }
  }
}
