// SPDX-License-Identifier: Apache-2.0

import Seeded
import Testing

@testable import HostProcesses

/// Random events in random order, against what must hold whatever happens.
@Suite struct SupervisorMachineWalkTests {
  @Test(arguments: 0..<200)
  func `no order of events breaks a rule`(_ seed: UInt64) {
    var random = SplitMix(seed: seed)
    var machine = SupervisorMachine()
    var world = World()
    var now: UInt64 = 0
    for _ in 0..<500 {
      now += UInt64.random(in: 0...3_000_000_000, using: &random)
      let event = MachineEvent.allCases.randomElement(using: &random) ?? .start
      let before = machine.state
      // The driver reports the end of a process only when there was one.
      if !world.hasProcess, [.exited, .killed, .spawnFailed].contains(event) { continue }
      let actions = event.happen(to: &machine, now: now)
      for action in actions { world.obey(action) }
      #expect(machine.since <= now)
      #expect(!machine.reason.isEmpty)
      if before == .stopped, event != .start { #expect(machine.state == .stopped) }
      let isServing = machine.state == .ready || machine.state == .degraded
      #expect(!world.isPublished || isServing)
      #expect(!world.isPublished || world.isSlow == (machine.state == .degraded))
      if [.stopped, .backoff, .quarantined].contains(machine.state) {
        #expect(!world.hasProcess)
      }
      if world.problem != nil { break }
    }
    #expect(world.problem == nil)
  }

  /// What a driver would have done.
  private struct World {
    var hasProcess = false
    var isPublished = false
    var isSlow = false
    var problem: String?

    mutating func obey(_ action: SupervisorMachine.Action) {
      switch action {
      case .spawn:
        require(!hasProcess, "two processes in a slot")
        hasProcess = true
      case .publish:
        require(hasProcess && !isPublished, "published twice, or without a process")
        isPublished = true
        isSlow = false
      case .withdraw:
        require(isPublished, "withdrawn without being published")
        isPublished = false
      case .discard:
        require(hasProcess && !isPublished, "discarded twice, or while published")
        hasProcess = false
      case .slow(let isSlow):
        require(isPublished && isSlow != self.isSlow, "said to be slow twice, or unpublished")
        self.isSlow = isSlow
      case .greet, .configure, .ping, .drain, .kill:
        require(hasProcess, "\(action) without a process")
      case .wake: break
      }
    }

    private mutating func require(_ condition: Bool, _ text: String) {
      if !condition { problem = problem ?? text }
    }
  }
}
