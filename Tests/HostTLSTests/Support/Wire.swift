// SPDX-License-Identifier: Apache-2.0

import HostTLS
import NIOCore
import NIOEmbedded

/// The socket's side of a channel: passes bytes on only when a read was asked for, as a socket with
/// autoRead off does.
final class Gate: ChannelOutboundHandler {
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private(set) var reads = 0
  private(set) var isOpen = false
  private(set) var isOutputClosed = false
  /// Writes that left, with or without a promise.
  private(set) var writes = 0
  private var context: ChannelHandlerContext?

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  /// The socket is closed, with nobody behind having asked for it.
  func closeSocket() { context?.close(promise: nil) }

  func read(context: ChannelHandlerContext) {
    reads += 1
    isOpen = true
  }

  func passed() { isOpen = false }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    writes += 1
    context.write(data, promise: promise)
  }

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    guard mode == .output else { return context.close(mode: mode, promise: promise) }
    isOutputClosed = true
    promise?.succeed()
  }
}

/// The handler behind TLS: keeps all that it is told.
final class Recorder: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  var received = ByteBuffer()
  private(set) var agreed: [TLSHandshakeCompleted] = []
  private(set) var errors: [any Error] = []
  private(set) var readCompletes = 0
  private(set) var isInputClosed = false
  private(set) var isInactive = false
  /// Asks for more after each read, as autoRead does.
  var readsOn: Bool
  /// Called for each event with its name.
  var onEvent: (String, ChannelHandlerContext) -> Void = { _, _ in }

  init(readsOn: Bool) { self.readsOn = readsOn }

  func channelActive(context: ChannelHandlerContext) {
    if readsOn { context.read() }
    onEvent("active", context)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    received.writeBuffer(&bytes)
    onEvent("read", context)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    readCompletes += 1
    if readsOn { context.read() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? TLSHandshakeCompleted {
      agreed.append(event)
      onEvent("agreed", context)
    }
    if let event = event as? ChannelEvent, event == .inputClosed { isInputClosed = true }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { errors.append(error) }

  func channelInactive(context: ChannelHandlerContext) { isInactive = true }

  var codes: [TLSError.Code] { errors.compactMap { ($0 as? TLSError)?.code } }
}

/// One end of a connection.
final class End {
  let channel: EmbeddedChannel
  let gate = Gate()
  let recorder: Recorder
  /// What left and has not arrived at the other end.
  var outgoing = ByteBuffer()
  /// Whether the end of this end's bytes has arrived at the other.
  fileprivate var hasToldEnd = false

  init(
    _ context: TLSContext, _ role: TLSRole, readsOn: Bool = true, halfCloses: Bool = false,
    sessions: TLSClientSessions? = nil
  ) throws {
    recorder = Recorder(readsOn: readsOn)
    channel = EmbeddedChannel()
    try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: halfCloses)
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandlers([
      gate, try TLSHandler(context: context, role: role, sessions: sessions), recorder,
    ])
  }

  func connect() throws {
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
  }

  /// Takes what has left into `outgoing`.
  func collect() throws {
    while var bytes = try channel.readOutbound(as: ByteBuffer.self) { outgoing.writeBuffer(&bytes) }
  }

  /// Bytes from the network, whoever asked.
  func receive(_ bytes: [UInt8]) throws {
    gate.passed()
    try channel.writeInbound(ByteBuffer(bytes: bytes))
  }

  /// The other end's last byte has come.
  func receiveEnd() throws {
    let canHalfClose = try channel.syncOptions?.getOption(.allowRemoteHalfClosure) ?? false
    if canHalfClose, channel.isActive {
      channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    } else {
      gate.closeSocket()
    }
  }

  func write(_ bytes: [UInt8]) -> EventLoopFuture<Void> {
    let promise = channel.eventLoop.makePromise(of: Void.self)
    channel.write(ByteBuffer(bytes: bytes), promise: promise)
    return promise.futureResult
  }

  @discardableResult
  func send(_ bytes: [UInt8]) -> EventLoopFuture<Void> {
    let future = write(bytes)
    channel.flush()
    return future
  }

  fileprivate var isOver: Bool { !channel.isActive || gate.isOutputClosed }
}

/// Two ends, and the network between them.
final class Wire {
  let client: End
  let server: End
  /// The sizes of the pieces in which bytes arrive, over and over.
  let pieces: [Int]
  private var next = 0

  init(_ client: End, _ server: End, pieces: [Int] = [.max]) {
    self.client = client
    self.server = server
    self.pieces = pieces
  }

  func connect() throws {
    try server.connect()
    try client.connect()
    try run()
  }

  /// Moves bytes until nobody wants any.
  func run() throws {
    var moved = true
    while moved {
      moved = try move(from: client, to: server)
      moved = try move(from: server, to: client) || moved
    }
  }

  private func move(from source: End, to sink: End) throws -> Bool {
    source.channel.embeddedEventLoop.run()
    try source.collect()
    guard sink.channel.isActive else { return false }
    guard source.outgoing.readableBytes > 0 else {
      guard source.isOver, !source.hasToldEnd else { return false }
      source.hasToldEnd = true
      try sink.receiveEnd()
      return true
    }
    guard sink.gate.isOpen else { return false }
    let size = min(pieces[next % pieces.count], source.outgoing.readableBytes)
    next += 1
    guard let piece = source.outgoing.readBytes(length: size) else { return false }
    source.outgoing.discardReadBytes()
    try sink.receive(piece)
    return true
  }
}

/// Bytes that are the same each time and not the same anywhere.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  return (0..<count).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return UInt8(truncatingIfNeeded: state >> 32)
  }
}

extension ByteBuffer {
  var array: [UInt8] { Array(readableBytesView) }
}

/// A client and a server that trust each other, as most tests need them.
struct Contexts {
  let certificates: Certificates
  let server: TLSContext
  let client: TLSContext

  static let shared = Result { try Contexts() }

  private init() throws {
    certificates = try Certificates.shared.get()
    let identity = try certificates.issue("DNS:gateway.example", "IP:127.0.0.1", "IP:::1")
    server = try TLSContext(serverCertificates: identity.certificate, key: identity.key)
    client = try TLSContext(client: .file(certificates.authority.certificate))
  }

  static func wire(
    pieces: [Int] = [.max], readsOn: Bool = true, halfCloses: Bool = false
  ) throws -> Wire {
    let contexts = try shared.get()
    return Wire(
      try End(
        contexts.client, .client(serverName: "gateway.example"), readsOn: readsOn,
        halfCloses: halfCloses),
      try End(contexts.server, .server, readsOn: readsOn, halfCloses: halfCloses), pieces: pieces)
  }
}
