// SPDX-License-Identifier: Apache-2.0

import CPluginMessages
import HostExchange
import HostPools
import HostProcesses
import NIOCore
import PluginProtocol

/// One worker's data connection to one plugin process.
///
/// Frames of one turn of the loop leave in one write. What the process may do is the connection machine's to say; one
/// that breaks the protocol loses its connection, and with it its calls, which go elsewhere.
final class PluginLane: ChannelInboundHandler, Flushable {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Payloads above this are not copied behind their header but written as they are.
  private static let copyLimit = 4 << 10
  /// Bytes of memory for frames that are kept from turn to turn.
  private static let keptMemory = 64 << 10
  /// Bytes of answers that may wait for a process, beside the payload that it gave credit for.
  private static let unreadLimit = 4 << 20

  let incarnation: UInt64
  let release: UInt64
  /// The format of its checkpoints.
  let stateVersion: UInt32
  let capacity: Int
  /// The process is to end: streams move away where they can.
  var isLeaving = false
  var tally = CallTally()
  private unowned let worker: Worker
  private unowned let server: PluginServer
  private var context: ChannelHandlerContext?
  private var connection: DataConnection
  private let decoder: FrameDecoder
  private let maxMessage: Int
  private let maxPayload: Int
  private let unreadLimit: Int
  private var isBroken = false
  private var inbound = ByteBuffer()
  private var outbound = ByteBuffer()
  private var flushIsScheduled = false
  private var streams: [UInt32: LaneStream] = [:]
  private var services: [UInt32: ServiceStream] = [:]
  private var sending: [UInt32: OutboundPayload] = [:]

  init(_ process: ProcessHandle, worker: Worker, server: PluginServer) {
    let accepts = ConnectionLimits()
    let limits = process.limits
    incarnation = process.incarnation
    release = process.release
    stateVersion = process.stateVersion
    self.worker = worker
    self.server = server
    capacity = Int(limits.maxStreams)
    connection = DataConnection(role: .host, accepts: accepts, peerAccepts: limits)
    decoder = FrameDecoder(maxFrame: accepts.maxFrame, maxMeta: accepts.maxMeta)
    maxMessage = Int(limits.maxMeta)
    maxPayload = limits.maxPayload
    unreadLimit = Int(limits.connectionWindow) + Self.unreadLimit
  }

  /// A call's stream, the reply as far as it has come, and the service calls under way.
  private struct LaneStream {
    let exchange: Exchange
    let step: Int
    var reply: PartialMessage?
    var services: [UInt32] = []
  }

  /// A service call's stream.
  private struct ServiceStream {
    var parent: UInt32
    var call: PartialMessage
    var cancellation: ServiceHost.Cancellation?
  }

  /// A message whose payload has not all arrived.
  private struct PartialMessage {
    var meta: ByteBuffer
    var payload: ByteBuffer
  }

  /// Payload that waits for credit.
  private struct OutboundPayload {
    var rest: ByteBuffer
    let ordinal: UInt16
    let isAnswer: Bool
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func channelInactive(context: ChannelHandlerContext) {
    self.context = nil
    let orphans = streams.sorted { $0.key < $1.key }
    let calls = orphans.count { $0.value.exchange.waits(for: $0.value.step) }
    let orphanedServices = services
    streams.removeAll()
    sending.removeAll()
    services.removeAll()
    for service in orphanedServices.values { service.cancellation?() }
    server.lost(self, calls: calls)
    for (_, stream) in orphans { stream.exchange.laneLost(step: stream.step) }
    worker.flushes.eventEnded()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  /// The process broke the protocol.
  private func broke(_ violation: ProtocolViolation) {
    guard !isBroken else { return }
    isBroken = true
    server.violated(self, violation)
    context?.close(promise: nil)
  }
}

// MARK: - Calls

extension PluginLane {
  /// Opens a stream for an exchange's step.
  func open(_ exchange: Exchange, step: Int) -> UInt32? {
    guard context != nil, case .opened(let id) = connection.open() else { return nil }
    streams[id] = LaneStream(exchange: exchange, step: step)
    return id
  }

  /// Streams whose plugin is not being asked anything.
  var idleStreams: [(exchange: Exchange, step: Int)] {
    streams.filter { !connection.isAsked($0.key) }.map { ($0.value.exchange, $0.value.step) }
  }

  /// Sends a call. `last`: no other will come on the stream. False: the message is larger than the process takes.
  func call<Message>(
    _ stream: UInt32, _ message: UnsafeMutablePointer<Message>, payload: ByteBuffer, last: Bool
  ) -> Bool {
    let size = packedSize(message)
    guard size <= maxMessage else { return false }
    let ordinal = connection.ask(stream, last: last)
    send(
      .call, stream: stream, ordinal: ordinal, flags: last ? .last : [], message, size: size,
      payload, isAnswer: false)
    return true
  }

