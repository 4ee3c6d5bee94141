// SPDX-License-Identifier: Apache-2.0

/// One end of a data connection: what has been said, and so what may be said next. Both ends are this same value.
///
/// It sees headers and counts bytes; messages and payloads are its driver's. Three things are kept apart: the peer
/// broke the protocol (`violation`), we have a bug (a precondition), or a frame raced the end of its stream (`late`).
package struct DataConnection: Sendable {
  package enum Role: Sendable { case host, plugin }

  /// A stream, from its first call (or service call) to its end.
  private struct Stream {
    /// Of the call that is or was asked last.
    var ordinal: UInt16 = 0
    var calls: UInt32 = 0
    /// A call (or service call) was sent or received and not answered.
    var isAsked = false
    /// The answer to the present call ends the stream.
    var isLast = false
    /// More payload of the present message will be received, sent.
    var receivesMore = false
    var sendsMore = false
    /// The answer's first frame was received, sent; its payload may still come.
    var isAnswering = false
    /// Payload bytes that may be sent, and that the peer may send.
    var sendWindow: Int
    var receiveWindow: Int
    /// Consumed and not yet given back.
    var consumed = 0
    /// Of a service stream: the stream of its call.
    var parent: UInt32 = 0
  }

  /// What a received frame is.
  package enum OnFrame: Equatable, Sendable {
    /// Host: the reply to the present call. More payload follows where `more`.
    case reply(stream: UInt32, more: Bool)
    /// Plugin: a call. `opens`: the first on its stream. `last`: the stream ends with its reply.
    case call(stream: UInt32, ordinal: UInt16, opens: Bool, last: Bool, more: Bool)
    /// Payload of the message that came last on the stream.
    case data(stream: UInt32, more: Bool)
    /// Host: a plugin asks for a service. The driver checks the parent with ``serviceOpened(_:parent:)``.
    case serviceCall(stream: UInt32, more: Bool)
    /// Plugin: the result of a service call; the stream is over when `more` is false.
    case serviceResult(stream: UInt32, more: Bool)
    /// The peer gives credit: hand the bytes to ``creditReceived(stream:bytes:)``.
    case credit(stream: UInt32)
    /// Plugin: the stream and the service calls of its call are over.
    case cancel(stream: UInt32)
    case log
    case ping
    case pong
    case failure
    /// The stream is over: dropped. Its payload counts for the connection, the driver consumes it at once.
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
    /// The ids are used up: the connection must be replaced.
    case exhausted
  }

  /// What to send for bytes that were consumed; zero is nothing.
  package struct Grant: Equatable, Sendable {
    package var stream = 0
    package var connection = 0
  }

  private let role: Role
  private let accepts: ConnectionLimits
  private let peerAccepts: ConnectionLimits
  private var streams: [UInt32: Stream] = [:]
  private var lastOpened: UInt32
  private var lastReceived: UInt32 = 0
  private var ownStreams = 0
  private var peerStreams = 0
  private var sendWindow: Int
  private var receiveWindow: Int
  private var consumed = 0
  /// Frames that came for streams that were over.
  package private(set) var lateFrames = 0

  /// - Parameters:
  ///   - accepts: what this end takes.
  ///   - peerAccepts: what the other end said it takes.
  package init(role: Role, accepts: ConnectionLimits, peerAccepts: ConnectionLimits) {
    self.role = role
    self.accepts = accepts
    self.peerAccepts = peerAccepts
    lastOpened = role == .host ? UInt32.max : 0  // the next ones are 1 and 2
    sendWindow = Int(peerAccepts.connectionWindow)
    receiveWindow = Int(accepts.connectionWindow)
    streams.reserveCapacity(64)
  }

  /// Streams that this end has opened and that are not over.
  package var openStreams: Int { ownStreams }

  /// Whether the stream is not over.
  package func isOpen(_ stream: UInt32) -> Bool { streams[stream] != nil }
}

// MARK: - Sending

extension DataConnection {
  /// Opens a stream: for an exchange (host), or for a service call of the call on `parent` (plugin).
  package mutating func open(parent: UInt32 = 0) -> OnOpen {
    guard ownStreams < Int(peerAccepts.maxStreams) else { return .noCredit }
    guard lastOpened == .max || lastOpened < UInt32(Int32.max) - 2 else { return .exhausted }
    let id = lastOpened &+ 2
    lastOpened = id
    ownStreams += 1
    streams[id] = Stream(
      sendWindow: Int(peerAccepts.streamWindow), receiveWindow: Int(accepts.streamWindow),
      parent: parent)
    return .opened(stream: id)
  }

  /// Host: asks the next call of a stream; answers with its ordinal.
  package mutating func ask(_ stream: UInt32, last: Bool) -> UInt16 {
    guard var state = streams[stream] else {
      preconditionFailure("a call is asked on a stream that is open")
    }
    precondition(!state.isAsked && !state.sendsMore, "one call of a stream at a time")
    if state.calls > 0 { state.ordinal &+= 1 }
    state.calls &+= 1
    state.isAsked = true
    state.isAnswering = false
    state.isLast = last
    streams[stream] = state
    return state.ordinal
  }

