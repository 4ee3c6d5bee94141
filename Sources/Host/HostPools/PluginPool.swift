// SPDX-License-Identifier: Apache-2.0

/// Which process of a plugin gets the next call on one event loop, and who waits when none has room.
///
/// A lane is the loop's data connection to one process. The fewest calls in flight win; among equals the one that was
/// used last, because it is warm.
package struct PluginPool {
  /// Names a lane; the process's incarnation serves.
  package typealias LaneID = UInt64
  /// Names a call that waits; given by the caller.
  package typealias Waiter = UInt64

  /// What becomes of a call.
  package enum OnAcquire: Equatable {
    case lane(LaneID)
    /// It waits for a lane, until `waiting(_:)` hands one out or it is given up.
    case queued
    /// The queue is full.
    case overloaded
  }

  private struct Lane {
    let id: LaneID
    let capacity: Int
    var inFlight = 0
    var isDraining = false
    var lastUse: UInt64 = 0
  }

  private let queueLimit: Int
  private var lanes: [Lane] = []
  private var queue: [Waiter] = []
  private var queueStart = 0
  private var uses: UInt64 = 0

  /// - Parameter queueLimit: calls that may wait for a process at once.
  package init(queueLimit: Int) { self.queueLimit = queueLimit }

  /// Calls that wait.
  package var queued: Int { queue.count - queueStart }

  /// Calls on the lane.
  package func inFlight(on id: LaneID) -> Int { lanes.first { $0.id == id }?.inFlight ?? 0 }

  /// Whether any process takes new calls.
  package var isServed: Bool { lanes.contains { !$0.isDraining } }

  /// Finds a lane for a call.
  package mutating func acquire(_ waiter: Waiter) -> OnAcquire {
    if queued == 0, let index = best() { return .lane(use(index)) }
    guard queued < queueLimit else { return .overloaded }
    queue.append(waiter)
    return .queued
  }

  /// The next call that waits, with its lane, if there is one for it. Asked again until it answers nil.
  package mutating func waiting() -> (waiter: Waiter, lane: LaneID)? {
    guard queued > 0, let index = best() else { return nil }
    let waiter = queue[queueStart]
    queueStart += 1
    if queueStart == queue.count {
      queue.removeAll(keepingCapacity: true)
      queueStart = 0
    }
    return (waiter, use(index))
  }

  /// The call no longer wants a lane. False: it was not waiting.
  package mutating func abandoned(_ waiter: Waiter) -> Bool {
    guard let index = queue[queueStart...].firstIndex(of: waiter) else { return false }
    queue.remove(at: index)
    return true
  }

  /// A process is ready.
  package mutating func published(_ id: LaneID, capacity: Int) {
    precondition(!lanes.contains { $0.id == id }, "an incarnation is published once")
    lanes.append(Lane(id: id, capacity: max(1, capacity)))
  }

  /// No new calls for the process; those in flight go on.
  package mutating func draining(_ id: LaneID) {
    guard let index = lanes.firstIndex(where: { $0.id == id }) else { return }
    lanes[index].isDraining = true
  }

  /// The process is gone.
  package mutating func withdrawn(_ id: LaneID) { lanes.removeAll { $0.id == id } }

  /// A stream of the lane has ended.
  package mutating func released(_ id: LaneID) {
    guard let index = lanes.firstIndex(where: { $0.id == id }) else { return }
    precondition(lanes[index].inFlight > 0, "a lane is released as often as it was acquired")
    lanes[index].inFlight -= 1
  }

  private func best() -> Int? {
    var choice: Int?
    for index in lanes.indices {
      let lane = lanes[index]
      guard !lane.isDraining, lane.inFlight < lane.capacity else { continue }
      if let current = choice {
        let other = lanes[current]
        if (lane.inFlight, other.lastUse) >= (other.inFlight, lane.lastUse) { continue }
      }
      choice = index
    }
    return choice
  }

  private mutating func use(_ index: Int) -> LaneID {
    uses += 1
    lanes[index].inFlight += 1
    lanes[index].lastUse = uses
    return lanes[index].id
  }
}