  /// Ends a stream before its last reply, or because no call will come.
  func close(_ stream: UInt32, _ reason: CancelReason) {
    endServices(of: stream)
    guard streams.removeValue(forKey: stream) != nil else { return }
    sending[stream] = nil
    guard connection.cancel(stream) else { return }
    let message = worker.arena.make { patchbay__plugin__v1__cancel__init($0) }
    message.pointee.reason.rawValue = UInt32(reason.rawValue)
    write(.cancel, stream: stream, message)
    worker.arena.reset()
  }

  private func endServices(of stream: UInt32) {
    guard let ended = streams[stream]?.services, !ended.isEmpty else { return }
    streams[stream]?.services = []
    for id in ended {
      let service = services.removeValue(forKey: id)
      sending[id] = nil
      service?.cancellation?()
    }
  }

  private func send<Message>(
    _ type: FrameType, stream: UInt32, ordinal: UInt16, flags: FrameFlags,
    _ message: UnsafeMutablePointer<Message>, size: Int, _ payload: ByteBuffer, isAnswer: Bool
  ) {
    let now = min(payload.readableBytes, connection.sendable(stream), maxPayload)
    let more = now < payload.readableBytes
    connection.sent(stream, payload: now, more: more, answer: isAnswer)
    write(
      type, stream: stream, ordinal: ordinal, flags: more ? flags.union(.more) : flags, message,
      size: size, payload: payload.getSlice(at: payload.readerIndex, length: now))
    if more {
      var rest = payload
      rest.moveReaderIndex(forwardBy: now)
      sending[stream] = OutboundPayload(rest: rest, ordinal: ordinal, isAnswer: isAnswer)
      sendRest(stream)
    }
  }

  private func sendRest(_ stream: UInt32) {
    while var waiting = sending[stream] {
      let now = min(waiting.rest.readableBytes, connection.sendable(stream), maxPayload)
      guard now > 0, let piece = waiting.rest.readSlice(length: now) else { return }
      let more = waiting.rest.readableBytes > 0
      connection.sent(stream, payload: now, more: more, answer: waiting.isAnswer)
      let header = FrameHeader(
        .data, stream: stream, ordinal: waiting.ordinal, flags: more ? .more : [],
        payloadLength: now)
      write(header)
      write(payload: piece)
      sending[stream] = more ? waiting : nil
    }
  }
}

// MARK: - Writing

extension PluginLane {
  private func write<Message>(
    _ type: FrameType, stream: UInt32, ordinal: UInt16 = 0, flags: FrameFlags = [],
    _ message: UnsafeMutablePointer<Message>, size: Int? = nil, payload: ByteBuffer? = nil
  ) {
    let length = size ?? packedSize(message)
    let header = FrameHeader(
      type, stream: stream, ordinal: ordinal, flags: flags, metaLength: length,
      payloadLength: payload?.readableBytes ?? 0)
    outbound.writeWithUnsafeMutableBytes(minimumWritableBytes: FrameHeader.size + length) {
      guard let start = $0.baseAddress else { return 0 }
      header.encode(into: start)
      pack(message, to: start + FrameHeader.size)
      return FrameHeader.size + length
    }
    if let payload { write(payload: payload) }
    scheduleFlush()
  }

  private func write(_ header: FrameHeader) {
    outbound.writeWithUnsafeMutableBytes(minimumWritableBytes: FrameHeader.size) {
      guard let start = $0.baseAddress else { return 0 }
      header.encode(into: start)
      return FrameHeader.size
    }
    scheduleFlush()
  }

  private func write(payload: ByteBuffer) {
    if payload.readableBytes <= Self.copyLimit {
      outbound.writeImmutableBuffer(payload)
    } else {
      handOver()
      context?.write(wrapOutboundOut(payload), promise: nil)
    }
  }

  private func handOver() {
    guard outbound.readableBytes > 0, let context else { return }
    let frames = outbound
    outbound = ByteBuffer()
    context.write(wrapOutboundOut(frames), promise: nil)
  }

  private func scheduleFlush() {
    guard !flushIsScheduled else { return }
    flushIsScheduled = true
    worker.flushes.flushAfterTurn(self)
  }

