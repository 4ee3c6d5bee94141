// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol
import PluginSDK
import Synchronization

/// The host's end of the conversation, in memory: the real codec and machines, and a clock that jumps.
///
/// When nothing can happen before a timer of the plugin is due, time moves there at once.
actor FakeHost {
  private struct Process {
    let session: PluginSession
    var control = ControlConnection(role: .host)
    var data: DataConnection
    let controlInput = FrameInput(
      FrameDecoder(maxFrame: ConnectionLimits.controlFrame, maxMeta: ConnectionLimits.controlFrame))
    let dataInput = FrameInput(FrameDecoder(maxFrame: 1 << 20, maxMeta: 256 << 10))
  }

  /// A message whose payload is still coming.
  private struct Message {
    var meta: [UInt8]
    var payload: [UInt8]
  }

  private let makeSession: @Sendable (EventLoop) -> PluginSession
  private let services: FakeServices
  private let clock = ManualClock()
  private let wakes = WakeSignal()
  private let loop: EventLoop
  private var process: Process?
  private var partial: [UInt32: Message] = [:]
  private var replies: [UInt32: Message] = [:]
  private var servicesUnderWay = 0
  private var lastExchange: UInt64 = 0
  /// What names the writes of a stream's call, whatever stream it is run again on.
  private var identities: [UInt32: String] = [:]
  /// The plugin was sent something that it has not looked at.
  private var hasNews = false
  private(set) var configured: ControlMessage.Configured.Instance?
  private(set) var logLines: [String] = []

  init(services: FakeServices, _ makeSession: @escaping @Sendable (EventLoop) -> PluginSession) {
    self.services = services
    self.makeSession = makeSession
    let (clock, wakes) = (clock, wakes)
    loop = EventLoop(clock: { clock.now }, wake: { wakes.signal() })
  }

  /// Starts a process and configures it; forgets the one before.
  func start(config: [UInt8]) throws -> ControlMessage.Configured.Instance {
    process = Process(
      session: makeSession(loop),
      data: DataConnection(
        role: .host, accepts: ConnectionLimits(), peerAccepts: ConnectionLimits()))
    tell(
      .hello(
        ControlMessage.Hello(
          versions: ControlConnection.versions, host: "PluginTesting", incarnation: 1,
          dataConnections: 1, limits: ConnectionLimits())))
    try turn()
    let entry = ControlMessage.Configure.Instance(instance: 1, id: "test", config: config)
    configured = nil
    tell(
      .configure(
        ControlMessage.Configure(
          generation: 1, isDryRun: false, instances: [entry], oldestGeneration: 1)))
    try turn()
    guard let configured else { throw HarnessError(description: "no answer to the configuration") }
    return configured
  }

  /// The time of day in milliseconds since 1970: that of the requests, and what has passed since.
  var timeOfDay: UInt64 { TestCall.received / 1000 + clock.now / 1000 }

  func nextExchange() -> UInt64 {
    lastExchange += 1
    return lastExchange
  }

  func openStream() throws -> UInt32 {
    guard case .opened(let stream)? = process?.data.open() else {
      throw HarnessError(description: "no stream can be opened")
    }
    return stream
  }

  func cancel(_ stream: UInt32) throws {
    if process?.data.cancel(stream) == true { feed { $0.frame(.cancel, stream: stream) } }
    try turn()
  }

  /// Makes a call and waits for its reply.
  func call(
    _ call: TestCall, on stream: UInt32, shown: ShownFields, logFiles: [String], queues: [String]
  ) async throws -> CallResult {
    guard let ordinal = process?.data.ask(stream, last: false) else {
      throw HarnessError(description: "there is no process")
    }
    process?.session.misreads = []
    identities[stream] = "\(call.exchange)/\(call.number)"
    try send(call, on: stream, ordinal: ordinal, shown)
    while true {
      try turn()
      if let reply = replies.removeValue(forKey: stream) {
        let misreads = process?.session.misreads ?? []
        guard misreads.isEmpty else {
          throw HarnessError(
            description: "\(misreads.joined(separator: ", ")) is read in the \(call.phase) phase,"
              + " whose interest does not name it")
        }
        var result = try ReplyReader(
          call: call, logFiles: logFiles, queues: queues, find: services.credential
        )
        .result(reply.meta, reply.payload)
        if process?.data.isOpen(stream) == false { result.later = .nothing }
        return result
      }
      if hasNews { continue }
      if servicesUnderWay == 0, let due = loop.nextTimer {
        clock.advance(to: due)
      } else {
        await wakes.wait()
      }
    }
  }

  /// Writes a call as the credit allows.
  private func send(
    _ call: TestCall, on stream: UInt32, ordinal: UInt16, _ shown: ShownFields
  ) throws {
    var sent = 0
    repeat {
      let room = process?.data.sendable(stream) ?? 0
      let count = min(room, call.payload.count - sent, 512 << 10)
      guard count > 0 || call.payload.count == sent else {
        try turn()
        guard (process?.data.sendable(stream) ?? 0) > 0 else {
          throw HarnessError(description: "the plugin gives no credit")
        }
        continue
      }
      let more = sent + count < call.payload.count
      let piece = Array(call.payload[sent..<sent + count])
      let isFirst = sent == 0
      feed { output in
        output.frame(
          isFirst ? .call : .data, stream: stream, flags: more ? .more : [], ordinal: ordinal,
          meta: { if isFirst { call.write(to: $0, shown: shown) } },
          payload: { output in piece.withUnsafeBytes { output.raw($0) } })
      }
      process?.data.sent(stream, payload: count, more: more, answer: false)
      sent += count
    } while sent < call.payload.count
  }

  private func tell(_ message: ControlMessage) {
    guard process?.control.send(message) == true, let link = process?.session.control else {
      return
    }
    copy(message.frame(), to: link.input)
  }

  /// Puts frames into the plugin's end of the data connection.
  private func feed(_ write: (FrameOutput) -> Void) {
    let output = FrameOutput()
    write(output)
    guard let link = process?.session.data.first else { return }
    copy(Array(output.pending), to: link.input)
    hasNews = true
  }

  private func copy(_ bytes: [UInt8], to input: FrameInput) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let room = input.room()
      let count = min(room.count, rest.count)
      room.copyBytes(from: rest.prefix(count))
      input.received(count)
      rest = rest.dropFirst(count)
    }
  }

  /// Lets the plugin handle what it got, and handles what it says.
  private func turn() throws {
    guard let session = process?.session else { return }
    hasNews = false
    loop.turn {
      for link in session.links { link.receive() }
      loop.runReady()
    }
    try takeControl(session)
    try takeData(session)
    if case .failed(let reason)? = session.end {
      throw HarnessError(description: "the plugin's process ended: \(reason)")
    }
  }

  private func takeControl(_ session: PluginSession) throws {
    guard let input = process?.controlInput else { return }
    drain(session.control.output, into: input)
    while let frame = try input.next() {
      guard let type = FrameType(rawValue: frame.header.type) else { continue }
      switch process?.control.received(try ControlMessage(type, frame.meta)) {
      case .configured(let configured): self.configured = configured.instances.first
      case .log(let line): logLines.append(line.message)
      case .violation(let violation): throw violation
      default: break
      }
    }
  }

  private func takeData(_ session: PluginSession) throws {
    guard let input = process?.dataInput, let link = session.data.first else { return }
    drain(link.output, into: input)
    while let frame = try input.next() {
      let stream = frame.header.stream
      switch process?.data.received(frame.header) {
      case .reply(_, let more), .serviceCall(_, let more):
        partial[stream] = Message(meta: Array(frame.meta), payload: Array(frame.payload))
        if !more { try finish(stream) }
      case .data(_, let more):
        partial[stream]?.payload += frame.payload
        if !more { try finish(stream) }
      case .credit:
        try credit(frame)
        continue
      case .violation(let violation): throw violation
      default: break
      }
      consumed(frame.payload.count, on: stream)
    }
  }

  private func drain(_ output: FrameOutput, into input: FrameInput) {
    let pending = Array(output.pending)
    output.wrote(pending.count)
    copy(pending, to: input)
  }

  private func credit(_ frame: Frame) throws {
    let arena = MessageArena()
    let message = arena.decode(frame.meta) { patchbay__plugin__v1__credit__unpack($0, $1, $2) }
    let bytes = withExtendedLifetime(arena) { message?.pointee.bytes ?? 0 }
    if let violation = process?.data.creditReceived(stream: frame.header.stream, bytes: bytes) {
      throw violation
    }
  }

  private func consumed(_ count: Int, on stream: UInt32) {
    guard count > 0, let grant = process?.data.consume(stream, payload: count) else { return }
    for (stream, bytes) in [(0, grant.connection), (stream, grant.stream)] where bytes > 0 {
      feed { $0.frame(.credit, stream: stream, meta: { $0.number(1, bytes) }) }
    }
  }

  /// A message is whole.
  private func finish(_ stream: UInt32) throws {
    guard let message = partial.removeValue(forKey: stream) else { return }
    guard stream & 1 == 0 else {
      replies[stream] = message
      return
    }
    let arena = MessageArena()
    let decoded = message.meta.withUnsafeBytes {
      arena.decode($0) { patchbay__plugin__v1__service_call__unpack($0, $1, $2) }
    }
    guard let call = withExtendedLifetime(arena, { decoded?.pointee }) else { return }
    switch process?.data.serviceOpened(
      stream, parent: call.parent_stream, ordinal: call.parent_ordinal)
    {
    case .opened: break
    case .violation(let violation): throw violation
    case .late, nil: return
    }
    let request = withExtendedLifetime(arena) { DecodedServiceCall(call, body: message.payload) }
    let identity = "\(identities[call.parent_stream] ?? "")/\(call.sequence)"
    let now = timeOfDay
    servicesUnderWay += 1
    Task {
      let answer = await services.answer(request, identity: identity, now: now)
      deliver(answer, on: stream)
    }
  }

  private func deliver(_ answer: FakeServices.Answer, on stream: UInt32) {
    servicesUnderWay -= 1
    // The call may have ended without waiting for the answer.
    if process?.data.isOpen(stream) == true {
      feed { output in
        output.frame(
          .serviceResult, stream: stream, meta: { answer.write(to: $0) },
          payload: { output in answer.body.withUnsafeBytes { output.raw($0) } })
      }
      process?.data.sent(stream, payload: answer.body.count, more: false, answer: true)
    }
    wakes.signal()
  }
}

/// Microseconds that only move when the harness says so.
private final class ManualClock: Sendable {
  private let time = Atomic<UInt64>(1_000_000)

  var now: UInt64 { time.load(ordering: .acquiring) }

  func advance(to due: UInt64) { if due > now { time.store(due, ordering: .releasing) } }
}

/// Wakes who waits; a signal without a waiter wakes the next one.
private final class WakeSignal: Sendable {
  private struct State {
    var isSignalled = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  func signal() {
    let waiters = state.withLock { state in
      state.isSignalled = state.waiters.isEmpty
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isSignalled = state.withLock { state in
        if !state.isSignalled { state.waiters.append(continuation) }
        defer { state.isSignalled = false }
        return state.isSignalled
      }
      if isSignalled { continuation.resume() }
    }
  }
}
