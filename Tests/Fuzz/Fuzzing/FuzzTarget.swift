// SPDX-License-Identifier: Apache-2.0

/// Something that is given input that was changed at random, and has laws that must hold all the same.
///
/// `make fuzz` runs all targets by turns; a test of each target's own runs it for a while, always with the same seeds.
package protocol FuzzTarget {
  /// What it is called on the command line.
  static var name: String { get }

  /// - Parameter seed: of the first iteration; each has the next.
  init(seed: UInt64) throws

  /// One input.
  ///
  /// - Throws: ``BrokenLaw``.
  mutating func iterate() throws

  /// What it has met so far: that it meets everything shows that it looks in the right places.
  var report: String { get }
}

/// A law that did not hold, and how to see it again.
package struct BrokenLaw: Error, CustomStringConvertible {
  package let target: String
  package let seed: UInt64
  package let law: String

  package init(target: String, seed: UInt64, law: String) {
    self.target = target
    self.seed = seed
    self.law = law
  }

  package var description: String {
    "\(law); again with \(target) --seed \(seed) --iterations 1"
  }
}