  /// The turn of the loop is over: everything leaves at once.
  func flush() {
    flushIsScheduled = false
    guard let context else { return }
    // Not kept while it is written: to write can lead to more writes.
    var frames = outbound
    outbound = ByteBuffer()
    if frames.readableBytes > 0 { context.write(wrapOutboundOut(frames), promise: nil) }
    context.flush()
    // It is with the system, as a rule, and its memory serves for the next turn.
    guard outbound.readableBytes == 0, frames.capacity <= Self.keptMemory else { return }
    frames.clear()
    outbound = frames
  }
}

// MARK: - Reading

extension PluginLane {
  func channelReadComplete(context: ChannelHandlerContext) { worker.flushes.eventEnded() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    worker.flushes.eventBegan()
    var bytes = inbound
    inbound = ByteBuffer()
    bytes.append(received: unwrapInboundIn(data))
    while self.context != nil, !isBroken {
      switch bytes.withUnsafeReadableBytes({ decoder.next(in: $0) }) {
      case .incomplete: return inbound = bytes
      case .violation(let violation): return broke(violation)
      case .frame(let header):
        bytes.moveReaderIndex(forwardBy: FrameHeader.size)
        guard let meta = bytes.readSlice(length: Int(header.metaLength)),
          let payload = bytes.readSlice(length: header.payloadLength)
        else { return broke(.metaBeyondFrame) }
        received(header, meta, payload)
      }
    }
  }

  private func received(_ header: FrameHeader, _ meta: ByteBuffer, _ payload: ByteBuffer) {
    switch connection.received(header) {
    case .reply(let stream, let more):
      consumed(stream, payload.readableBytes)
      if more {
        streams[stream]?.reply = PartialMessage(meta: meta, payload: payload)
      } else {
        deliver(stream, meta, payload)
      }
    case .data(let stream, let more):
      consumed(stream, payload.readableBytes)
      receivedData(stream, payload, more: more)
    case .serviceCall(let stream, let more):
      consumed(stream, payload.readableBytes)
      receivedService(stream, meta, payload, more: more)
    case .credit(let stream): receivedCredit(stream, meta)
    case .log: receivedLog(meta)
    case .late(let payload): consumed(header.stream, payload)
    case .ping: receivedPing(meta)
    case .failure, .ignored: break
    case .violation(let violation): broke(violation)
    case .call, .serviceResult, .cancel, .pong: broke(.unexpectedFrame)
    }
  }

  private func consumed(_ stream: UInt32, _ payload: Int) {
    guard payload > 0 else { return }
    let grant = connection.consume(stream, payload: payload)
    if grant.connection > 0 { credit(0, grant.connection) }
    if grant.stream > 0 { credit(stream, grant.stream) }
  }

  private func credit(_ stream: UInt32, _ bytes: Int) {
    let message = worker.arena.make { patchbay__plugin__v1__credit__init($0) }
    message.pointee.bytes = UInt32(clamping: bytes)
    write(.credit, stream: stream, message)
    worker.arena.reset()
  }

  private func receivedData(_ stream: UInt32, _ payload: ByteBuffer, more: Bool) {
    if stream & 1 == 0 { return receivedServiceData(stream, payload, more: more) }
    guard var reply = streams[stream]?.reply else { return broke(.payloadUnexpected) }
    streams[stream]?.reply = nil
    reply.payload.writeImmutableBuffer(payload)
    guard reply.payload.readableBytes <= worker.replyLimit else { return broke(.badLength) }
    if more {
      streams[stream]?.reply = reply
    } else {
      deliver(stream, reply.meta, reply.payload)
    }
  }

  private func deliver(_ stream: UInt32, _ meta: ByteBuffer, _ payload: ByteBuffer) {
    guard let call = streams[stream] else { return broke(.neverOpened) }
    if !call.services.isEmpty { endServices(of: stream) }
    let isOver = !connection.isOpen(stream)
    if isOver { streams[stream] = nil }
    if !sending.isEmpty { sending[stream] = nil }
    let violation = worker.withReply(meta) { reply in
      call.exchange.replied(
        step: call.step, reply, meta: meta, payload: payload, endsStream: isOver)
    }
    if let violation { refused(stream, call.exchange, step: call.step, violation) }
  }

  /// The exchange has not taken the answer of the stream: when the connection closes, the call is lost with the others.
  func refused(
    _ stream: UInt32, _ exchange: Exchange, step: Int, _ violation: ProtocolViolation
  ) {
    guard context != nil else { return exchange.laneLost(step: step) }
    streams[stream] = LaneStream(exchange: exchange, step: step)
    broke(violation)
  }

