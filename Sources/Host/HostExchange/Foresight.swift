// SPDX-License-Identifier: Apache-2.0

/// What the steps of a chain are expected to do, so that those behind a step can be asked while it still works: they will most
/// likely be shown nothing else afterwards. An expectation that fails costs a call that is made again, never an answer
/// about other bytes than those that go on.
package struct Foresight: Sendable {
  /// By step: the first step behind it that its reply is expected to concern.
  fileprivate var reaches = InlineArray<64, UInt8>(repeating: 0)
  /// Steps that do in their calls what dropping the answer does not undo: they are asked when it is their turn.
  package fileprivate(set) var acting = StepMask.none

  /// Nothing is known: every step may concern the next.
  package init() {}

  /// The steps before this one may be asked before `step` has answered.
  func reach(of step: Int) -> Int { Int(reaches[step]) }
}

/// Learns from the replies of a route's exchanges what to expect of the next.
package struct Habits: Sendable {
  /// Replies in a row that have concerned fewer steps than expected before that is the new expectation. One that concerns
  /// more counts at once.
  package static let patience: UInt8 = 16

  package private(set) var foresight = Foresight()
  private var calm = InlineArray<64, UInt8>(repeating: 0)
  private var nearest = InlineArray<64, UInt8>(repeating: UInt8(StepMask.capacity))

  package init() {}

  /// A step has answered a call of the request phase, and the exchange goes on.
  ///
  /// - Parameter concerned: the first step behind it that is shown something else because of the reply; the capacity: none.
  package mutating func replied(_ step: Int, concerned: Int) {
    let concerned = UInt8(concerned)
    if concerned < foresight.reaches[step] {
      foresight.reaches[step] = concerned
      calm[step] = 0
      nearest[step] = UInt8(StepMask.capacity)
      return
    }
    nearest[step] = min(nearest[step], concerned)
    calm[step] += 1
    guard calm[step] == Self.patience else { return }
    foresight.reaches[step] = nearest[step]
    calm[step] = 0
    nearest[step] = UInt8(StepMask.capacity)
  }

  /// A step has done in its call what dropping the answer would not undo.
  package mutating func acted(_ step: Int) { foresight.acting.insert(step) }
}
