// SPDX-License-Identifier: Apache-2.0

/// A set of steps of one chain, as bits: to ask who takes part in a phase costs one instruction.
package struct StepMask: Equatable, Sendable {
  /// The longest chain: one bit a step.
  package static let capacity = 64

  package private(set) var bits: UInt64

  package init(bits: UInt64 = 0) { self.bits = bits }

  package static var none: StepMask { StepMask() }

  package var isEmpty: Bool { bits == 0 }

  package var count: Int { bits.nonzeroBitCount }

  package func contains(_ step: Int) -> Bool { bits & (1 << UInt64(step)) != 0 }

  package mutating func insert(_ step: Int) { bits |= 1 << UInt64(step) }

  package mutating func remove(_ step: Int) { bits &= ~(1 << UInt64(step)) }

  /// The first member at or after `step`, down the chain.
  package func first(from step: Int) -> Int? {
    guard step < Self.capacity else { return nil }
    let rest = bits & (UInt64.max << UInt64(step))
    return rest == 0 ? nil : rest.trailingZeroBitCount
  }

  /// The last member before `step`, up the chain.
  package func last(before step: Int) -> Int? {
    let below = step >= Self.capacity ? bits : bits & ((1 << UInt64(step)) - 1)
    return below == 0 ? nil : 63 - below.leadingZeroBitCount
  }

  /// The members before `step`.
  package func before(_ step: Int) -> StepMask {
    step >= Self.capacity ? self : StepMask(bits: bits & ((1 << UInt64(step)) - 1))
  }

  /// The members at or after `step`.
  package func from(_ step: Int) -> StepMask { subtracting(before(step)) }

  package func union(_ other: StepMask) -> StepMask { StepMask(bits: bits | other.bits) }

  package func intersection(_ other: StepMask) -> StepMask { StepMask(bits: bits & other.bits) }

  package func subtracting(_ other: StepMask) -> StepMask { StepMask(bits: bits & ~other.bits) }
}

/// The members, down the chain.
extension StepMask: Sequence {
  package struct Iterator: IteratorProtocol {
    fileprivate var rest: UInt64

    package mutating func next() -> Int? {
      guard rest != 0 else { return nil }
      defer { rest &= rest - 1 }
      return rest.trailingZeroBitCount
    }
  }

  package func makeIterator() -> Iterator { Iterator(rest: bits) }

  package var underestimatedCount: Int { count }
}