  private func receivedCredit(_ stream: UInt32, _ meta: ByteBuffer) {
    let bytes = meta.withUnsafeReadableBytes { bytes -> UInt32 in
      defer { worker.arena.reset() }
      let credit = worker.arena.decode(bytes) {
        patchbay__plugin__v1__credit__unpack($0, $1, $2)
      }
      return credit?.pointee.bytes ?? 0
    }
    if let violation = connection.creditReceived(stream: stream, bytes: bytes) {
      return broke(violation)
    }
    if stream == 0 {
      for id in sending.keys.sorted() { sendRest(id) }
    } else {
      sendRest(stream)
    }
  }

  private func receivedPing(_ meta: ByteBuffer) {
    let ping = meta.withUnsafeReadableBytes { try? ControlMessage(.ping, $0) }
    guard case .ping(let nonce) = ping else { return broke(.badMessage) }
    guard isRead else { return broke(.answersUnread) }
    let message = worker.arena.make { patchbay__plugin__v1__pong__init($0) }
    message.pointee.nonce = nonce
    write(.pong, stream: 0, message)
    worker.arena.reset()
  }

  /// Whether the process reads what it is sent. Payload waits for its credit; answers without any would wait without end.
  private var isRead: Bool {
    guard let channel = context?.channel, !channel.isWritable else { return true }
    let waiting = try? channel.syncOptions?.getOption(.bufferedWritableBytes)
    return (waiting ?? 0) <= unreadLimit
  }

  private func receivedLog(_ meta: ByteBuffer) {
    let message = meta.withUnsafeReadableBytes { try? ControlMessage(.log, $0) }
    guard case .log(let line) = message else { return broke(.badMessage) }
    server.logged(self, line)
  }
}

// MARK: - Host services

extension PluginLane {
  private func receivedService(
    _ stream: UInt32, _ meta: ByteBuffer, _ payload: ByteBuffer, more: Bool
  ) {
    let parent = worker.withServiceCall(meta) { ($0.parent_stream, $0.parent_ordinal) }
    guard let parent else { return broke(.badMessage) }
    switch connection.serviceOpened(stream, parent: parent.0, ordinal: parent.1) {
    case .opened: break
    case .late: return
    case .violation(let violation): return broke(violation)
    }
    streams[parent.0]?.services.append(stream)
    if more {
      services[stream] = ServiceStream(
        parent: parent.0, call: PartialMessage(meta: meta, payload: payload))
    } else {
      services[stream] = ServiceStream(
        parent: parent.0, call: PartialMessage(meta: ByteBuffer(), payload: ByteBuffer()))
      perform(stream, meta, payload)
    }
  }

  private func receivedServiceData(_ stream: UInt32, _ payload: ByteBuffer, more: Bool) {
    guard var service = services[stream] else { return broke(.payloadUnexpected) }
    services[stream] = nil  // so that the payload is not copied to be added to
    service.call.payload.writeImmutableBuffer(payload)
    guard service.call.payload.readableBytes <= worker.replyLimit else { return broke(.badLength) }
    services[stream] = service
    if !more { perform(stream, service.call.meta, service.call.payload) }
  }

  private func perform(_ stream: UInt32, _ meta: ByteBuffer, _ payload: ByteBuffer) {
    guard let service = services[stream], let call = streams[service.parent] else { return }
    var isEarly = false
    let isWhole = worker.withServiceCall(meta) { message in
      guard message.body_length == UInt64(payload.readableBytes) else { return false }
      guard call.exchange.mayServe(message, to: call.step) else {
        isEarly = true
        return true
      }
      let cancellation = worker.services.perform(
        message, payload: payload, for: call.exchange, step: call.step
      ) { [weak self] result in
        self?.answer(stream, result)
      }
      // It may be answered already, and its stream over.
      services[stream]?.cancellation = cancellation
      return true
    }
    if isEarly { call.exchange.putOff(call.step) }
    if isWhole != true { broke(isWhole == nil ? .badMessage : .badLength) }
  }

  private func answer(_ stream: UInt32, _ result: ServiceOutcome) {
    guard let service = services.removeValue(forKey: stream), connection.isOpen(stream) else {
      return
    }
    guard isRead else { return broke(.answersUnread) }
    var (message, payload) = (result.message(in: worker.arena), result.payload)
    var size = packedSize(message)
    if size > maxMessage {
      let refusal = ServiceOutcome.error("too-large", "the result's head is larger than allowed")
      (message, payload) = (refusal.message(in: worker.arena), refusal.payload)
      size = packedSize(message)
    }
    send(
      .serviceResult, stream: stream, ordinal: 0, flags: [], message, size: size, payload,
      isAnswer: true)
    worker.arena.reset()
    // What waits for credit still ends with its call.
    if sending[stream] == nil { streams[service.parent]?.services.removeAll { $0 == stream } }
  }
}
