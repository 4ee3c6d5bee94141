// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import Seeded
import WireTranscripts

@testable import PluginProtocol

extension SplitMix {
  mutating func chance(_ percent: Int) -> Bool { Int(next() % 100) < percent }
}

/// A driver that does what the machine allows, at random. It is one end of a data connection.
struct WalkEnd {
  /// A message of ours whose payload is not all sent.
  struct Outgoing {
    var ordinal: UInt16
    var rest: Int
    var isAnswer: Bool
  }

  /// A message of the peer that wants an answer.
  struct Question {
    var ordinal: UInt16
    var isLast: Bool
    var isWhole: Bool
  }

  let role: Role
  var machine: DataConnection
  var random: SplitMix
  /// Bytes for the peer.
  var output: [UInt8] = []
  var input: [UInt8] = []
  var violation: ProtocolViolation?
  /// What a received frame did to streams that are not its own.
  var trespasses: [String] = []
  /// Host: streams that wait for their next call. Set when the stream may go on.
  var idle: Set<UInt32> = []
  /// Streams that wait for an answer of the peer.
  var asked: Set<UInt32> = []
  var questions: [UInt32: Question] = [:]
  var outgoing: [UInt32: Outgoing] = [:]
  /// Whether new work is begun.
  var isEager = true
  private let decoder: FrameDecoder

  init(_ role: Role, limits: ConnectionLimits, seed: UInt64) {
    self.role = role
    machine = DataConnection(role: role, accepts: limits, peerAccepts: limits)
    decoder = FrameDecoder(maxFrame: limits.maxFrame, maxMeta: limits.maxMeta)
    random = SplitMix(seed: seed)
  }

  /// Nothing of ours is under way.
  var isQuiet: Bool {
    idle.isEmpty && asked.isEmpty && questions.isEmpty && outgoing.isEmpty && output.isEmpty
  }
}

// MARK: - Speaking

extension WalkEnd {
  /// Does one thing that is allowed.
  mutating func act() {
    if violation != nil { return }
    switch random.next() % 5 {
    case 0: if isEager { ask() }
    case 1: answer()
    case 2, 3: sendRest()
    default: if random.chance(isEager ? 15 : 100) { giveUp() }
    }
  }

  private mutating func write(_ frame: WireFrame) { output += frame.bytes }

  private mutating func ask() {
    if role == .host {
      var stream = idle.randomElement(using: &random)
      if stream == nil || random.chance(50), case .opened(let new) = machine.open() { stream = new }
      guard let stream else { return }
      idle.remove(stream)
      let isLast = random.chance(30)
      let ordinal = machine.ask(stream, last: isLast)
      asked.insert(stream)
      begin(.call, stream, ordinal, isLast ? .last : [])
    } else if let parent = questions.keys.filter({ $0 & 1 == 1 }).randomElement(using: &random),
      outgoing[parent] == nil, case .opened(let stream) = machine.open(parent: parent)
    {
      machine.askService(stream)
      asked.insert(stream)
      begin(.serviceCall, stream, 0, [], parent: (parent, questions[parent]?.ordinal ?? 0))
    }
  }

  private mutating func answer() {
    guard let (stream, question) = questions.randomElement(using: &random) else { return }
    guard outgoing[stream] == nil, question.isWhole || random.chance(20) else { return }
    questions[stream] = nil
    let type: FrameType = role == .host ? .serviceResult : .reply
    let isLast = type == .reply && random.chance(20)
    begin(type, stream, question.ordinal, isLast ? .last : [], isAnswer: true)
  }

  private mutating func begin(
    _ type: FrameType, _ stream: UInt32, _ ordinal: UInt16, _ flags: FrameFlags,
    parent: (UInt32, UInt16) = (0, 0), isAnswer: Bool = false
  ) {
    let total = random.chance(50) ? 0 : Int(random.next() % 40_000)
    let now = min(total, machine.sendable(stream), Int(random.next() % 20_000))
    let more = now < total
    // The message is what the other walker needs to know: the parent of a service call.
    let meta: [UInt8] =
      type == .serviceCall
      ? WireFrame.serviceCallMessage(parent: parent.0, ordinal: UInt32(parent.1)) : []
    write(
      WireFrame(
        type, stream: stream, ordinal: ordinal, flags: more ? flags.union(.more) : flags,
        meta: meta, payload: [UInt8](repeating: UInt8(truncatingIfNeeded: stream), count: now)))
    if more {
      outgoing[stream] = Outgoing(ordinal: ordinal, rest: total - now, isAnswer: isAnswer)
    }
    machine.sent(
      stream, payload: now, more: more, answer: isAnswer,
      last: isAnswer && flags.contains(.last))
    if isAnswer, !more { forgetEnded() }
  }

