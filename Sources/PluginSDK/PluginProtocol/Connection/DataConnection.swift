// SPDX-License-Identifier: Apache-2.0

/// One end of a data connection: what has been said, and so what may be said next. Both ends are this same value.
///
/// It sees headers and counts bytes; messages and payloads are its driver's. Three things are kept apart: the peer
/// broke the protocol (`violation`, after which nothing else is answered), we have a bug (a precondition), or a frame
/// raced the end of what it belongs to (`late`).
///
/// Each frame costs a bounded number of look-ups, however many streams are open.
package struct DataConnection: Sendable {
  package enum Role: Sendable { case host, plugin }

  /// A stream, from its first call (or service call) to its end.
  struct Stream: Equatable, Sendable {
    /// Of the call that is or was asked last.
    var ordinal: UInt16 = 0
    /// A call (or service call) was sent or received before: the peer knows the stream.
    var isKnown = false
    /// A call (or service call) was sent or received and not answered.
    var isAsked = false
    /// The answer to the present call ends the stream.
    var isLast = false
    /// More payload of the present message will be received.
    var receivesMore = false
    /// The answer's first frame was received; its payload may still come.
    var isAnswering = false
    /// The present call was answered before all of its payload was here; the rest may still come, and is dropped.
    var isCut = false
    /// Payload bytes that may be sent, and that the peer may send.
    var sendWindow: Int
    var receiveWindow: Int
    /// Consumed and not yet given back.
    var consumed = 0
    /// Of a call's stream: the first of its service calls. Of a service call's: the stream of its call, and its
    /// neighbours in the list of that call. 0: none.
    var firstService: UInt32 = 0
    var parent: UInt32 = 0
    var nextService: UInt32 = 0
    var previousService: UInt32 = 0
  }

  /// What a received frame is.
  package enum OnFrame: Equatable, Sendable {
    /// Host: the reply to the present call. More payload follows where `more`; without it the call is over, and what
    /// was still to be sent of it is not sent.
    case reply(stream: UInt32, more: Bool)
    /// Plugin: a call. `opens`: the first on its stream. `last`: the stream ends with its reply.
    case call(stream: UInt32, ordinal: UInt16, opens: Bool, last: Bool, more: Bool)
    /// Payload of the message that came last on the stream.
    case data(stream: UInt32, more: Bool)
    /// Host: a plugin asks for a service. The driver checks the parent with ``serviceOpened(_:parent:ordinal:)``.
    case serviceCall(stream: UInt32, more: Bool)
    /// Plugin: the result of a service call; the stream is over when `more` is false.
    case serviceResult(stream: UInt32, more: Bool)
    /// The peer gives credit: hand the bytes to ``creditReceived(stream:bytes:)``.
    case credit(stream: UInt32)
    /// Plugin: the stream and the service calls of its call are over.
    case cancel(stream: UInt32)
    case log
    /// Answer with a pong.
    case ping
    case pong
    /// The peer says why it closes the connection.
    case failure
    /// What it belongs to is over: dropped. Its payload is consumed like any other.
    case late(payload: Int)
    /// Of a type that is not known and may be ignored.
    case ignored
    case violation(ProtocolViolation)
  }

  /// Whether a stream can be opened.
  package enum OnOpen: Equatable, Sendable {
    case opened(stream: UInt32)
    /// As many are open as the peer takes.
    case noCredit
  }

  /// What the parent that a service call names is.
  package enum OnService: Equatable, Sendable {
    case opened
    /// Its call was cancelled meanwhile: the stream is over, nobody waits for the result.
    case late
    case violation(ProtocolViolation)
  }

  /// What to send for bytes that were consumed; zero is nothing.
  package struct Grant: Equatable, Sendable {
    package var stream = 0
    package var connection = 0
  }

  let role: Role
  let accepts: ConnectionLimits
  let peerAccepts: ConnectionLimits
  var streams: [UInt32: Stream] = [:]
  var ownIDs: StreamSequence
  var peerIDs: StreamSequence
  var ownStreams = 0
  var peerStreams = 0
  var sendWindow: Int
  var receiveWindow: Int
  var consumed = 0
  var violation: ProtocolViolation?
  /// Whether a ping of ours is not answered yet.
  var awaitsPong = false
  /// Frames that came for what was over.
  package internal(set) var lateFrames = 0

  /// - Parameters:
  ///   - accepts: what this end takes.
  ///   - peerAccepts: what the other end said it takes.
  package init(role: Role, accepts: ConnectionLimits, peerAccepts: ConnectionLimits) {
    self.role = role
    self.accepts = accepts
    self.peerAccepts = peerAccepts
    ownIDs = StreamSequence(of: role)
    peerIDs = StreamSequence(of: role == .host ? .plugin : .host)
    sendWindow = Int(peerAccepts.connectionWindow)
    receiveWindow = Int(accepts.connectionWindow)
    streams.reserveCapacity(64)
  }

  /// Whether the stream is not over.
  package func isOpen(_ stream: UInt32) -> Bool { streams[stream] != nil }

  /// Whether a call (or service call) of the stream waits for its answer.
  package func isAsked(_ stream: UInt32) -> Bool { streams[stream]?.isAsked ?? false }

  func isOwn(_ stream: UInt32) -> Bool { (stream & 1 == 1) == (role == .host) }

  func newStream() -> Stream {
    Stream(
      sendWindow: Int(peerAccepts.streamWindow), receiveWindow: Int(accepts.streamWindow))
  }
}

// MARK: - Ends

extension DataConnection {
  /// The call of the stream got its answer, whole. It, and its payload, is over.
  mutating func answered(_ stream: UInt32) {
    guard let index = streams.index(forKey: stream) else { return }
    if streams.values[index].isLast { return remove(stream) }
    streams.values[index].isCut = streams.values[index].receivesMore
    streams.values[index].isAsked = false
    streams.values[index].isAnswering = false
    streams.values[index].receivesMore = false
    let service = streams.values[index].firstService
    streams.values[index].firstService = 0
    removeServices(from: service)
  }

  /// The stream is over, and so are the service calls of its call.
  mutating func remove(_ stream: UInt32) {
    guard let state = streams.removeValue(forKey: stream) else { return }
    if isOwn(stream) { ownStreams -= 1 } else { peerStreams -= 1 }
    if state.parent != 0 { unlink(state) }
    removeServices(from: state.firstService)
  }

  /// Service calls end with the call that made them.
  private mutating func removeServices(from first: UInt32) {
    var service = first
    while service != 0, let state = streams.removeValue(forKey: service) {
      if isOwn(service) { ownStreams -= 1 } else { peerStreams -= 1 }
      service = state.nextService
    }
  }

  /// Adds the service call to those of its call.
  mutating func link(_ service: UInt32, to parent: UInt32) {
    guard let next = streams[parent]?.firstService else { return }
    streams[parent]?.firstService = service
    streams[service]?.parent = parent
    streams[service]?.nextService = next
    if next != 0 { streams[next]?.previousService = service }
  }

  private mutating func unlink(_ service: Stream) {
    if service.previousService != 0 {
      streams[service.previousService]?.nextService = service.nextService
    } else {
      streams[service.parent]?.firstService = service.nextService
    }
    if service.nextService != 0 {
      streams[service.nextService]?.previousService = service.previousService
    }
  }
}