  /// Plugin: asks the service call of a stream that it opened.
  package mutating func askService(_ stream: UInt32) {
    streams[stream]?.isAsked = true
    streams[stream]?.isLast = true
  }

  /// How many payload bytes may be sent on the stream now.
  package func sendable(_ stream: UInt32) -> Int {
    guard let state = streams[stream] else { return 0 }
    return max(0, min(state.sendWindow, sendWindow))
  }

  /// Payload bytes left on a stream. `more`: the message goes on in a data frame.
  ///
  /// For the last frame of an answer (a reply, a service result) the stream may be over with it.
  package mutating func sent(_ stream: UInt32, payload: Int, more: Bool, answer: Bool) {
    guard var state = streams[stream] else {
      preconditionFailure("payload is sent on a stream that is open")
    }
    precondition(payload <= min(state.sendWindow, sendWindow), "credit is asked for before")
    state.sendWindow -= payload
    sendWindow -= payload
    state.sendsMore = more
    streams[stream] = state
    if answer, !more { answered(stream) }
  }

  /// Host: the stream is over, whatever is under way on it; and so are the service calls of its call.
  package mutating func cancel(_ stream: UInt32) { remove(stream) }

  /// The peer may send what was consumed again; how much of it is worth a frame now.
  package mutating func consume(_ stream: UInt32, payload: Int) -> Grant {
    var grant = Grant()
    consumed += payload
    if consumed * 2 >= Int(accepts.connectionWindow) {
      grant.connection = consumed
      receiveWindow += consumed
      consumed = 0
    }
    guard var state = streams[stream] else { return grant }
    state.consumed += payload
    if state.consumed * 2 >= Int(accepts.streamWindow) {
      grant.stream = state.consumed
      state.receiveWindow += state.consumed
      state.consumed = 0
    }
    streams[stream] = state
    return grant
  }

  /// The call of the stream got its answer, whole.
  private mutating func answered(_ stream: UInt32) {
    guard let state = streams[stream] else { return }
    endServices(of: stream)
    if state.isLast {
      remove(stream)
    } else {
      streams[stream]?.isAsked = false
      streams[stream]?.isAnswering = false
    }
  }

  private mutating func remove(_ stream: UInt32) {
    guard streams.removeValue(forKey: stream) != nil else { return }
    if (stream & 1 == 1) == (role == .host) { ownStreams -= 1 } else { peerStreams -= 1 }
    endServices(of: stream)
  }

  /// Service calls end with the call that made them.
  private mutating func endServices(of stream: UInt32) {
    let services = role == .host ? peerStreams : ownStreams
    guard stream & 1 == 1, services > 0 else { return }
    for id in streams.filter({ $0.value.parent == stream }).keys { remove(id) }
  }
}

// MARK: - Receiving

extension DataConnection {
  /// A whole frame was received.
  package mutating func received(_ header: FrameHeader) -> OnFrame {
    guard let type = FrameType(rawValue: header.type) else {
      return header.flags.contains(.ignorable) ? .ignored : .violation(.unknownFrame)
    }
    let payload = header.payloadLength
    let more = header.flags.contains(.more)
    switch type {
    case .log: return onConnection(header, .log)
    case .ping: return onConnection(header, .ping)
    case .pong: return onConnection(header, .pong)
    case .failure: return onConnection(header, .failure)
    case .credit:
      guard payload == 0 else { return .violation(.payloadUnexpected) }
      return .credit(stream: header.stream)
    case .hello, .ready, .configure, .configured, .drain, .drained:
      return .violation(.unexpectedFrame)
    case .call, .reply, .data, .cancel, .serviceCall, .serviceResult:
      break
    }
    guard header.stream != 0 else { return .violation(.unexpectedFrame) }
    guard payload <= receiveWindow else { return .violation(.connectionWindow) }
    receiveWindow -= payload
    switch (type, role) {
    case (.call, .plugin): return receivedCall(header, payload, more)
    case (.serviceCall, .host): return receivedServiceCall(header, payload, more)
    case (.reply, .host), (.serviceResult, .plugin), (.data, _), (.cancel, .plugin):
      return receivedOnStream(type, header, payload, more)
    default: return .violation(.unexpectedFrame)
    }
  }

  private func onConnection(_ header: FrameHeader, _ frame: OnFrame) -> OnFrame {
    guard header.stream == 0 else { return .violation(.unexpectedFrame) }
    guard header.payloadLength == 0 else { return .violation(.payloadUnexpected) }
    return frame
  }

