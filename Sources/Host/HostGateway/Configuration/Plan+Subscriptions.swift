// SPDX-License-Identifier: Apache-2.0

import HostExchange
import PluginProtocol

extension PhaseSubscription {
  /// What an instance wants, by phase.
  ///
  /// - Parameter allowed: milliseconds that the operator gives a call at most.
  static func all(
    of answer: ControlMessage.Configured.Instance, allowed: Int?
  ) -> [Phase: PhaseSubscription] {
    var phases: [Phase: PhaseSubscription] = [:]
    for message in answer.subscriptions {
      guard let phase = Phase(number: message.phase) else { continue }
      phases[phase] = PhaseSubscription(
        headers: HeaderSelection(message.headers), variables: message.variables,
        bodyLimit: message.bodyLimit == 0 ? .max : Int(clamping: message.bodyLimit),
        deadline: deadline(message, allowed), condition: message.condition.map { Condition($0) },
        requestBody: message.requestBody, responseBody: message.responseBody)
    }
    return phases
  }

  private static func deadline(_ message: SubscriptionMessage, _ allowed: Int?) -> UInt64 {
    let wanted = UInt64(message.deadlineMilliseconds) * 1_000_000
    guard let allowed = allowed.map({ UInt64($0) * 1_000_000 }) else {
      return wanted == 0 ? Exchange.defaultDeadline : wanted
    }
    return wanted == 0 ? allowed : min(wanted, allowed)
  }
}

extension Plan {
  /// Makes it the plan of a chain of one step.
  mutating func subscribe(_ answer: ControlMessage.Configured.Instance) {
    for message in answer.subscriptions {
      switch Phase(number: message.phase) {
      case .request:
        request.insert(0)
        if message.wantsBody { requestBody.insert(0) }
        if message.inspects { inspects.insert(0) }
      case .retry: retry.insert(0)
      case .response:
        response.insert(0)
        if message.wantsBody { responseBody.insert(0) }
      case .chunk:
        if message.stream == .copy { copy.insert(0) } else { transform.insert(0) }
      case .complete: complete.insert(0)
      case .produce, nil: break
      }
    }
  }

  /// Puts the only step of another plan at a place of this one.
  mutating func subscribe(_ step: Int, _ single: Plan) {
    func put(_ path: WritableKeyPath<Plan, StepMask>) {
      if single[keyPath: path].contains(0) { self[keyPath: path].insert(step) }
    }
    put(\.request)
    put(\.requestBody)
    put(\.inspects)
    put(\.retry)
    put(\.response)
    put(\.responseBody)
    put(\.copy)
    put(\.transform)
    put(\.complete)
  }
}
