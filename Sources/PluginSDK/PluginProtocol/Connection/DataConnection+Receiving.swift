// SPDX-License-Identifier: Apache-2.0

// What the peer says. Nothing of it is trusted; what is not allowed ends the connection.
extension DataConnection {
  /// A whole frame was received.
  package mutating func received(_ header: FrameHeader) -> OnFrame {
    if let violation { return .violation(violation) }
    do throws(ProtocolViolation) {
      return try accept(header)
    } catch {
      violation = error
      return .violation(error)
    }
  }

  private mutating func accept(_ header: FrameHeader) throws(ProtocolViolation) -> OnFrame {
    guard let type = FrameType(rawValue: header.type) else {
      guard header.flags.contains(.ignorable) else { throw .unknownFrame }
      return .ignored
    }
    guard header.flags.isSubset(of: type.flags) else { throw .reservedFlags }
    guard header.stream <= StreamSequence.largest else { throw .streamOutOfRange }
    switch type {
    case .hello, .ready, .configure, .configured, .drain, .drained: throw .unexpectedFrame
    case .log, .ping, .pong, .failure: return try onConnection(type, header)
    case .credit:
      guard header.payloadLength == 0 else { throw .payloadUnexpected }
      return .credit(stream: header.stream)
    case .call, .reply, .data, .cancel, .serviceCall, .serviceResult:
      return try onStream(type, header)
    }
  }

  private mutating func onConnection(
    _ type: FrameType, _ header: FrameHeader
  ) throws(ProtocolViolation) -> OnFrame {
    guard header.stream == 0 else { throw .unexpectedFrame }
    guard header.payloadLength == 0 else { throw .payloadUnexpected }
    switch type {
    case .ping: return .ping
    case .failure: return .failure
    case .log:
      guard role == .host else { throw .unexpectedFrame }
      return .log
    default:
      guard awaitsPong else { throw .notAsked }
      awaitsPong = false
      return .pong
    }
  }

  private mutating func onStream(
    _ type: FrameType, _ header: FrameHeader
  ) throws(ProtocolViolation) -> OnFrame {
    guard header.stream != 0 else { throw .unexpectedFrame }
    guard header.payloadLength <= receiveWindow else { throw .connectionWindow }
    receiveWindow -= header.payloadLength
    let isOdd = header.stream & 1 == 1
    switch (type, role) {
    case (.data, _): return try receivedData(header)
    case (.call, .plugin) where isOdd: return try receivedCall(header)
    case (.cancel, .plugin) where isOdd: return try receivedCancel(header)
    case (.reply, .host) where isOdd: return try receivedAnswer(header)
    case (.serviceCall, .host) where !isOdd: return try receivedServiceCall(header)
    case (.serviceResult, .plugin) where !isOdd: return try receivedAnswer(header)
    case (.call, .plugin), (.cancel, .plugin), (.reply, .host), (.serviceCall, .host),
      (.serviceResult, .plugin):
      throw .wrongParity
    default: throw .unexpectedFrame
    }
  }

  private mutating func receivedCall(
    _ header: FrameHeader
  ) throws(ProtocolViolation) -> OnFrame {
    let (id, more) = (header.stream, header.flags.contains(.more))
    var state: Stream
    var opens = false
    if let present = streams[id] {
      state = present
      guard !state.isAsked else { throw .callUnanswered }
      guard header.ordinal == state.ordinal &+ 1 else { throw .wrongOrdinal }
    } else {
      state = try openedByPeer(header)
      opens = true
    }
    try state.take(header)
    state.ordinal = header.ordinal
    state.isKnown = true
    state.isAsked = true
    state.isLast = header.flags.contains(.last)
    state.receivesMore = more
    state.isCut = false
    streams[id] = state
    return .call(stream: id, ordinal: header.ordinal, opens: opens, last: state.isLast, more: more)
  }

  private mutating func receivedServiceCall(
    _ header: FrameHeader
  ) throws(ProtocolViolation) -> OnFrame {
    let (id, more) = (header.stream, header.flags.contains(.more))
    guard streams[id] == nil else { throw .streamReused }
    var state = try openedByPeer(header)
    try state.take(header)
    state.isKnown = true
    state.isAsked = true
    state.isLast = true
    state.receivesMore = more
    streams[id] = state
    return .serviceCall(stream: id, more: more)
  }

  private mutating func openedByPeer(
    _ header: FrameHeader
  ) throws(ProtocolViolation) -> Stream {
    guard header.ordinal == 0 else { throw .wrongOrdinal }
    guard peerIDs.accept(header.stream) else { throw .streamReused }
    guard peerStreams < Int(accepts.maxStreams) else { throw .tooManyStreams }
    peerStreams += 1
    return newStream()
  }

