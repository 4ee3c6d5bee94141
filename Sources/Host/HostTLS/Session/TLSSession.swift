// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import NIOCore

/// One end of one TLS connection without its channel: events in, what they mean out.
///
/// Bytes for the network collect in it; whoever drives it takes them (``takeOutput()``) after each
/// event, also after a failure, for then they are the alert that tells the peer why. Used on one event
/// loop only.
struct TLSSession: ~Copyable {
  private enum State {
    /// Nothing was sent or received.
    case idle
    case handshaking
    case open
    /// The peer has sent close_notify; this end may still write.
    case inputClosed
    /// This end has sent close_notify; the peer may still write.
    case outputClosed
    /// Over: both ends said so, or it failed. Terminal.
    case closed
  }

  /// Bytes of plaintext in the largest record (RFC 8446, section 5.1).
  static let recordLimit = 16_384
  /// Output that is worth a write of its own: three full records, for then a buffer has 64 KB.
  static let outputLimit = 3 * recordLimit
  /// A bound of what a record adds to its plaintext: header, nonce, padding, tag or MAC.
  private static let recordOverhead = 96
  /// A larger buffer of staged plaintext is not kept by an idle connection.
  private static let keptStaging = 4096

  // The handle borrows the context, the transport and the collector: they must outlive it, and do, as properties.
  private let handle: OpaquePointer
  private let context: TLSContext
  private let transport: TransportBIO
  private let serverName: String?
  private let collector: TLSClientSessions.Collector?
  private var state = State.idle
  /// How reading ended, when plaintext had to be delivered before it.
  private var ending: OnRead?
  /// Plaintext being received; kept as long as nothing came into it.
  private var plaintext = ByteBuffer()
  /// Small writes of one flush, until they fill a record.
  private var staged = ByteBuffer()

  /// - Parameter sessions: where a client's session is found and left.
  init(
    _ context: TLSContext, _ role: TLSRole, sessions: TLSClientSessions? = nil
  ) throws(TLSError) {
    let transport = TransportBIO()
    let peer = try Peer(role)
    precondition(context.isServer == (role == .server), "a context is for clients or for servers")
    let collector = sessions.flatMap { sessions in
      peer.map { TLSClientSessions.Collector(sessions, server: $0.session) }
    }
    handle = try Self.makeHandle(context, transport, peer, collector)
    self.context = context
    self.collector = collector
    self.transport = transport
    serverName = peer?.name
  }

  deinit {
    // OpenSSL takes a session for spoiled whose connection ends without close_notify, as TLS 1.0 had it. It is not, and
    // upstreams and the deaths of connections are not so polite.
    SSL_set_shutdown(handle, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
    SSL_free(handle)
  }

  // MARK: - Handshake

  enum OnHandshake: Equatable {
    /// The peer must speak.
    case continues
    case completed(TLSHandshakeCompleted)
    case failed(TLSError)
    /// The session was started already.
    case ignore
  }

  /// The transport is connected.
  mutating func started() -> OnHandshake {
    guard case .idle = state else { return .ignore }  // added to a channel while it became active
    state = .handshaking
    return advanceHandshake()
  }

  /// The handshake is not over.
  var isHandshaking: Bool {
    switch state {
    case .idle, .handshaking: true
    case .open, .inputClosed, .outputClosed, .closed: false
    }
  }

  private mutating func advanceHandshake() -> OnHandshake {
    shim_ERR_clear_error()
    let result = SSL_do_handshake(handle)
    if result == 1 {
      state = .open
      collector?.handshakeCompleted(handle)
      return .completed(TLSHandshakeCompleted(handle, isServer: context.isServer))
    }
    switch SSL_get_error(handle, result) {
    case SSL_ERROR_WANT_READ: return .continues
    case SSL_ERROR_ZERO_RETURN: return .failed(interrupted())
    default: return .failed(fail(duringHandshake: true))
    }
  }

  // MARK: - The network's side

  enum OnReceived: Equatable {
    case handshake(OnHandshake)
    /// There may be plaintext: see ``read()``.
    case readable
    /// Bytes after the end mean nothing (RFC 8446, section 6.1).
    case ignore
  }

  /// Bytes came from the network.
  mutating func received(_ bytes: ByteBuffer) -> OnReceived {
    switch state {
    case .idle:
      transport.received(bytes)
      return .handshake(.continues)
    case .handshaking:
      transport.received(bytes)
      return .handshake(advanceHandshake())
    case .open, .outputClosed:
      transport.received(bytes)
      return .readable
    case .inputClosed, .closed: return .ignore
    }
  }

  enum OnEnded: Equatable {
    /// The end was announced.
    case clean
    case failed(TLSError)
    /// The session was over before.
    case ignore
  }

  /// The network has no more bytes. What had come must have been read.
  mutating func ended() -> OnEnded {
    switch state {
    case .idle, .handshaking: return .failed(interrupted())
    case .open, .outputClosed:
      state = .closed
      return .failed(
        TLSError(code: .truncated, reason: "the connection ended without close_notify"))
    // This end may still write: the peer has closed its output only.
    case .inputClosed: return .clean
    case .closed: return .ignore
    }
  }

  /// Bytes for the network.
  mutating func takeOutput() -> ByteBuffer? { transport.takeOutgoing() }

  // MARK: - The application's side

  enum OnRead: Equatable {
    /// All plaintext that could be had; never empty.
    case plaintext(ByteBuffer)
    /// More bytes must come from the network.
    case nothing
    /// The peer sends no more. This end may go on.
    case closed
    case failed(TLSError)
  }

  /// Whether bytes wait to be decrypted, or an end to be told.
  var hasUnread: Bool { ending != nil || transport.incoming.readableBytes > 0 }

  /// Decrypts what has come. To be called until it has nothing.
  mutating func read() -> OnRead {
    switch state {
    case .open, .outputClosed: break
    case .idle, .handshaking, .inputClosed, .closed: return .nothing
    }
    let end = ending.take() ?? (hasUnread ? decrypt() : .nothing)
    guard plaintext.readableBytes == 0 else {
      ending = end == .nothing ? nil : end
      defer { plaintext = ByteBuffer() }
      return .plaintext(plaintext)
    }
    switch end {
    case .plaintext, .nothing: break
    case .closed: if case .outputClosed = state { state = .closed } else { state = .inputClosed }
    case .failed: state = .closed
    }
    return end
  }

  /// Decrypts all complete records; says why there are no more.
  private mutating func decrypt() -> OnRead {
    while true {
      shim_ERR_clear_error()
      if plaintext.writableBytes == 0 {
        plaintext.reserveCapacity(minimumWritableBytes: max(transport.plaintextBound, 64))
      }
      var result: CInt = 0
      plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: 0) { space in
        var count = 0
        result = SSL_read_ex(handle, space.baseAddress, space.count, &count)
        return count
      }
      guard result != 1 else {
        transport.recordDecrypted()
        continue
      }
      switch SSL_get_error(handle, result) {
      case SSL_ERROR_WANT_READ: return .nothing
      case SSL_ERROR_ZERO_RETURN:
        transport.dropIncoming()
        return .closed
      default:
        transport.dropIncoming()
        return .failed(error(duringHandshake: false))
      }
    }
  }

