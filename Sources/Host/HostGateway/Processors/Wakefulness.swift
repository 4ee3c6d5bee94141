// SPDX-License-Identifier: Apache-2.0

/// When processors are kept from sleeping: from an exchange on, until a whole period has passed without one.
struct Wakefulness {
  private enum State {
    case asleep
    /// Whether an exchange has begun in this period.
    case awake(hasWorked: Bool)
  }

  enum Action {
    case nothing
    /// Keep them awake, and say when the period is over.
    case keepAwake
    /// Say when the next period is over.
    case stayAwake
    case letSleep
  }

  private var state = State.asleep

  mutating func exchangeBegan() -> Action {
    defer { state = .awake(hasWorked: true) }
    return if case .asleep = state { .keepAwake } else { .nothing }
  }

  /// - Parameter isBusy: whether there is an exchange that is not over.
  mutating func periodPassed(isBusy: Bool) -> Action {
    guard case .awake(let hasWorked) = state else { return .nothing }
    state = hasWorked || isBusy ? .awake(hasWorked: false) : .asleep
    return hasWorked || isBusy ? .stayAwake : .letSleep
  }
}
