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

  /// What the host takes.
  private let limits: ConnectionLimits
  private var waiting: [Waiting] = []

  init(limits: ConnectionLimits) { self.limits = limits }

  var isIdle: Bool { waiting.isEmpty }

  /// Sends a message, its payload now or when there is credit. False: the message is larger than the host takes, and
  /// nothing was sent.
  mutating func send(
    _ type: FrameType, stream: UInt32, ordinal: UInt16, last: Bool = false,
    on machine: inout DataConnection, to output: FrameOutput, payloadLength: Int,
    meta: (MessageWriter) -> Void, payload: (MessageWriter) -> Void
  ) -> Bool {
    let isAnswer = type == .reply
    let room = min(machine.sendable(stream), limits.maxPayload)
    // Almost always everything fits into one frame, and is written in place.
    let fits = payloadLength == 0 || payloadLength <= room
    let before = output.pending.count
    var flags: FrameFlags = last ? .last : []
    if !fits { flags.insert(.more) }
    output.frame(
      type, stream: stream, flags: flags, ordinal: ordinal, meta: meta,
      payload: { if fits { payload($0) } })
    let length = output.pending.count - before
    guard length - FrameHeader.size - (fits ? payloadLength : 0) <= Int(limits.maxMeta) else {
      output.takeBack(length)
      return false
    }
    machine.sent(
      stream, payload: fits ? payloadLength : 0, more: !fits, answer: isAnswer, last: last)
    if fits { return true }
    let gathered = FrameOutput()
    payload(MessageWriter(output: gathered))
    waiting.append(
      Waiting(
        stream: stream, ordinal: ordinal, isAnswer: isAnswer, payload: Array(gathered.pending)))
    flush(&machine, output)
    return true
  }

  /// Sends what the credit allows now.
  mutating func flush(_ machine: inout DataConnection, _ output: FrameOutput) {
    var index = 0
    while index < waiting.count, machine.hasCredit {
      let entry = waiting[index]
      let rest = entry.payload.count - entry.sent
      let count = min(rest, machine.sendable(entry.stream), Int(limits.maxFrame))
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