  enum OnWrite: Equatable {
    /// All was taken.
    case taken
    /// Enough output has collected: take it, then write the rest.
    case outputFull
    /// This end has closed, or the handshake is not over.
    case notOpen
    case failed(TLSError)
  }

  /// Encrypts plaintext; what was taken is read out of the buffer.
  ///
  /// - Parameter more: more follows at once, so that a record need not be cut here.
  mutating func write(_ bytes: inout ByteBuffer, more: Bool) -> OnWrite {
    guard canWrite else { return .notOpen }
    while bytes.readableBytes > 0 || (!more && staged.readableBytes > 0) {
      guard transport.outgoing.readableBytes < Self.outputLimit else { return .outputFull }
      let isSealed: Bool
      if staged.readableBytes == 0, !more || bytes.readableBytes >= Self.recordLimit {
        isSealed = seal(&bytes, following: bytes.readableBytes)
      } else {
        stage(&bytes)
        guard staged.readableBytes == Self.recordLimit || !more else { return .taken }
        var record = staged
        staged = ByteBuffer()
        isSealed = seal(&record, following: bytes.readableBytes + Self.recordLimit)
        if record.capacity <= Self.keptStaging {
          record.clear()
          staged = record
        }
      }
      guard isSealed else { return .failed(fail(duringHandshake: false)) }
    }
    return .taken
  }

  /// Whether plaintext that was taken still waits for its record.
  var hasStaged: Bool { staged.readableBytes > 0 }

  /// Whether this end may write.
  var canWrite: Bool {
    switch state {
    case .open, .inputClosed: true
    case .idle, .handshaking, .outputClosed, .closed: false
    }
  }

  private mutating func stage(_ bytes: inout ByteBuffer) {
    let count = min(bytes.readableBytes, Self.recordLimit - staged.readableBytes)
    guard let part = bytes.readSlice(length: count) else { return }
    staged.writeImmutableBuffer(part)
  }

  /// Makes one record.
  private func seal(_ bytes: inout ByteBuffer, following: Int) -> Bool {
    let count = min(bytes.readableBytes, Self.recordLimit)
    if transport.outgoing.readableBytes == 0 {
      transport.reserveOutgoing(
        min(following, Self.outputLimit) + (Self.outputLimit / Self.recordLimit)
          * Self.recordOverhead)
    }
    shim_ERR_clear_error()
    return bytes.readWithUnsafeReadableBytes { plaintext in
      var written = 0
      let result = SSL_write_ex(handle, plaintext.baseAddress, count, &written)
      return (written, result == 1)
    }
  }

  // MARK: - Closing

  enum OnClosed: Equatable {
    /// close_notify is in the output.
    case notified
    /// Only when the handshake is over can the end be announced.
    case notYet
    /// It was closed before.
    case ignore
  }

  /// This end writes no more, and goes on reading.
  mutating func outputClosed() -> OnClosed {
    switch state {
    case .idle, .handshaking: return .notYet
    case .open: state = .outputClosed
    case .inputClosed: state = .closed
    case .outputClosed, .closed: return .ignore
    }
    shim_ERR_clear_error()
    _ = SSL_shutdown(handle)  // sends, and does not wait for the peer's
    ERR_clear_error()
    return .notified
  }

  /// This end neither reads nor writes any more.
  mutating func closed() -> OnClosed {
    defer {
      state = .closed
      transport.dropIncoming()
    }
    return outputClosed()
  }

  private func error(duringHandshake: Bool) -> TLSError {
    .drained(
      verification: SSL_get_verify_result(handle), serverName: serverName,
      duringHandshake: duringHandshake)
  }

  private mutating func fail(duringHandshake: Bool) -> TLSError {
    state = .closed
    return error(duringHandshake: duringHandshake)
  }

  private mutating func interrupted() -> TLSError {
    state = .closed
    return TLSError(
      code: .handshakeInterrupted, reason: "the peer closed the connection during the handshake")
  }
}
