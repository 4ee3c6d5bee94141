// SPDX-License-Identifier: Apache-2.0

/// Who takes part in which phase of an exchange, as the subscriptions of its chain say.
///
/// A plan is made when a configuration is accepted and copied for each exchange, which then takes out the steps whose
/// condition does not hold and applies the changes that replies ask for.
package struct Plan: Equatable, Sendable {
  /// Called when the request's head is there.
  package var request = StepMask.none
  /// Of `request`: those that wait for the whole body.
  package var requestBody = StepMask.none
  /// Of `request`: those that never edit, so that neighbours may be called together.
  package var inspects = StepMask.none
  /// Called when a try failed.
  package var retry = StepMask.none
  /// Called when the response's head is there.
  package var response = StepMask.none
  /// Of `response`: those that wait for the whole body.
  package var responseBody = StepMask.none
  /// See the pieces of a streamed body without delaying them.
  package var copy = StepMask.none
  /// Stand between the pieces of a streamed body and the client.
  package var transform = StepMask.none
  /// Called when the exchange is over.
  package var complete = StepMask.none
  /// Steps whose failure the exchange survives.
  package var open = StepMask.none

  package init() {}

  /// Whether anyone sees the body of an upstream's response, or may still ask for it when its head is there.
  ///
  /// - Parameter subscribed: the plan at the start.
  package func watchesResponse(subscribed: Plan) -> Bool {
    let pieces = subscribed.copy.union(subscribed.transform)
    return !copy.isEmpty || !transform.isEmpty
      || !response.intersection(subscribed.responseBody.union(pieces)).isEmpty
  }

  /// Whether the request's body must be held before the request can go on.
  package var buffersRequest: Bool { !request.intersection(requestBody).isEmpty }
}

/// What a reply asks of the later phases of its step.
package struct PhaseChange: Equatable, Sendable {
  package enum Change: UInt8, Sendable {
    case drop = 1
    case copy = 2
    case transform = 3
    case head = 4
    case whole = 5
  }

  package var phase: Phase
  package var change: Change

  package init(phase: Phase, change: Change) {
    self.phase = phase
    self.change = change
  }

  /// The step is out of all that could follow.
  package static let nothingFollows = [Phase.retry, .response, .chunk, .complete].map {
    PhaseChange(phase: $0, change: .drop)
  }
}

extension Plan {
  /// Applies a change for one step. A step can only have less than it subscribed to, or the other kind of stream, so a
  /// change that asks for more means nothing.
  package mutating func apply(_ change: PhaseChange, to step: Int, subscribed: Plan) {
    switch (change.phase, change.change) {
    case (.retry, .drop): retry.remove(step)
    case (.response, .drop): response.remove(step)
    case (.response, .head): responseBody.remove(step)
    case (.response, .whole):
      if subscribed.responseBody.contains(step) { responseBody.insert(step) }
    case (.chunk, .drop):
      copy.remove(step)
      transform.remove(step)
    case (.chunk, .copy), (.chunk, .transform):
      guard subscribed.copy.union(subscribed.transform).contains(step) else { return }
      copy.remove(step)
      transform.remove(step)
      if change.change == .copy { copy.insert(step) } else { transform.insert(step) }
    case (.complete, .drop): complete.remove(step)
    default: break
    }
  }
}
