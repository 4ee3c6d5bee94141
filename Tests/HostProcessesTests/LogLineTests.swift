// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import HostProcesses

@Suite struct LogLineTests {
  /// What a handler tells of pieces that were printed.
  private func events(_ pieces: [String]) throws -> [LogLineHandler.Event] {
    let seen = Mutex<[LogLineHandler.Event]>([])
    let channel = EmbeddedChannel(
      handler: LogLineHandler { event in seen.withLock { $0.append(event) } })
    for piece in pieces { try channel.writeInbound(ByteBuffer(string: piece)) }
    _ = try channel.finish(acceptAlreadyClosed: true)
    return seen.withLock { $0 }
  }

  private func lines(_ events: [LogLineHandler.Event]) -> [String] {
    events.flatMap { event -> [String] in
      if case .lines(let lines) = event { lines } else { [] }
    }
  }

  @Test func `lines are put together from pieces, and the last one needs no end`() throws {
    let events = try events(["one\ntw", "o\n", "\nthree"])
    #expect(lines(events) == ["one", "two", "", "three"])
    guard case .ended = events.last else { return #expect(Bool(false), "no end was told") }
  }

  @Test func `a line that never ends is cut`() throws {
    let long = String(repeating: "x", count: LogLineHandler.byteLimit + 1000)
    let lines = lines(try events([long, long + "\nnext\n"]))
    #expect(lines.map(\.utf8.count) == [LogLineHandler.byteLimit + " …".utf8.count, 4])
  }

  @Test func `of more lines than one read may have the newest are kept, and the others counted`()
    throws
  {
    let numbers = 0..<LogLineHandler.lineLimit + 44
    let events = try events([numbers.map { "\($0)\n" }.joined()])
    #expect(lines(events) == numbers.dropFirst(44).map(String.init))
    let dropped = events.reduce(into: 0) { sum, event in
      if case .dropped(let count) = event { sum += count }
    }
    #expect(dropped == 44)
  }

  @Test func `bytes that are no text are shown as such`() throws {
    let seen = Mutex<[String]>([])
    let channel = EmbeddedChannel(
      handler: LogLineHandler { event in
        if case .lines(let lines) = event { seen.withLock { $0 += lines } }
      })
    try channel.writeInbound(ByteBuffer(bytes: [0x61, 0xFF, 0x62, 0x0A]))
    _ = try channel.finish(acceptAlreadyClosed: true)
    #expect(seen.withLock { $0 } == ["a\u{FFFD}b"])
  }

  @Test func `a process may log a burst, and then so many lines a second`() {
    var budget = LogBudget()
    var admitted = 0
    for _ in 0..<5000 where budget.admit(now: 1) != .drop { admitted += 1 }
    #expect(admitted == LogBudget.burst)
    // A second later there is room for a second's lines, and the first tells what was dropped.
    let later: UInt64 = 1_000_000_001
    #expect(budget.admit(now: later) == .log(dropped: 4000))
    admitted = 1
    for _ in 0..<5000 where budget.admit(now: later) != .drop { admitted += 1 }
    #expect(admitted == LogBudget.linesPerSecond)
  }
}
