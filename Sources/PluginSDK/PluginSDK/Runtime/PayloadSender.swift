// SPDX-License-Identifier: Apache-2.0

import PluginProtocol

/// Sends messages with payload as far as the host's credit reaches; the rest waits here for more.
struct PayloadSender {
  /// Payload of a message that was begun.
  private struct Waiting {
    let stream: UInt32
    let ordinal: UInt16
    let isAnswer: Bool
    let payload: [UInt8]
    var sent = 0
  }

  /// Leaves room for the message beside its payload.
  private static let metaReserve = 64 << 10

  private let maxFrame: Int
  private var waiting: [Waiting] = []

  init(maxFrame: Int) { self.maxFrame = maxFrame }

  var isIdle: Bool { waiting.isEmpty }

  mutating func send(
    _ type: FrameType, stream: UInt32, ordinal: UInt16, on machine: inout DataConnection,
    to output: FrameOutput, payloadLength: Int, meta: (MessageWriter) -> Void,
    payload: (MessageWriter) -> Void
  ) {
    let isAnswer = type == .reply
    let room = min(machine.sendable(stream), maxFrame - Self.metaReserve)
    // Almost always everything fits into one frame, and is written in place.
    if payloadLength == 0 || payloadLength <= room {
      output.frame(type, stream: stream, ordinal: ordinal, meta: meta, payload: payload)
      machine.sent(stream, payload: payloadLength, more: false, answer: isAnswer)
      return
    }
    output.frame(type, stream: stream, flags: .more, ordinal: ordinal, meta: meta)
    machine.sent(stream, payload: 0, more: true, answer: isAnswer)
    let gathered = FrameOutput()
    payload(MessageWriter(output: gathered))
    waiting.append(
      Waiting(
        stream: stream, ordinal: ordinal, isAnswer: isAnswer, payload: Array(gathered.pending)))
    flush(&machine, output)
  }

  /// Sends what the credit allows now.
  mutating func flush(_ machine: inout DataConnection, _ output: FrameOutput) {
    var index = 0
    while index < waiting.count {
      let entry = waiting[index]
      let rest = entry.payload.count - entry.sent
      let count = min(rest, machine.sendable(entry.stream), maxFrame)
      guard count > 0 else {
        index += 1
        continue
      }
      output.frame(
        .data, stream: entry.stream, flags: count < rest ? .more : [], ordinal: entry.ordinal,
        payload: { output in
          entry.payload.withUnsafeBytes {
            output.raw(UnsafeRawBufferPointer(rebasing: $0[entry.sent..<entry.sent + count]))
          }
        })
      machine.sent(entry.stream, payload: count, more: count < rest, answer: entry.isAnswer)
      if count == rest {
        waiting.remove(at: index)
      } else {
        waiting[index].sent += count
      }
    }
  }

  /// The stream is over; what it still had to send is dropped.
  mutating func forget(_ stream: UInt32) {
    if !waiting.isEmpty { waiting.removeAll { $0.stream == stream } }
  }
}