  /// A reply or a service result.
  private mutating func receivedAnswer(
    _ header: FrameHeader
  ) throws(ProtocolViolation) -> OnFrame {
    let (id, more) = (header.stream, header.flags.contains(.more))
    guard let index = streams.index(forKey: id) else { return try late(header) }
    guard streams.values[index].isAsked, !streams.values[index].isAnswering else {
      throw .notAsked
    }
    guard header.ordinal == streams.values[index].ordinal else { throw .wrongOrdinal }
    try streams.values[index].take(header)
    if header.flags.contains(.last) { streams.values[index].isLast = true }
    if more {
      streams.values[index].isAnswering = true
      streams.values[index].receivesMore = true
    } else {
      answered(id)
    }
    return role == .host ? .reply(stream: id, more: more) : .serviceResult(stream: id, more: more)
  }

  private mutating func receivedData(
    _ header: FrameHeader
  ) throws(ProtocolViolation) -> OnFrame {
    let (id, more) = (header.stream, header.flags.contains(.more))
    guard header.metaLength == 0 else { throw .badMessage }
    // Such frames would cost no credit, and so be without bounds.
    guard header.payloadLength > 0 || !more else { throw .emptyData }
    guard let index = streams.index(forKey: id) else { return try late(header) }
    guard streams.values[index].receivesMore || streams.values[index].isCut else {
      throw .payloadUnexpected
    }
    guard header.ordinal == streams.values[index].ordinal else { throw .wrongOrdinal }
    try streams.values[index].take(header)
    if streams.values[index].isCut {
      streams.values[index].isCut = more
      return try late(header)
    }
    streams.values[index].receivesMore = more
    // Of an answer the last piece ends the call, of a question it does not.
    if !more, streams.values[index].isAnswering { answered(id) }
    return .data(stream: id, more: more)
  }

  private mutating func receivedCancel(
    _ header: FrameHeader
  ) throws(ProtocolViolation) -> OnFrame {
    guard header.payloadLength == 0 else { throw .payloadUnexpected }
    guard streams[header.stream] != nil else { return try late(header) }
    remove(header.stream)
    return .cancel(stream: header.stream)
  }

  private mutating func late(_ header: FrameHeader) throws(ProtocolViolation) -> OnFrame {
    guard wasOpened(header.stream) else { throw .neverOpened }
    lateFrames += 1
    return .late(payload: header.payloadLength)
  }

  private func wasOpened(_ stream: UInt32) -> Bool {
    isOwn(stream) ? ownIDs.includes(stream) : peerIDs.includes(stream)
  }

  /// Host: the service call names its parent.
  package mutating func serviceOpened(
    _ stream: UInt32, parent: UInt32, ordinal: UInt32
  ) -> OnService {
    let isNamed = parent & 1 == 1 && wasOpened(parent)
    let call = streams[parent]
    // A call is answered after its service calls were made, so only a cancellation can have passed one.
    guard isNamed, call == nil || call?.isAsked == true && UInt32(call?.ordinal ?? 0) == ordinal
    else {
      violation = .foreignParent
      return .violation(.foreignParent)
    }
    guard call != nil else {
      remove(stream)
      return .late
    }
    link(stream, to: parent)
    return .opened
  }

  /// The peer consumed bytes. Answers with a violation when it gives more than it could have got.
  package mutating func creditReceived(stream: UInt32, bytes: UInt32) -> ProtocolViolation? {
    if let violation { return violation }
    if stream == 0 {
      violation = Self.add(bytes, to: &sendWindow, limit: peerAccepts.connectionWindow)
    } else if let index = streams.index(forKey: stream) {
      violation = Self.add(
        bytes, to: &streams.values[index].sendWindow, limit: peerAccepts.streamWindow)
    } else if !wasOpened(stream) {
      violation = .neverOpened
    } else {
      lateFrames += 1
    }
    return violation
  }

  private static func add(
    _ bytes: UInt32, to window: inout Int, limit: UInt32
  ) -> ProtocolViolation? {
    guard bytes > 0, Int(bytes) <= Int(limit) - window else { return .badCredit }
    window += Int(bytes)
    return nil
  }
}

extension DataConnection.Stream {
  /// The frame's payload uses up credit.
  fileprivate mutating func take(_ header: FrameHeader) throws(ProtocolViolation) {
    guard header.payloadLength <= receiveWindow else { throw .streamWindow }
    receiveWindow -= header.payloadLength
  }
}
