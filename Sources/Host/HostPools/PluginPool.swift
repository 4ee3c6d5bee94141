// SPDX-License-Identifier: Apache-2.0

/// Which process of a plugin gets the next call on one event loop, and who waits when none has room.
///
/// A lane is the loop's data connection to one process. The fewest calls in flight win; among equals the one that was
/// used last, because it is warm. One that is slow gets a call only when no other has room. Processes belong to releases: a
/// call wants the release that its exchange's configuration names, or what has taken that one's place.
package struct PluginPool {
  /// Names a lane; the process's incarnation serves.
  package typealias LaneID = UInt64
  /// Names a call that waits; given by the caller.
  package typealias Waiter = UInt64
  /// Names a release.
  package typealias ReleaseID = UInt64

  /// What a call wants of the process that takes it.
  package struct Demand: Equatable, Sendable {
    package var release: ReleaseID
    /// This very release, if it is there, whatever has taken its place.
    package var isExact: Bool
    /// The format of the checkpoint that goes with the call; nil: there is none, and any process will do.
    package var stateVersion: UInt32?
    /// Processes have died with it, and it may be why. Such calls are tried one at a time.
    package var isSuspect: Bool

    package init(
      release: ReleaseID, isExact: Bool = false, stateVersion: UInt32? = nil,
      isSuspect: Bool = false
    ) {
      self.release = release
      self.isExact = isExact
      self.stateVersion = stateVersion
      self.isSuspect = isSuspect
    }
  }

  /// What becomes of a call.
  package enum OnAcquire: Equatable {
    case lane(LaneID)
    /// It waits for a lane, until ``waiting()`` hands one out or it is given up.
    case queued
    /// The queue is full.
    case overloaded
    /// No process that could take it will come.
    case unavailable
  }

  private struct Release {
    var stateVersion: UInt32
    /// Whether it has processes, or will have.
    var isAvailable = true
    /// Calls that wait for it, suspects not counted.
    var queued = 0
  }

  private struct Lane {
    let id: LaneID
    let release: ReleaseID
    let capacity: Int
    var inFlight = 0
    var isDraining = false
    var isSlow = false
    var lastUse: UInt64 = 0

    var hasRoom: Bool { !isDraining && inFlight < capacity }

    func isPreferred(to other: Lane) -> Bool {
      guard isSlow == other.isSlow else { return other.isSlow }
      return (inFlight, other.lastUse) < (other.inFlight, lastUse)
    }
  }

  private struct Waiting {
    let waiter: Waiter
    let demand: Demand
    /// Where it is counted.
    let release: ReleaseID
  }

  private let queueLimit: Int
  private var releases: [ReleaseID: Release] = [:]
  private var successors: [ReleaseID: ReleaseID] = [:]
  private var lanes: [Lane] = []
  private var queue: [Waiting] = []
  private var uses: UInt64 = 0
  /// A suspect may be given a lane.
  package private(set) var hasTurn = false

  /// - Parameter queueLimit: calls that may wait for a process at once.
  package init(queueLimit: Int) { self.queueLimit = queueLimit }

  /// Calls that wait.
  package var queued: Int { queue.count }

  /// Calls on the lane.
  /// Streams that are open on all processes.
  package var inFlight: Int { lanes.reduce(0) { $0 + $1.inFlight } }

  package func inFlight(on id: LaneID) -> Int { lanes.first { $0.id == id }?.inFlight ?? 0 }
}

// MARK: - Calls

extension PluginPool {
  /// Finds a lane for a call.
  package mutating func acquire(_ waiter: Waiter, for demand: Demand) -> OnAcquire {
    guard let release = release(for: demand) else { return .unavailable }
    let mustWait = demand.isSuspect ? !hasTurn : releases[release]?.queued ?? 0 > 0
    if !mustWait, let index = best(of: release) {
      return .lane(use(index, isSuspect: demand.isSuspect))
    }
    guard queue.count < queueLimit else { return .overloaded }
    queue.append(Waiting(waiter: waiter, demand: demand, release: release))
    if !demand.isSuspect { releases[release]?.queued += 1 }
    return .queued
  }

  /// The next call that waits, with its lane, if there is one for it. Asked again until it answers nil.
  package mutating func waiting() -> (waiter: Waiter, lane: LaneID)? {
    guard !queue.isEmpty, lanes.contains(where: \.hasRoom) else { return nil }
    for position in queue.indices {
      let call = queue[position]
      guard !call.demand.isSuspect || hasTurn, let release = release(for: call.demand),
        let index = best(of: release)
      else { continue }
      leaveQueue(at: position)
      return (call.waiter, use(index, isSuspect: call.demand.isSuspect))
    }
    return nil
  }

