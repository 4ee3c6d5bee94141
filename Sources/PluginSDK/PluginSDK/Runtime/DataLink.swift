// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import PluginProtocol

/// A data connection: calls come in, replies and service calls go out.
package final class DataLink: Link {
  /// Largest body that is gathered, whatever was subscribed: the host has limits of its own.
  private static let bodyLimit: UInt64 = 256 << 20

  /// A call whose payload is still coming.
  private struct Gathering {
    let call: ReceivedCall
    var body: BodyGatherer
  }

  private var machine: DataConnection
  private var exchanges: [UInt32: Exchange] = [:]
  private var gathering: [UInt32: Gathering] = [:]
  private var services = ServiceCalls()
  private var sender: PayloadSender
  /// For messages that are not kept.
  private let scratch = MessageArena()
  /// Calls that wait for an answer.
  private(set) var inFlight = 0

  init(session: PluginSession, accepts: ConnectionLimits, peerAccepts: ConnectionLimits) {
    machine = DataConnection(role: .plugin, accepts: accepts, peerAccepts: peerAccepts)
    sender = PayloadSender(limits: peerAccepts)
    super.init(
      session: session,
      decoder: FrameDecoder(maxFrame: accepts.maxFrame, maxMeta: accepts.maxMeta))
  }

  /// Whether no stream is open and nothing waits for credit.
  var isIdle: Bool { exchanges.isEmpty && gathering.isEmpty && sender.isIdle }

  /// Frames that came for streams that were over.
  package var lateFrames: Int { machine.lateFrames }

  override func receive(_ frame: Frame) throws(ProtocolViolation) {
    switch machine.received(frame.header) {
    case .call(let stream, let ordinal, _, let last, let more):
      let call = try ReceivedCall(
        meta: frame.meta, ordinal: ordinal, endsStream: last, now: session.loop.now)
      try received(call, on: stream, frame.payload, more: more)
    case .data(let stream, let more):
      if stream & 1 == 1 {
        try received(piece: frame.payload, on: stream, more: more)
      } else {
        try services.append(frame.payload, on: stream, more: more)
        if !more { sender.forget(stream) }
      }
      consumed(frame.payload.count, on: stream)
    case .serviceResult(let stream, let more):
      try services.receive(frame, more: more)
      if !more { sender.forget(stream) }
      consumed(frame.payload.count, on: stream)
    case .credit(let stream): try received(credit: frame.meta, on: stream)
    case .cancel(let stream): close(stream)
    case .ping:
      guard case .ping(let nonce) = try ControlMessage(.ping, frame.meta) else { return }
      let inFlight = UInt32(clamping: session.inFlight)
      output.append(ControlMessage.pong(nonce: nonce, inFlight: inFlight).frame())
    case .failure:
      guard case .failure(let failure) = try ControlMessage(.failure, frame.meta) else { return }
      session.failed(failure)
    case .late(let payload): consumed(payload, on: frame.header.stream)
    case .ignored: break
    case .violation(let violation): throw violation
    case .reply, .serviceCall, .log, .pong: throw .unexpectedFrame
    }
  }

  private func received(
    _ call: ReceivedCall, on stream: UInt32, _ payload: UnsafeRawBufferPointer, more: Bool
  ) throws(ProtocolViolation) {
    inFlight += 1
    guard call.bodyLength <= Self.bodyLimit else { throw .badLength }
    var body = BodyGatherer(expected: Int(call.bodyLength))
    try body.append(payload)
    consumed(payload.count, on: stream)
    if more {
      gathering[stream] = Gathering(call: call, body: body)
    } else {
      try begin(call, on: stream, body)
    }
  }

  private func received(
    piece: UnsafeRawBufferPointer, on stream: UInt32, more: Bool
  ) throws(ProtocolViolation) {
    guard var gathered = gathering.removeValue(forKey: stream) else { throw .payloadUnexpected }
    try gathered.body.append(piece)
    if more {
      gathering[stream] = gathered
    } else {
      try begin(gathered.call, on: stream, gathered.body)
    }
  }

  private func begin(
    _ call: ReceivedCall, on stream: UInt32, _ body: BodyGatherer
  ) throws(ProtocolViolation) {
    guard body.isComplete else { throw .badLength }
    call.complete(with: body.bytes)
    call.began = session.loop.now
    guard let exchange = exchange(on: stream, for: call) else {
      let refusal = CallError(
        code: "unknown-instance", message: "this process has no such instance or generation")
      write(ReplyDraft(refusal), to: call, stream: stream, Outlets())
      return
    }
    call.callee = exchange.instance
    do throws(CallError) {
      if !call.checkpoint.isEmpty {
        try exchange.instance.stateCoder?.load(call.checkpoint, into: exchange)
      }
      exchange.begin(call)
    } catch {
      answered(call, on: exchange, with: ReplyDraft(error))
    }
  }

  /// The exchange of a stream, which its first call makes.
  private func exchange(on stream: UInt32, for call: ReceivedCall) -> Exchange? {
    if let exchange = exchanges[stream] { return exchange }
    let instance = session.instance(call.instance, generation: call.generation)
    let exchange = instance?.open(stream: stream, on: session.loop, link: self)
    exchanges[stream] = exchange
    return exchange
  }

  /// The stream is over; what runs on it is cancelled.
  private func close(_ stream: UInt32) {
    sender.forget(stream)
    if gathering.removeValue(forKey: stream) != nil { inFlight -= 1 }
    if let exchange = exchanges.removeValue(forKey: stream) {
      if exchange.activeCall != nil { inFlight -= 1 }
      forgetServices(of: exchange)
      exchange.end()
    }
  }

  private func forgetServices(of exchange: Exchange) {
    for stream in services.forget(parent: exchange.stream) { sender.forget(stream) }
  }

  /// Gives credit for payload that was taken out of the connection's buffer.
  private func consumed(_ count: Int, on stream: UInt32) {
    guard count > 0 else { return }
    let grant = machine.consume(stream, payload: count)
    if grant.connection > 0 { output.frame(.credit, meta: { $0.number(1, grant.connection) }) }
    if grant.stream > 0 {
      output.frame(.credit, stream: stream, meta: { $0.number(1, grant.stream) })
    }
  }

  private func received(
    credit meta: UnsafeRawBufferPointer, on stream: UInt32
  ) throws(ProtocolViolation) {
    defer { scratch.reset() }
    let credit = scratch.decode(meta) { patchbay__plugin__v1__credit__unpack($0, $1, $2) }
    guard let bytes = credit?.pointee.bytes else { throw .badMessage }
    if let violation = machine.creditReceived(stream: stream, bytes: bytes) { throw violation }
    sender.flush(&machine, output)
  }
}

