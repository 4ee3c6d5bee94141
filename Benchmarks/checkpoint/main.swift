// SPDX-License-Identifier: Apache-2.0

// What a checkpoint costs: nanoseconds of CPU for the plugin (compare, encode) and for the host (read, keep), and what
// going on from it costs a fresh process. Prints a JSON object.

import CPluginMessages
import Glibc
import LLM
import NIOCore
import PluginProtocol
import PluginSDK

/// A number and a word.
struct SmallState: Codable, Equatable {
  var count = 0
  var word = "word"
}

/// As much as ai-proxy keeps in the middle of a stream.
struct ProxyState: CompactState, Equatable {
  var firstToken = 1_790_000_000_000_000
  var model = "gpt-4o-mini"
  var answeringModel = "gpt-4o-mini-2024-07-18"
  var remover = OpenAIStreamEditor()

  init() {
    let event =
      #"{"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{"content":"hi"}}]}"#
    let bytes = Array("data: \(event)\n\n".utf8)
    _ = remover.received(bytes.span.bytes)
  }

  func write(to writer: inout StateWriter) {
    for flag in [true, true, false] { writer.flag(flag) }
    writer.text(model)
    writer.text(answeringModel)
    for number in [120, 12_000, firstToken] { writer.number(number) }
    writer.state(remover)
  }

  init(from reader: inout StateReader) throws(StateError) {
    for _ in 0..<3 { _ = try reader.flag() }
    model = try reader.text()
    answeringModel = try reader.text()
    for _ in 0..<2 { _ = try reader.number() }
    firstToken = try reader.number()
    remover = try reader.state()
  }
}

/// The median over the rounds, in nanoseconds of CPU of one.
func nanoseconds(_ body: () throws -> Void) rethrows -> Double {
  let (rounds, count) = (15, 20_000)
  let times = try (0..<rounds).map { _ in
    let start = usedTime()
    for _ in 0..<count { try body() }
    return usedTime() - start
  }
  return Double(times.sorted()[rounds / 2]) / Double(count)
}

/// Nanoseconds of CPU that this thread has used.
func usedTime() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

func measure<State: Codable & Equatable>(
  _ state: State, _ change: (inout State) -> Void
) throws -> String {
  var (state, before) = (state, state)
  var bytes = try Checkpoint.encode(state)
  let unchanged = nanoseconds { precondition(before == state) }
  let changed = try nanoseconds {
    change(&state)
    guard before != state else { preconditionFailure("it was changed") }
    let next = try Checkpoint.encode(state)
    precondition(next != bytes)
    (before, bytes) = (state, next)
  }
  let reply = packedReply(checkpoint: bytes)
  let empty = packedReply(checkpoint: [])
  let host = nanoseconds { kept = read(reply) } - nanoseconds { kept = read(empty) }
  let restored = try nanoseconds {
    _ = try bytes.withUnsafeBytes { try Checkpoint.decode(State.self, from: $0) }
  }
  let values = [
    ("bytes", Double(bytes.count)), ("unchanged_ns", unchanged), ("changed_ns", changed),
    ("host_ns", host), ("restored_ns", restored),
  ]
  return values.map { "\"\($0)\": \(Int($1.rounded()))" }.joined(separator: ", ")
}

/// A reply's message with nothing in it but the checkpoint.
func packedReply(checkpoint: [UInt8]) -> [UInt8] {
  let output = FrameOutput()
  let message = MessageWriter(output: output)
  message.number(1, 7)
  if !checkpoint.isEmpty { message.bytes(17, checkpoint) }
  return Array(output.pending)
}

/// As the host reads it: the message is decoded, and the checkpoint copied out of it.
func read(_ reply: [UInt8]) -> ByteBuffer? {
  reply.withUnsafeBytes { bytes in
    defer { arena.reset() }
    let message = arena.decode(bytes) { patchbay__plugin__v1__reply__unpack($0, $1, $2) }
    guard let checkpoint = message?.pointee.checkpoint, checkpoint.len > 0 else { return nil }
    return ByteBuffer(bytes: checkpoint.view)
  }
}

nonisolated(unsafe) let arena = MessageArena()
nonisolated(unsafe) var kept: ByteBuffer?

let small = try measure(SmallState()) { $0.count += 1 }
let proxy = try measure(ProxyState()) { $0.firstToken += 1 }
print("{\"a number and a word\": {\(small)}, \"ai-proxy in a stream\": {\(proxy)}}")
