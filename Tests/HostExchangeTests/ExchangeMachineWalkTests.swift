// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Seeded
import Testing

@testable import HostExchange

/// Random chains, random timing, random failures: whatever happens, the laws hold.
struct ExchangeMachineWalkTests {
  @Test(arguments: 0..<2_000 as Range<UInt64>)
  func `the laws hold whatever happens`(seed: UInt64) {
    var world = ExchangeWorld(seed: seed)
    world.run()
    #expect(world.broken == [], "seed \(seed)")
  }
}

/// A client, an upstream and plugins that behave at random, and what they must never see.
private struct ExchangeWorld {
  struct Call: Hashable {
    var step: Int
    var phase: Phase
  }

  var random: SplitMix
  private var plan: Plan
  /// Steps whose replies may tell who the client is.
  private let tellers: StepMask
  private let hasBody: Bool
  var machine: ExchangeMachine
  var broken: [String] = []

  private var actions: [ExchangeAction] = []
  private var calls: [Call] = []
  /// Answers of steps that are not due, and whether they are failures.
  private var early: [Int: Bool] = [:]
  /// By step: how often what it is shown has changed, and how often it had when it was asked.
  private var changes = [Int](repeating: 0, count: 5)
  private var shown = [Int](repeating: 0, count: 5)
  private var approved = StepMask.none
  private var upstreamOpen = false
  private var upstreamHeadSent = false
  private var bodyArrived = false
  private var headSent = false
  private var responseOver = false
  private var clientHere = true
  private var finished = false
  private var sent = ""
  private var delivered = ""
  private var respondedByUpstream = false

  init(seed: UInt64) {
    var random = SplitMix(seed: seed)
    tellers = Self.mask(&random)
    plan = Self.plan(&random, tellers)
    hasBody = random.next() % 2 == 0
    let foresight = Self.foresight(&random)
    machine = ExchangeMachine(
      plan: plan, hasBody: hasBody, maximumTries: 2, foresight: foresight)
    self.random = random
  }

  private static func mask(_ random: inout SplitMix) -> StepMask {
    StepMask(bits: random.next() & random.next() & 0b11111)
  }

  /// Of steps that have concerned one behind them, or none, or are not known.
  private static func foresight(_ random: inout SplitMix) -> Foresight {
    var habits = Habits()
    for step in 0..<5 where random.next() % 4 > 0 {
      let concerned = random.next() % 3 > 0 ? 64 : step + 1 + Int(random.next() % 4)
      for _ in 0..<Habits.patience { habits.replied(step, concerned: concerned) }
      if random.next() % 5 == 0 { habits.acted(step) }
    }
    return habits.foresight
  }

  private static func plan(_ random: inout SplitMix, _ tellers: StepMask) -> Plan {
    var plan = Plan()
    plan.request = mask(&random)
    plan.requestBody = plan.request.intersection(mask(&random))
    plan.inspects = mask(&random).subtracting(tellers)
    plan.retry = mask(&random)
    plan.response = mask(&random)
    plan.responseBody = plan.response.intersection(mask(&random))
    plan.transform = mask(&random)
    plan.copy = mask(&random).subtracting(plan.transform)
    plan.complete = mask(&random)
    plan.open = mask(&random)
    return plan
  }

  mutating func run() {
    machine.started(&actions)
    obey()
    for _ in 0..<2_000 where !finished {
      event()
      obey()
    }
    check(finished, "it ends: stuck in \(machine.state) with \(calls)")
    check(calls.isEmpty && early.isEmpty, "no call is left")
    check(!upstreamOpen, "no upstream is left")
    check(responseOver || !clientHere, "the client got an end")
  }

  private mutating func check(_ holds: Bool, _ law: String) {
    if !holds { broken.append(law) }
  }

  private mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

  private mutating func event() {
    if clientHere, !responseOver, chance(1) {
      clientHere = false
      return machine.clientLeft(&actions)
    }
    if hasBody, !bodyArrived, chance(30) {
      bodyArrived = true
      return chance(3)
        ? machine.requestFailed(.bodyTooLarge, &actions) : machine.requestBodyFinished(&actions)
    }
    if upstreamOpen, chance(50) { return upstreamEvent() }
    if chance(10) { return machine.clientWritability(chance(70), &actions) }
    guard let call = calls.randomElement(using: &random) else { return }
    calls.removeAll { $0 == call }
    if chance(3) { return machine.callLost(step: call.step, phase: call.phase, &actions) }
    let fails = chance(6)
    if call.phase == .request, !machine.isTurn(of: call.step) {
      if chance(10) {
        calls.append(call)
        return machine.takeBack(from: call.step, &actions)
      }
      early[call.step] = fails
      return machine.answeredAhead(call.step)
    }
    end(call, fails: fails)
  }

  private mutating func end(_ call: Call, fails: Bool) {
    if call.phase == .request {
      check(
        shown[call.step] == changes[call.step], "no answer counts that is about something else")
    }
    guard fails else { return answer(call) }
    let outcome = Outcome.allCases.filter { $0 != .ok && $0 != .responded }
      .randomElement(using: &random)
    machine.callFailed(step: call.step, phase: call.phase, outcome ?? .died, &actions)
    if plan.open.contains(call.step), call.phase == .request { approved.insert(call.step) }
  }

  /// What those from a step on are shown has changed.
  private mutating func change(from step: Int) {
    for later in changes.indices where later >= step { changes[later] += 1 }
    machine.takeBack(from: step, &actions)
  }

