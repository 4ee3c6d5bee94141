// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostExchange
import NIOCore
import PluginProtocol

// Steps of the request phase that are asked ahead of their turn: their answers wait for it, and count only when nothing that
// they were shown has changed until then.
extension Exchange {
  /// Whether what comes of the step counts now.
  func isDue(_ step: Int) -> Bool {
    calls[step].phase != .request || machine.isTurn(of: step)
  }

  /// The step's turn has not come: what came of its call waits for it.
  func keep(_ answer: EarlyAnswer, _ step: Int) {
    calls[step].early = answer
    calls[step].answered = worker.now()
    on { machine, _ in machine.answeredAhead(step) }
  }

  /// It is the step's turn, and its answer is here.
  func settle(_ step: Int) {
    guard let answer = calls[step].early else { return }
    calls[step].early = nil
    switch answer {
    case .failed(let outcome):
      on { $0.callFailed(step: step, phase: .request, outcome, &$1) }
    case .reply(let message, let payload, let isLast):
      let violation = worker.withReply(message) {
        committed(step, .request, $0.pointee, payload, isLast: isLast)
      }
      guard let violation, let lane = calls[step].answerer else { return }
      calls[step].answered = 0
      lane.refused(calls[step].stream, self, step: step, violation)
    }
  }

  /// The step is not to be asked before its turn.
  func putOff(_ step: Int) {
    on { $0.takeBack(from: step, &$1) }
  }

  /// Drops the step's call, which will be made again: that one has its number, and so its writes count once.
  func takeBack(_ step: Int) {
    let wasCalled = calls[step].phase != nil || calls[step].early != nil
    // One that no process had room for was none.
    if calls[step].phase != nil, calls[step].sent != 0 { record(step, .request, .superseded) }
    calls[step].phase = nil
    calls[step].early = nil
    closeStream(of: step)
    callEnded(step)
    if wasCalled { calls[step].number &-= 1 }
  }

  /// Whether a service may be performed for the step now. What dropping its answer would not undo is not done for a step that
  /// is asked ahead of its turn; inspectors have said that their neighbours do not matter to them.
  func mayServe(_ call: Patchbay__Plugin__V1__ServiceCall, to step: Int) -> Bool {
    guard calls[step].phase == .request, !ServiceHost.isPure(call) else { return true }
    habits?.learned.acted(step)
    return machine.isTurn(of: step) || machine.waitsForInspectors(step)
  }

  /// Time that the exchange waited for plugins: what two of them took together counts once.
  func countPluginTime(from start: UInt64, to end: UInt64) {
    let start = max(start, facts.pluginTimeEnd)
    guard end > start else { return }
    facts.pluginTime += end - start
    facts.pluginTimeEnd = end
  }
}

// MARK: - Whom a reply concerns

extension Exchange {
  /// A reply counts now: goes over to another chain where it says so, and remembers whom it concerns.
  ///
  /// - Returns: The first step behind that is shown something else because of it; the capacity: none.
  func concern(
    of reply: Patchbay__Plugin__V1__Reply, _ step: Int, _ phase: Phase,
    _ verdict: ExchangeMachine.Verdict
  ) -> Int {
    guard phase == .request else { return StepMask.capacity }
    // Other instances may stand where those are that were asked.
    let isOtherChain = reply.authenticate != nil && changeChain(behind: step)
    guard verdict == .proceed else { return StepMask.capacity }  // nobody behind counts
    let behind = machine.plan.request.from(step + 1)
    let concerned =
      isOtherChain
      ? behind.first(from: 0) : behind.first { isConcerned($0, by: reply) }
    habits?.learned.replied(step, concerned: concerned ?? StepMask.capacity)
    return concerned ?? StepMask.capacity
  }

  /// Whether a step that has not been due is shown something else because of the reply.
  private func isConcerned(_ step: Int, by reply: Patchbay__Plugin__V1__Reply) -> Bool {
    if reply.n_splices > 0, machine.plan.requestBody.contains(step) { return true }
    guard let subscription = chain.steps[step][.request] else { return false }
    let headers = subscription.headers
    for index in 0..<reply.n_request_headers {
      if let name = reply.request_headers[index]?.pointee.name, headers.shows(name.view) {
        return true
      }
    }
    for index in 0..<reply.n_variables where !subscription.variables.isEmpty {
      if let name = reply.variables[index]?.pointee.name,
        subscription.variables.contains(String(cString: name))
      {
        return true
      }
    }
    guard reply.authenticate != nil else { return false }
    return subscription.variables.contains { NamedValue.isIdentity($0.utf8) }
      || ClientIdentity.headers.contains {
        headers.shows(UnsafeRawBufferPointer(start: $0.utf8Start, count: $0.utf8CodeUnitCount))
      }
  }
}

extension ServiceHost {
  /// Whether a service only tells what the configuration has, so that it does not matter how often it is asked.
  static func isPure(_ call: Patchbay__Plugin__V1__ServiceCall) -> Bool {
    switch call.operation_case {
    case PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_SIGN_HMAC,
      PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_SIGN_JWT,
      PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_FIND_CREDENTIAL,
      PATCHBAY__PLUGIN__V1__SERVICE_CALL__OPERATION_FIND_CONSUMER:
      true
    default: false
    }
  }
}