  /// The next call that waits for what will not come. Asked again until it answers nil.
  package mutating func hopeless() -> Waiter? {
    guard let position = queue.firstIndex(where: { release(for: $0.demand) == nil }) else {
      return nil
    }
    defer { leaveQueue(at: position) }
    return queue[position].waiter
  }

  /// The call no longer wants a lane. False: it was not waiting.
  package mutating func abandoned(_ waiter: Waiter) -> Bool {
    guard let position = queue.firstIndex(where: { $0.waiter == waiter }) else { return false }
    leaveQueue(at: position)
    return true
  }

  /// A stream of the lane has ended.
  package mutating func released(_ id: LaneID) {
    guard let index = lanes.firstIndex(where: { $0.id == id }) else { return }
    precondition(lanes[index].inFlight > 0, "a lane is released as often as it was acquired")
    lanes[index].inFlight -= 1
  }

  /// One suspect may be tried, of all that wait on all event loops.
  package mutating func turnCame() { hasTurn = true }

  /// It was not needed.
  package mutating func turnReturned() { hasTurn = false }

  /// Whether a suspect waits.
  package var suspectWaits: Bool { queue.contains { $0.demand.isSuspect } }

  private mutating func leaveQueue(at position: Int) {
    let call = queue.remove(at: position)
    if !call.demand.isSuspect { releases[call.release]?.queued -= 1 }
  }

  /// The release whose processes can take the call; nil: there is none.
  package func release(for demand: Demand) -> ReleaseID? {
    var id = demand.release
    if !demand.isExact || releases[id]?.isAvailable != true {
      while let next = successors[id] { id = next }
    }
    guard let release = releases[id], release.isAvailable,
      demand.stateVersion ?? release.stateVersion == release.stateVersion
    else { return nil }
    return id
  }

  private func best(of release: ReleaseID) -> Int? {
    var choice: Int?
    for index in lanes.indices {
      let lane = lanes[index]
      guard lane.release == release, lane.hasRoom else { continue }
      if let current = choice {
        let other = lanes[current]
        if !lane.isPreferred(to: other) { continue }
      }
      choice = index
    }
    return choice
  }

  private mutating func use(_ index: Int, isSuspect: Bool) -> LaneID {
    uses += 1
    lanes[index].inFlight += 1
    lanes[index].lastUse = uses
    if isSuspect { hasTurn = false }
    return lanes[index].id
  }
}

// MARK: - Processes

extension PluginPool {
  /// A process is ready.
  package mutating func published(_ id: LaneID, of release: ReleaseID, capacity: Int) {
    precondition(!lanes.contains { $0.id == id }, "an incarnation is published once")
    lanes.append(Lane(id: id, release: release, capacity: max(1, capacity)))
  }

  /// No new calls for the process; those in flight go on.
  package mutating func draining(_ id: LaneID) {
    guard let index = lanes.firstIndex(where: { $0.id == id }) else { return }
    lanes[index].isDraining = true
  }

  /// The process is late with its signs of life, or is back in time: while it is late the others of its release get the
  /// calls, as far as they have room.
  package mutating func slow(_ id: LaneID, _ isSlow: Bool) {
    guard let index = lanes.firstIndex(where: { $0.id == id }) else { return }
    lanes[index].isSlow = isSlow
  }

  /// The process is gone.
  package mutating func withdrawn(_ id: LaneID) { lanes.removeAll { $0.id == id } }
}

// MARK: - Releases

extension PluginPool {
  /// There is a release, whose processes will come.
  package mutating func announced(_ release: ReleaseID, stateVersion: UInt32) {
    guard releases[release] == nil else { return }
    releases[release] = Release(stateVersion: stateVersion)
  }

  /// Whether processes of the release can be hoped for. Those who wait in vain are told by ``hopeless()``.
  package mutating func available(_ release: ReleaseID, _ isAvailable: Bool) {
    releases[release]?.isAvailable = isAvailable
  }

  /// Calls for the release go to another one; nil: to itself again.
  package mutating func replaced(_ release: ReleaseID, by successor: ReleaseID?) {
    precondition(successor != release, "a release is no successor of its own")
    successors[release] = successor
  }

  /// The release takes no calls any more, and has no processes.
  package mutating func forgotten(_ release: ReleaseID) {
    releases[release] = nil
    // Calls of old exchanges still name those before it; the way to its successor stays short.
    guard let successor = successors[release] else { return }
    for (former, next) in successors where next == release { successors[former] = successor }
  }
}