extension DataLink: ExchangeLink {
  func answered(_ call: ReceivedCall, on exchange: Exchange, with draft: ReplyDraft) {
    let stream = exchange.stream
    // A reply that was under way when its stream was cancelled.
    guard exchanges[stream] === exchange else { return }
    forgetServices(of: exchange)
    report(call.misreads, of: call)
    if call.endsStream || draft.endsStream { exchanges[stream] = nil }
    write(draft, to: call, stream: stream, exchange.instance.outlets)
  }

  private func report(_ misreads: [String], of call: ReceivedCall) {
    guard !misreads.isEmpty else { return }
    session.misreads += misreads
    for misread in misreads {
      session.log(.warning, "\(misread) is read but not in the interest", exchange: call.exchange)
    }
  }

  private func write(
    _ draft: ReplyDraft, to call: ReceivedCall, stream: UInt32, _ outlets: Outlets
  ) {
    inFlight -= 1
    let run = session.loop.now &- call.began
    let isSent = sender.send(
      .reply, stream: stream, ordinal: call.ordinal, last: draft.endsStream, on: &machine,
      to: output, payloadLength: draft.payloadLength(outlets),
      meta: { draft.write(to: $0, for: call, outlets: outlets, run: run) },
      payload: { draft.writePayload(to: $0, outlets) })
    guard !isSent else { return }
    let refusal = ReplyDraft(
      CallError(code: "too-large", message: "the reply's edits are larger than the host takes"))
    _ = sender.send(
      .reply, stream: stream, ordinal: call.ordinal, last: draft.endsStream, on: &machine,
      to: output, payloadLength: 0,
      meta: { refusal.write(to: $0, for: call, outlets: Outlets(), run: run) }, payload: { _ in })
  }

  func callService(
    _ operation: ServiceOperation, sequence: UInt32, of call: ReceivedCall, on exchange: Exchange,
    waiter: Waiter
  ) {
    guard case .opened(let stream) = machine.open(parent: exchange.stream) else {
      exchange.finish(
        waiter,
        .failure(HostError(code: "overload", message: "too many service calls are under way")))
      return
    }
    machine.askService(stream)
    services.open(stream, for: exchange, waiter: waiter)
    let isSent = sender.send(
      .serviceCall, stream: stream, ordinal: 0, on: &machine, to: output,
      payloadLength: operation.body.count,
      meta: { message in
        message.number(1, exchange.stream)
        message.number(2, call.ordinal)
        message.number(3, sequence)
        operation.write(to: message)
      },
      payload: { output in operation.body.withUnsafeBytes { output.raw($0) } })
    guard !isSent else { return }
    machine.cancel(stream)
    services.abandon(stream)
    exchange.finish(
      waiter, .failure(HostError(code: "too-large", message: "more than the host takes")))
  }
}
