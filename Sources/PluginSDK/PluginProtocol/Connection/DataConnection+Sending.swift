// SPDX-License-Identifier: Apache-2.0

// What this end says. It only says what is allowed: what is not is a bug of ours.
extension DataConnection {
  /// Opens a stream: for an exchange (host), or for a service call of the call on `parent` (plugin).
  package mutating func open(parent: UInt32 = 0) -> OnOpen {
    guard ownStreams < Int(peerAccepts.maxStreams) else { return .noCredit }
    var id = ownIDs.next()
    while streams[id] != nil { id = ownIDs.next() }
    ownStreams += 1
    streams[id] = newStream()
    if parent != 0 {
      precondition(streams[parent]?.isAsked == true, "a service call belongs to a call")
      link(id, to: parent)
    }
    return .opened(stream: id)
  }

  /// Host: asks the next call of a stream; answers with its ordinal.
  package mutating func ask(_ stream: UInt32, last: Bool) -> UInt16 {
    guard let index = streams.index(forKey: stream) else {
      preconditionFailure("a call is asked on a stream that is open")
    }
    precondition(!streams.values[index].isAsked, "one call of a stream at a time")
    if streams.values[index].isKnown { streams.values[index].ordinal &+= 1 }
    streams.values[index].isKnown = true
    streams.values[index].isAsked = true
    streams.values[index].isLast = last
    return streams.values[index].ordinal
  }

  /// Plugin: asks the service call of a stream that it opened.
  package mutating func askService(_ stream: UInt32) { _ = ask(stream, last: true) }

  /// Whether any payload may be sent now, on whatever stream.
  package var hasCredit: Bool { sendWindow > 0 }

  /// How many payload bytes may be sent on the stream now.
  package func sendable(_ stream: UInt32) -> Int {
    guard let state = streams[stream] else { return 0 }
    return min(state.sendWindow, sendWindow)
  }

  /// Payload bytes left on a stream. `more`: the message goes on in a data frame.
  ///
  /// For the last frame of an answer (a reply, a service result) the stream may be over with it.
  ///
  /// - Parameter last: Plugin: the reply that was begun is its last on the stream.
  package mutating func sent(
    _ stream: UInt32, payload: Int, more: Bool, answer: Bool, last: Bool = false
  ) {
    guard let index = streams.index(forKey: stream) else {
      preconditionFailure("payload is sent on a stream that is open")
    }
    precondition(
      payload >= 0 && payload <= min(streams.values[index].sendWindow, sendWindow),
      "credit is asked for before")
    precondition(streams.values[index].isAsked, "only a call and its answer have payload")
    streams.values[index].sendWindow -= payload
    sendWindow -= payload
    if last { streams.values[index].isLast = true }
    if answer, !more { answered(stream) }
  }

  /// Host: the stream is over, whatever is under way on it; and so are the service calls of its call.
  ///
  /// - Returns: Whether to tell the plugin: it never hears of a stream without a call.
  @discardableResult
  package mutating func cancel(_ stream: UInt32) -> Bool {
    let isKnown = streams[stream]?.isKnown ?? false
    remove(stream)
    return isKnown
  }

  /// The peer may send what was consumed again; how much of it is worth a frame now.
  package mutating func consume(_ stream: UInt32, payload: Int) -> Grant {
    var grant = Grant()
    consumed += payload
    precondition(
      consumed + receiveWindow <= Int(accepts.connectionWindow), "what was received is consumed")
    if consumed * 2 >= Int(accepts.connectionWindow) {
      grant.connection = consumed
      receiveWindow += consumed
      consumed = 0
    }
    guard let index = streams.index(forKey: stream) else { return grant }
    streams.values[index].consumed += payload
    let own = streams.values[index].consumed
    if own * 2 >= Int(accepts.streamWindow) {
      grant.stream = own
      streams.values[index].receiveWindow += own
      streams.values[index].consumed = 0
    }
    return grant
  }

  /// Whether a ping may be sent now; it then counts as sent.
  package mutating func ping() -> Bool {
    defer { awaitsPong = true }
    return !awaitsPong
  }
}
