// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import HostExchange

/// Steps are asked ahead of their turn where those before them will most likely not concern them.
struct ForesightTests {
  /// Each step has concerned the one given, often enough to be expected to.
  private func foresight(_ concerned: [Int: Int], acting: [Int] = []) -> Foresight {
    var habits = Habits()
    for (step, other) in concerned {
      for _ in 0..<Habits.patience { habits.replied(step, concerned: other) }
    }
    for step in acting { habits.acted(step) }
    return habits.foresight
  }

  private func script(
    _ foresight: Foresight, hasBody: Bool = false, _ change: (inout Plan) -> Void = { _ in }
  ) -> ExchangeScript {
    let plan = Plan.of {
      $0.request = [0, 1, 2, 3]
      change(&$0)
    }
    return ExchangeScript(plan, hasBody: hasBody, foresight: foresight)
  }

  private let nobody = StepMask.capacity

  @Test func `nothing is expected of who is not known`() {
    var script = script(Foresight())
    #expect(script.start() == "request@0")
    #expect(script.reply(0, .request) == "request@1")
  }

  @Test func `a step is asked with those that it does not concern`() {
    var script = script(foresight([0: nobody, 1: 3, 2: nobody]))
    #expect(script.start() == "request@0 request@1 request@2", "1 concerns 3")
    #expect(script.reply(0, .request) == "")
    #expect(script.reply(1, .request) == "")
    #expect(script.reply(2, .request) == "request@3")
    #expect(script.reply(3, .request) == "try")
  }

  @Test func `an answer waits for its turn`() {
    var script = script(foresight([0: nobody, 1: nobody, 2: nobody]))
    #expect(script.start() == "request@0 request@1 request@2 request@3")
    #expect(script.reply(3, .request) == "")
    #expect(
      script.reply(1, .request, changes: [PhaseChange(phase: .response, change: .drop)]) == "")
    #expect(!script.machine.isTurn(of: 1) && script.machine.isTurn(of: 0))
    #expect(script.reply(0, .request) == "", "1 counts now, and 2 is waited for")
    #expect(script.machine.isTurn(of: 2))
    #expect(script.reply(2, .request) == "try")
  }

  @Test func `who was shown what has changed is asked again, and those behind it`() {
    var script = script(foresight([0: nobody, 1: nobody, 2: nobody]))
    _ = script.start()
    _ = script.reply(3, .request, .respond(produced: false))
    #expect(script.edit(0, concerning: 2) == "back@2 back@3")
    #expect(script.reply(1, .request) == "request@2 request@3")
    #expect(script.reply(3, .request) == "")
    #expect(script.reply(2, .request) == "try", "what 3 had said at first does not count")
  }

  @Test func `the next step is asked again at once`() {
    var script = script(foresight([0: nobody, 1: 2]))
    #expect(script.start() == "request@0 request@1")
    #expect(script.edit(0, concerning: 1) == "back@1 request@1")
  }

  @Test func `a refusal ends the calls of those behind, answered or not`() {
    var script = script(foresight([0: nobody, 1: nobody, 2: nobody]))
    _ = script.start()
    _ = script.reply(2, .request)
    #expect(
      script.reply(0, .request, .respond(produced: false))
        .hasPrefix("cancel@1:done cancel@2:done cancel@3:done adopt@0"))
  }

  @Test func `a failure waits for its turn too`() {
    var script = script(foresight([0: nobody, 1: nobody, 2: nobody]))
    _ = script.start()
    #expect(script.fail(1, .request, .timeout) == "")
    #expect(script.reply(0, .request).hasPrefix("cancel@2:failed cancel@3:failed error:"))
  }

  @Test func `a failure that is survived lets the next answer count`() {
    var script = script(foresight([0: nobody, 1: nobody, 2: nobody])) { $0.open = [1] }
    _ = script.start()
    _ = script.fail(1, .request, .died)
    _ = script.reply(2, .request)
    #expect(script.reply(0, .request) == "")
    #expect(script.reply(3, .request) == "try")
  }

  @Test func `who does what cannot be undone is asked when it is its turn`() {
    var script = script(foresight([0: nobody, 1: nobody, 2: nobody], acting: [0, 2]))
    #expect(script.start() == "request@0 request@1")
    #expect(script.reply(1, .request) == "")
    #expect(script.reply(0, .request) == "request@2 request@3")
  }

  @Test func `inspectors say of themselves that they may be asked together, whatever they do`() {
    var script = script(foresight([:], acting: [0, 1])) { $0.inspects = [0, 1] }
    #expect(script.start() == "request@0 request@1")
    #expect(script.machine.waitsForInspectors(1) && !script.machine.waitsForInspectors(2))
  }

  @Test func `an inspector that acts is not asked behind who only happens not to concern it`() {
    var script = script(foresight([0: nobody], acting: [1])) { $0.inspects = [1] }
    #expect(script.start() == "request@0")
  }

  @Test func `who wants a body that is not here is not asked ahead`() {
    var script = script(foresight([0: nobody]), hasBody: true) { $0.requestBody = [1] }
    #expect(script.start() == "request@0")
    script.on { $0.requestBodyFinished(&$1) }
    #expect(script.reply(0, .request) == "request@1")
  }

  @Test func `another chain takes back who was asked of the former one`() {
    var script = script(foresight([0: nobody, 1: nobody]))
    _ = script.start()
    let plan = Plan.of { $0.request = [2] }
    script.on { machine, actions in
      machine.chainChanged(behind: 0, subscribed: plan, &actions)
      machine.replied(step: 0, phase: .request, .proceed, changes: [], &actions)
    }
    #expect(script.wanted() == "back@1 back@2 request@2")
  }

  // MARK: - What is learned

  @Test func `only after many replies is less expected, at once more`() {
    var habits = Habits()
    for _ in 1..<Habits.patience { habits.replied(0, concerned: nobody) }
    #expect(habits.foresight.reach(of: 0) == 0)
    habits.replied(0, concerned: nobody)
    #expect(habits.foresight.reach(of: 0) == nobody)
    habits.replied(0, concerned: 2)
    #expect(habits.foresight.reach(of: 0) == 2)
  }

  @Test func `the nearest that was concerned in that time is what is expected`() {
    var habits = Habits()
    for number in 0..<Habits.patience { habits.replied(1, concerned: number == 3 ? 5 : nobody) }
    #expect(habits.foresight.reach(of: 1) == 5)
    for _ in 0..<Habits.patience { habits.replied(1, concerned: nobody) }
    #expect(habits.foresight.reach(of: 1) == nobody)
  }
}
