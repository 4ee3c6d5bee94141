// SPDX-License-Identifier: Apache-2.0

extension Plan {
  /// The plan up to a step, and another one from there on.
  package func joined(with later: Plan, from step: Int) -> Plan {
    func join(_ path: KeyPath<Plan, StepMask>) -> StepMask {
      self[keyPath: path].before(step).union(later[keyPath: path].from(step))
    }
    var plan = Plan()
    plan.request = join(\.request)
    plan.requestBody = join(\.requestBody)
    plan.inspects = join(\.inspects)
    plan.retry = join(\.retry)
    plan.response = join(\.response)
    plan.responseBody = join(\.responseBody)
    plan.copy = join(\.copy)
    plan.transform = join(\.transform)
    plan.complete = join(\.complete)
    plan.open = join(\.open)
    return plan
  }
}
