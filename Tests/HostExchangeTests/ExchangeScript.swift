// SPDX-License-Identifier: Apache-2.0

import NIOCore

@testable import HostExchange

/// Drives a machine by hand and writes down what it wanted, one short word an action.
struct ExchangeScript {
  var machine: ExchangeMachine
  /// Actions since they were last asked for.
  private var log: [String] = []
  private var body = ByteBuffer()
  /// Answers of steps that are not due yet.
  private var early: [Int: (inout ExchangeMachine, inout [ExchangeAction]) -> Void] = [:]

  init(
    _ plan: Plan, hasBody: Bool = false, tries: Int = 1, foresight: Foresight = Foresight()
  ) {
    machine = ExchangeMachine(
      plan: plan, hasBody: hasBody, maximumTries: tries, foresight: foresight)
  }

  /// Runs one event and obeys what it leads to as a driver would.
  mutating func on(_ event: (inout ExchangeMachine, inout [ExchangeAction]) -> Void) {
    var actions: [ExchangeAction] = []
    event(&machine, &actions)
    var index = 0
    while index < actions.count {
      note(actions[index], &actions)
      index += 1
    }
  }

  /// What the machine wanted since the last time, as one line.
  mutating func wanted() -> String {
    defer { log.removeAll() }
    return log.joined(separator: " ")
  }

  mutating func start() -> String {
    on { $0.started(&$1) }
    return wanted()
  }

  mutating func reply(
    _ step: Int, _ phase: Phase, _ verdict: ExchangeMachine.Verdict = .proceed,
    changes: [PhaseChange] = []
  ) -> String {
    answer(step, phase) {
      $0.replied(step: step, phase: phase, verdict, changes: changes, &$1)
    }
    return wanted()
  }

  /// The step's reply, which is due, changes what those from `concerned` on are shown.
  mutating func edit(_ step: Int, concerning concerned: Int) -> String {
    on {
      $0.takeBack(from: concerned, &$1)
      $0.replied(step: step, phase: .request, .proceed, changes: [], &$1)
    }
    return wanted()
  }

  private mutating func answer(
    _ step: Int, _ phase: Phase,
    _ event: @escaping (inout ExchangeMachine, inout [ExchangeAction]) -> Void
  ) {
    if phase != .request || machine.isTurn(of: step) { return on(event) }
    early[step] = event
    on { machine, _ in machine.answeredAhead(step) }
  }

  mutating func fail(_ step: Int, _ phase: Phase, _ outcome: Outcome) -> String {
    answer(step, phase) { $0.callFailed(step: step, phase: phase, outcome, &$1) }
    return wanted()
  }

  mutating func lose(_ step: Int, _ phase: Phase) -> String {
    on { $0.callLost(step: step, phase: phase, &$1) }
    return wanted()
  }

  mutating func upstream(hasBody: Bool = true) -> String {
    on { $0.upstreamResponded(hasBody: hasBody, &$1) }
    return wanted()
  }

  mutating func receive(_ text: String) -> String {
    on { $0.upstreamBody(ByteBuffer(string: text), &$1) }
    return wanted()
  }

  mutating func finish() -> String {
    on { $0.upstreamFinished(&$1) }
    return wanted()
  }

  private mutating func note(_ action: ExchangeAction, _ actions: inout [ExchangeAction]) {
    switch action {
    case .call(let step, let phase): log.append("\(phase)@\(step)")
    case .settle(let step): early.removeValue(forKey: step)?(&machine, &actions)
    case .takeBack(let step):
      early[step] = nil
      log.append("back@\(step)")
    case .cancel(let step, let reason): log.append("cancel@\(step):\(reason)")
    case .collectRequestBody: log.append("collect-request")
    case .startTry: log.append("try")
    case .abortUpstream: log.append("abort")
    case .adoptResponse(let step):
      log.append("adopt@\(step)")
      machine.replaceCollected(ByteBuffer(string: "plugin"))
    case .adoptError(let error):
      log.append("error:\(error.code)")
      machine.replaceCollected(ByteBuffer(string: "error"))
    case .collectResponseBody: log.append("collect-response")
    case .sendHead(let kind):
      log.append("head:\(kind)")
      machine.headWritten(body: machine.takeCollected(), &actions)
    case .deliver(let bytes): log.append("'\(String(buffer: bytes))'")
    case .endResponse: log.append("end")
    case .cutResponse(let error): log.append("cut:\(error.code)")
    case .finish: log.append("finish")
    }
  }
}

extension StepMask: ExpressibleByArrayLiteral {
  /// These steps.
  public init(arrayLiteral steps: Int...) {
    self.init()
    for step in steps { insert(step) }
  }
}

extension Plan {
  static func of(_ change: (inout Plan) -> Void) -> Plan {
    var plan = Plan()
    change(&plan)
    return plan
  }
}
