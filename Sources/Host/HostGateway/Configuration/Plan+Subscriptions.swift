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
  /// Has the step called in the phases that its instance wants.
  mutating func subscribe(_ step: Int, _ answer: ControlMessage.Configured.Instance) {
    for message in answer.subscriptions {
      switch Phase(number: message.phase) {
      case .request:
        request.insert(step)
        if message.wantsBody { requestBody.insert(step) }
        if message.inspects { inspects.insert(step) }
      case .retry: retry.insert(step)
      case .response:
        response.insert(step)
        if message.wantsBody { responseBody.insert(step) }
      case .chunk:
        if message.stream == .copy { copy.insert(step) } else { transform.insert(step) }
      case .complete: complete.insert(step)
      case .produce, nil: break
      }
    }
  }
}