  private mutating func receivedCall(
    _ header: FrameHeader, _ payload: Int, _ more: Bool
  ) -> OnFrame {
    let id = header.stream
    guard id & 1 == 1 else { return .violation(.wrongParity) }
    var opens = false
    var state: Stream
    if let present = streams[id] {
      state = present
      guard !state.isAsked else { return .violation(.callUnanswered) }
      guard header.ordinal == state.ordinal &+ 1 else { return .violation(.wrongOrdinal) }
    } else {
      guard id > lastReceived else { return .violation(.streamReused) }
      guard header.ordinal == 0 else { return .violation(.wrongOrdinal) }
      guard peerStreams < Int(accepts.maxStreams) else { return .violation(.tooManyStreams) }
      opens = true
      lastReceived = id
      peerStreams += 1
      state = Stream(
        sendWindow: Int(peerAccepts.streamWindow), receiveWindow: Int(accepts.streamWindow))
    }
    guard payload <= state.receiveWindow else { return .violation(.streamWindow) }
    state.receiveWindow -= payload
    state.ordinal = header.ordinal
    state.isAsked = true
    state.isLast = header.flags.contains(.last)
    state.receivesMore = more
    streams[id] = state
    return .call(stream: id, ordinal: header.ordinal, opens: opens, last: state.isLast, more: more)
  }

  private mutating func receivedServiceCall(
    _ header: FrameHeader, _ payload: Int, _ more: Bool
  ) -> OnFrame {
    let id = header.stream
    guard id & 1 == 0 else { return .violation(.wrongParity) }
    guard streams[id] == nil, id > lastReceived else { return .violation(.streamReused) }
    guard peerStreams < Int(accepts.maxStreams) else { return .violation(.tooManyStreams) }
    var state = Stream(
      sendWindow: Int(peerAccepts.streamWindow), receiveWindow: Int(accepts.streamWindow))
    guard payload <= state.receiveWindow else { return .violation(.streamWindow) }
    lastReceived = id
    peerStreams += 1
    state.receiveWindow -= payload
    state.isAsked = true
    state.isLast = true
    state.receivesMore = more
    streams[id] = state
    return .serviceCall(stream: id, more: more)
  }

  /// Host: the service call names its parent. False: that call is not under way (any more), the stream is over.
  package mutating func serviceOpened(_ stream: UInt32, parent: UInt32, ordinal: UInt16) -> Bool {
    guard parent & 1 == 1, let call = streams[parent], call.isAsked, call.ordinal == ordinal else {
      remove(stream)
      return false
    }
    streams[stream]?.parent = parent
    return true
  }

  private mutating func receivedOnStream(
    _ type: FrameType, _ header: FrameHeader, _ payload: Int, _ more: Bool
  ) -> OnFrame {
    let id = header.stream
    guard var state = streams[id] else {
      let wasOpened =
        (id & 1 == 1) == (role == .host)
        ? lastOpened != .max && id <= lastOpened : id <= lastReceived
      guard wasOpened else { return .violation(.neverOpened) }
      lateFrames += 1
      return .late(payload: payload)
    }
    guard payload <= state.receiveWindow else { return .violation(.streamWindow) }
    state.receiveWindow -= payload
    switch type {
    case .reply, .serviceResult:
      guard (type == .reply) == (id & 1 == 1) else { return .violation(.wrongParity) }
      guard state.isAsked, !state.isAnswering else { return .violation(.notAsked) }
      guard header.ordinal == state.ordinal else { return .violation(.wrongOrdinal) }
      state.isAnswering = true
      state.receivesMore = more
      streams[id] = state
      if !more { answered(id) }
      return type == .reply
        ? .reply(stream: id, more: more) : .serviceResult(stream: id, more: more)
    case .data:
      guard state.receivesMore else { return .violation(.payloadUnexpected) }
      guard header.ordinal == state.ordinal else { return .violation(.wrongOrdinal) }
      guard header.metaLength == 0 else { return .violation(.badMessage) }
      state.receivesMore = more
      streams[id] = state
      // Of an answer the last piece ends the call, of a question it does not.
      if !more, state.isAnswering { answered(id) }
      return .data(stream: id, more: more)
    default:
      guard payload == 0 else { return .violation(.payloadUnexpected) }
      guard id & 1 == 1 else { return .violation(.wrongParity) }
      remove(id)
      return .cancel(stream: id)
    }
  }

  /// The peer consumed bytes. Answers with a violation when it gives more than it could have got.
  package mutating func creditReceived(stream: UInt32, bytes: UInt32) -> ProtocolViolation? {
    guard bytes > 0 else { return .badCredit }
    if stream == 0 {
      let (window, overflow) = sendWindow.addingReportingOverflow(Int(bytes))
      guard !overflow, window <= Int(peerAccepts.connectionWindow) else { return .badCredit }
      sendWindow = window
      return nil
    }
    guard var state = streams[stream] else { return nil }  // it raced the stream's end
    let (window, overflow) = state.sendWindow.addingReportingOverflow(Int(bytes))
    guard !overflow, window <= Int(peerAccepts.streamWindow) else { return .badCredit }
    state.sendWindow = window
    streams[stream] = state
    return nil
  }
}