  private mutating func sendRest() {
    guard let (stream, waiting) = outgoing.randomElement(using: &random) else { return }
    let count = min(waiting.rest, machine.sendable(stream), 1 + Int(random.next() % 20_000))
    guard count > 0 else { return }
    let more = count < waiting.rest
    write(
      WireFrame(
        .data, stream: stream, ordinal: waiting.ordinal, flags: more ? .more : [],
        payload: [UInt8](repeating: UInt8(truncatingIfNeeded: stream), count: count)))
    outgoing[stream] = more ? waiting : nil
    outgoing[stream]?.rest -= count
    machine.sent(stream, payload: count, more: more, answer: waiting.isAnswer)
    if waiting.isAnswer, !more { forgetEnded() }
  }

  /// Host: ends a stream, at any time.
  private mutating func giveUp() {
    let candidates = isEager ? idle.union(asked) : idle
    guard role == .host, let stream = candidates.randomElement(using: &random) else { return }
    if machine.cancel(stream) { write(.cancel(stream, PATCHBAY__PLUGIN__V1__CANCEL__REASON__DONE)) }
    forgetEnded()
  }

  /// Drops what belongs to streams that are over.
  private mutating func forgetEnded() {
    idle = idle.filter { machine.isOpen($0) }
    asked = asked.filter { machine.isOpen($0) }
    questions = questions.filter { machine.isOpen($0.key) }
    outgoing = outgoing.filter { machine.isOpen($0.key) }
  }
}

// MARK: - Listening

extension WalkEnd {
  /// Bytes of the peer arrived.
  mutating func receive(_ bytes: [UInt8]) {
    guard violation == nil else { return }
    input += bytes
    var rest = input[...]
    do throws(ProtocolViolation) {
      let frames = try decoder.frames(in: &rest)
      input = Array(rest)
      for frame in frames { try received(frame) }
    } catch {
      violation = error
    }
  }

  private mutating func received(_ frame: WireFrame) throws(ProtocolViolation) {
    let before = machine.streams
    defer { note(before, frame.header) }
    let stream = frame.header.stream
    switch machine.received(frame.header) {
    case .violation(let violation): throw violation
    case .call(_, let ordinal, _, let last, let more):
      questions[stream] = Question(ordinal: ordinal, isLast: last, isWhole: !more)
    case .serviceCall(_, let more):
      let (parent, ordinal) = try frame.parent()
      switch machine.serviceOpened(stream, parent: parent, ordinal: ordinal) {
      case .opened: questions[stream] = Question(ordinal: 0, isLast: true, isWhole: !more)
      case .late: break
      case .violation(let violation): throw violation
      }
    case .data(_, let more):
      if !more { questions[stream]?.isWhole = true }
      if !more, isOwn(stream) { answered(stream) }
    case .reply(_, let more), .serviceResult(_, let more): if !more { answered(stream) }
    case .credit:
      let bytes = try frame.creditBytes()
      if let violation = machine.creditReceived(stream: stream, bytes: bytes) { throw violation }
    case .cancel, .late, .log, .ping, .pong, .failure, .ignored: break
    }
    forgetEnded()
    consume(frame)
  }

  private func isOwn(_ stream: UInt32) -> Bool { (stream & 1 == 1) == (role == .host) }

  private mutating func answered(_ stream: UInt32) {
    asked.remove(stream)
    outgoing[stream] = nil
    if machine.isOpen(stream) { idle.insert(stream) }
  }

  private mutating func consume(_ frame: WireFrame) {
    guard !frame.payload.isEmpty else { return }
    let grant = machine.consume(frame.header.stream, payload: frame.payload.count)
    if grant.connection > 0 { write(.credit(0, grant.connection)) }
    if grant.stream > 0 { write(.credit(frame.header.stream, grant.stream)) }
  }

  /// A frame may change its own stream, and end the service calls of that; nothing else.
  private mutating func note(_ before: [UInt32: DataConnection.Stream], _ header: FrameHeader) {
    func bare(_ stream: DataConnection.Stream) -> DataConnection.Stream {
      var stream = stream
      (stream.firstService, stream.nextService, stream.previousService) = (0, 0, 0)
      return stream
    }
    for (id, state) in before where id != header.stream {
      let isEnded = machine.streams[id] == nil && state.parent == header.stream
      if isEnded || machine.streams[id].map(bare) == bare(state) { continue }
      trespasses.append("a frame of stream \(header.stream) changed \(id)")
    }
    for id in machine.streams.keys where id != header.stream && before[id] == nil {
      trespasses.append("a frame of stream \(header.stream) opened \(id)")
    }
  }
}