  private mutating func upstreamEvent() {
    if chance(4) {
      upstreamOpen = false
      return machine.upstreamFailed(.upstreamInvalid, repeatable: chance(50), &actions)
    }
    if !upstreamHeadSent {
      upstreamHeadSent = true
      respondedByUpstream = true
      let hasBody = chance(80)
      if !hasBody { upstreamOpen = false }
      return machine.upstreamResponded(hasBody: hasBody, &actions)
    }
    if chance(20) {
      upstreamOpen = false
      return machine.upstreamFinished(&actions)
    }
    let piece = "<\(sent.utf8.count)>"
    sent += piece
    machine.upstreamBody(ByteBuffer(string: piece), &actions)
  }

  private mutating func answer(_ call: Call) {
    var verdict = ExchangeMachine.Verdict.proceed
    switch call.phase {
    case .request, .response:
      if call.phase == .request { approved.insert(call.step) }
      if call.phase == .request, tellers.contains(call.step), chance(60) {
        let other = Self.plan(&random, tellers)
        machine.chainChanged(behind: call.step, subscribed: other, &actions)
        plan = plan.joined(with: other, from: call.step + 1)
        change(from: call.step + 1)
      } else if call.phase == .request, chance(20) {
        change(from: call.step + 1 + Int(random.next() % 3))
      }
      if chance(8) {
        verdict = .respond(produced: chance(50))
        respondedByUpstream = false
      }
    case .retry:
      if chance(40) { verdict = .giveUp }
    case .chunk:
      guard let piece = machine.piece(for: call.step) else {
        return check(false, "a chunk call has a piece")
      }
      let hold = piece.isLast ? 0 : Int(random.next() % UInt64(piece.bytes.readableBytes + 1))
      var output = piece.bytes
      output.moveWriterIndex(to: output.writerIndex - hold)
      verdict = .released(output, hold: hold, end: false)
    case .produce:
      verdict = .produced(ByteBuffer(string: "p"), end: chance(30))
    case .complete:
      break
    }
    machine.replied(step: call.step, phase: call.phase, verdict, changes: [], &actions)
  }

  private mutating func obey() {
    var index = 0
    while index < actions.count {
      check(!finished, "nothing follows the end")
      obey(actions[index])
      index += 1
    }
    actions.removeAll(keepingCapacity: true)
  }

  private mutating func obey(_ action: ExchangeAction) {
    switch action {
    case .call(let step, let phase):
      check(!calls.contains { $0.step == step }, "one call at a time for a step: \(phase)@\(step)")
      check(early[step] == nil, "whose answer is here is not asked")
      calls.append(Call(step: step, phase: phase))
      if phase == .request { shown[step] = changes[step] }
      check(subscribers(of: phase).contains(step), "only subscribers are called")
      if phase == .request, plan.requestBody.contains(step) {
        check(!hasBody || bodyArrived, "who wants the body gets all of it")
      }
    case .settle(let step):
      guard let fails = early.removeValue(forKey: step) else {
        return check(false, "whose answer is due has answered")
      }
      check(machine.isTurn(of: step), "answers count in the order of the chain")
      end(Call(step: step, phase: .request), fails: fails)
    case .takeBack(let step):
      check(
        calls.contains { $0.step == step } != (early[step] != nil),
        "only who was asked is taken back")
      check(!approved.contains(step), "what has counted is not taken back")
      calls.removeAll { $0.step == step }
      early[step] = nil
    case .cancel(let step, _):
      check(
        calls.contains { $0.step == step } || early[step] != nil,
        "only calls under way are cancelled")
      calls.removeAll { $0.step == step }
      early[step] = nil
    case .collectRequestBody: check(hasBody && !bodyArrived, "only what is missing is collected")
    case .startTry:
      let closed = plan.request.subtracting(plan.open)
      check(closed.subtracting(approved).isEmpty, "no request leaves before every guard answered")
      check(!upstreamOpen, "one try at a time")
      upstreamOpen = true
      upstreamHeadSent = false
    case .abortUpstream:
      check(upstreamOpen, "only a try under way is aborted")
      upstreamOpen = false
    case .adoptResponse, .adoptError:
      check(!headSent, "a response is chosen before its head is sent")
      respondedByUpstream = false
      machine.replaceCollected(ByteBuffer(string: "own"))
    case .collectResponseBody: break
    case .sendHead:
      check(!headSent && clientHere, "one head")
      headSent = true
      machine.headWritten(body: machine.takeCollected(), &actions)
    case .deliver(let bytes):
      check(headSent && !responseOver && clientHere, "bytes come between head and end")
      delivered += String(buffer: bytes)
      if respondedByUpstream {
        check(sent.hasPrefix(delivered), "every byte once and in order")
      }
    case .endResponse:
      check(headSent && !responseOver, "one end")
      if respondedByUpstream { check(delivered == sent, "nothing is missing at the end") }
      responseOver = true
    case .cutResponse:
      check(headSent && !responseOver, "a cut is an end")
      responseOver = true
    case .finish: finished = true
    }
  }

  private func subscribers(of phase: Phase) -> StepMask {
    switch phase {
    case .request: plan.request
    case .retry: plan.retry
    case .response: plan.response
    case .chunk: plan.copy.union(plan.transform)
    case .produce: plan.request.union(plan.response)
    case .complete: plan.complete
    }
  }
}
