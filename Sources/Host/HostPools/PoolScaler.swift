// SPDX-License-Identifier: Apache-2.0

/// Decides how many processes a plugin should have, from one look at them a second.
///
/// - One more, when they have used more than 70 % of their CPU time at 3 looks in a row, and more streams than there are
///   processes were seen meanwhile: a stream stays in one process, and one more would have nothing to do.
/// - One less, when at 60 looks in a row one less would have used under 40 % of its CPU time.
///
/// A process's CPU time is one core. Between the two bounds is room enough that neither answer leads to the other: after
/// growth at more than 70 % of n, one less would still be over 70 %, and after shrinking the load is under 40 %.
package struct PoolScaler: Sendable {
  package enum Advice: Equatable, Sendable {
    case grow
    case shrink
    case nothing
  }

  /// What the processes did since the look before.
  package struct Look: Equatable, Sendable {
    package var processes: Int
    /// Microseconds of CPU that they have used together.
    package var cpu: Int
    /// Microseconds that have passed.
    package var elapsed: Int
    /// Streams that are in flight.
    package var streams: Int

    package init(processes: Int, cpu: Int, elapsed: Int = 1_000_000, streams: Int) {
      self.processes = processes
      self.cpu = cpu
      self.elapsed = elapsed
      self.streams = streams
    }
  }

  /// Percent of the CPU time.
  private static let busyShare = 70
  private static let idleShare = 40
  /// Looks in a row.
  private static let busyLooks = 3
  private static let idleLooks = 60

  private let most: Int
  private var processes = 0
  private var busy = 0
  /// The most streams that were seen at the busy looks.
  private var streams = 0
  private var idle = 0

  /// - Parameter most: processes; at least 1.
  package init(most: Int) {
    precondition(most >= 1, "a plugin has a process at least")
    self.most = most
  }

  /// Takes in a look. What it answers is done before the next one.
  package mutating func looked(_ look: Look) -> Advice {
    if look.processes != processes { reset() }
    processes = look.processes
    let hundredth = look.elapsed / 100
    if look.cpu > Self.busyShare * hundredth * processes {
      busy += 1
      streams = max(streams, look.streams)
    } else {
      busy = 0
      streams = 0
    }
    idle = look.cpu < Self.idleShare * hundredth * (processes - 1) ? idle + 1 : 0
    let advice = advice
    if advice != .nothing { reset() }
    return advice
  }

  /// The processes could not be looked at as a whole, as not all of them serve.
  package mutating func reset() {
    busy = 0
    streams = 0
    idle = 0
  }

  private var advice: Advice {
    if busy >= Self.busyLooks, streams > processes, processes < most { return .grow }
    if idle >= Self.idleLooks, processes > 1 { return .shrink }
    return .nothing
  }
}
