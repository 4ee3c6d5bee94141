// SPDX-License-Identifier: Apache-2.0

import CSpawner
import Glibc
import HostProcesses
import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

/// The control plane's thread makes way for what serves, and comes back in time.
@Suite(.enabled(if: Scheduling.canComeBack), .timeLimit(.minutes(1))) struct PrecedenceTests {
  /// A thread that does nothing, and a clock that is moved by hand.
  private static func run(
    _ body: (Precedence, EmbeddedEventLoop, _ isAside: () -> Bool) throws -> Void
  ) async throws {
    // It learns what may be done.
    var pid: pid_t = 0
    let spawner = Spawner(socket: patchbay_spawner_start(&pid), process: pid)
    defer { spawner.end() }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let thread = try await group.next().submit { patchbay_this_thread() }.get()
    let clock = EmbeddedEventLoop()
    let precedence = Precedence(thread: thread, loop: clock, limit: .milliseconds(300))
    try body(precedence, clock) { Scheduling.isAside(thread) }
    try await group.shutdownGracefully()
  }

  @Test func `it makes way for a while`() async throws {
    try await Self.run { precedence, clock, isAside in
      #expect(!isAside())
      precedence.makeWay()
      clock.run()
      #expect(isAside())
      clock.advanceTime(by: .milliseconds(299))
      #expect(isAside())
      clock.advanceTime(by: .milliseconds(1))
      #expect(!isAside())
    }
  }

  @Test func `whoever says it last says for how long`() async throws {
    try await Self.run { precedence, clock, isAside in
      precedence.makeWay()
      clock.run()
      clock.advanceTime(by: .milliseconds(200))
      precedence.makeWay()
      clock.run()
      clock.advanceTime(by: .milliseconds(200))
      #expect(isAside())
      clock.advanceTime(by: .milliseconds(100))
      #expect(!isAside())
    }
  }

  @Test func `what is urgent ends it, and lets it not begin again for a second`() async throws {
    try await Self.run { precedence, clock, isAside in
      precedence.makeWay()
      clock.run()
      precedence.hurry()
      clock.run()
      #expect(!isAside())
      precedence.makeWay()
      clock.run()
      #expect(!isAside())
      clock.advanceTime(by: .milliseconds(1000))
      precedence.makeWay()
      clock.run()
      #expect(isAside())
    }
  }
}
