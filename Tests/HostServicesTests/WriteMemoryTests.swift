// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import HostServices

struct WriteMemoryTests {
  private var memory = WriteMemory<Int>(limits: Self.limits)
  private static var limits: WriteMemory<Int>.Limits {
    var limits = WriteMemory<Int>.Limits()
    (limits.call, limits.plugin) = (3, 5)
    return limits
  }

  /// Makes a write unless it was made before; the answer, or nil when there is no room to remember it.
  private mutating func make(
    _ answer: Int, _ write: WriteKey, on target: String = "k", of plugin: String = "p"
  ) -> Int? {
    if let before = memory.answer(to: write, on: target) { return before }
    guard memory.hasRoom(for: write, of: plugin) else { return nil }
    memory.remember(answer, to: write, on: target, of: plugin)
    return answer
  }

  private func write(
    exchange: UInt64 = 1, instance: UInt32 = 1, phase: UInt8 = 1, call: UInt32 = 1,
    sequence: UInt32 = 0
  ) -> WriteKey {
    WriteKey(
      exchange: exchange, instance: instance, phase: phase, call: call, sequence: sequence)
  }

  @Test mutating func `a write that is made again gets the first answer`() {
    #expect(make(1, write()) == 1)
    #expect(make(2, write()) == 1)
    #expect(memory.count(of: "p") == 1)
  }

  @Test mutating func `writes are told apart by every part of their names`() {
    let base = write()
    for other in [
      write(exchange: 2), write(instance: 2), write(sequence: 1), write(phase: 2), write(call: 2),
    ] {
      memory = WriteMemory(limits: Self.limits)
      #expect(make(1, base) == 1)
      #expect(make(2, other) == 2)
    }
  }

  @Test
  mutating func
    `a call that writes to something else when it is run again has not made that write`()
  {
    #expect(make(1, write(), on: "a") == 1)
    #expect(make(2, write(), on: "b") == 2)
    #expect(make(3, write(), on: "b") == 2)
    #expect(memory.count(of: "p") == 1)
  }

  @Test mutating func `a call is over when the exchange calls the instance anew`() {
    for call in UInt32(1)...1000 {
      #expect(make(Int(call), write(call: call)) == Int(call))
      #expect(make(0, write(call: call)) == Int(call))
      #expect(memory.count(of: "p") == 1, "of a long stream one call is kept")
    }
    #expect(make(7, write(instance: 2)) == 7, "another instance's calls are its own")
    #expect(make(0, write(call: 1000)) == 1000)
  }

  @Test mutating func `an exchange that is over is forgotten, and no other`() {
    _ = make(1, write())
    _ = make(2, write(instance: 2))
    _ = make(3, write(exchange: 2))
    memory.forget(exchange: 1)
    #expect(memory.count(of: "p") == 1)
    #expect(make(0, write(exchange: 2)) == 3)
    memory.forget(exchange: 2)
    memory.forget(exchange: 99)
    #expect(memory.count(of: "p") == 0)
  }

  @Test mutating func `one call makes so many writes at most`() {
    for sequence in UInt32(0)..<3 { #expect(make(1, write(sequence: sequence)) == 1) }
    #expect(make(1, write(sequence: 3)) == nil)
    #expect(make(9, write(sequence: 2)) == 1, "what is remembered still is")
    #expect(make(1, write(call: 2, sequence: 3)) == 1, "the next call makes its own")
  }

  @Test mutating func `a plugin's calls that are not over make so many writes at most`() {
    for exchange in UInt64(1)...5 { #expect(make(1, write(exchange: exchange)) == 1) }
    #expect(make(1, write(exchange: 6)) == nil)
    #expect(make(2, write(exchange: 1)) == 1, "nothing is forgotten to make room")
    #expect(make(1, write(exchange: 6, instance: 2), of: "q") == 1)
    #expect(make(1, write(exchange: 3, call: 2)) == 1, "a call that is over makes room")
    memory.forget(exchange: 5)
    #expect(make(1, write(exchange: 6)) == 1)
  }
}
