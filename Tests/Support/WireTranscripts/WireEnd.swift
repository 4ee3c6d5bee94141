// SPDX-License-Identifier: Apache-2.0

package import CPluginMessages
package import PluginProtocol

/// One end of a process's two connections, without sockets: the machines, and the least that a driver does.
///
/// What it receives it consumes at once, so that it always knows which credit it owes.
package struct WireEnd: Sendable {
  /// What a frame meant to its receiver.
  package enum Meaning: Equatable, Sendable {
    case control(ControlConnection.OnMessage)
    case data(DataConnection.OnFrame)
    case violation(ProtocolViolation)
  }

  /// The machine does not let us send this.
  package struct Refusal: Error, CustomStringConvertible {
    package let description: String
  }

  package let role: DataConnection.Role
  package private(set) var control: ControlConnection
  package private(set) var data: DataConnection?
  /// Credit that was earned and not sent.
  package private(set) var owed: [(stream: UInt32, bytes: Int)] = []
  private var limits = (own: ConnectionLimits(), peer: ConnectionLimits())

  package init(role: DataConnection.Role) {
    self.role = role
    control = ControlConnection(role: role)
  }

  /// A data connection whose handshake is over.
  package init(role: DataConnection.Role, accepts: ConnectionLimits, peerAccepts: ConnectionLimits)
  {
    self.init(role: role)
    data = DataConnection(role: role, accepts: accepts, peerAccepts: peerAccepts)
  }

  /// Where frames of the peer are found.
  package func decoder(_ link: WireLink) -> FrameDecoder {
    link == .control
      ? FrameDecoder(
        maxFrame: ConnectionLimits.controlFrame, maxMeta: ConnectionLimits.controlFrame)
      : FrameDecoder(maxFrame: limits.own.maxFrame, maxMeta: limits.own.maxMeta)
  }

  private mutating func learn(_ message: ControlMessage, isOwn: Bool) {
    switch message {
    case .hello(let hello): set(hello.limits, isOwn: isOwn)
    case .ready(let ready):
      set(ready.limits, isOwn: isOwn)
      data = DataConnection(role: role, accepts: limits.own, peerAccepts: limits.peer)
    default: break
    }
  }

  private mutating func set(_ value: ConnectionLimits, isOwn: Bool) {
    if isOwn { limits.own = value } else { limits.peer = value }
  }
}

// MARK: - Receiving

extension WireEnd {
  /// A frame of the peer.
  package mutating func received(_ link: WireLink, _ frame: WireFrame) -> Meaning {
    do throws(ProtocolViolation) {
      return link == .control ? try receivedControl(frame) : try receivedData(frame)
    } catch {
      return .violation(error)
    }
  }

  private mutating func receivedControl(_ frame: WireFrame) throws(ProtocolViolation) -> Meaning {
    guard let type = try ControlConnection.type(of: frame.header) else { return .data(.ignored) }
    let message = try frame.controlMessage(type)
    let meaning = control.received(message)
    if case .violation(let violation) = meaning { throw violation }
    learn(message, isOwn: false)
    return .control(meaning)
  }

  private mutating func receivedData(_ frame: WireFrame) throws(ProtocolViolation) -> Meaning {
    guard let meaning = data?.received(frame.header) else { throw .unexpectedFrame }
    switch meaning {
    case .violation(let violation): throw violation
    case .credit(let stream):
      let bytes = try frame.creditBytes()
      if let violation = data?.creditReceived(stream: stream, bytes: bytes) { throw violation }
    case .serviceCall(let stream, _):
      let (parent, ordinal) = try frame.parent()
      if case .violation(let violation)? = data?.serviceOpened(
        stream, parent: parent, ordinal: ordinal)
      {
        throw violation
      }
      consume(frame)
    case .reply, .call, .data, .serviceResult, .late: consume(frame)
    case .cancel, .log, .ping, .pong, .failure, .ignored: break
    }
    return .data(meaning)
  }

  private mutating func consume(_ frame: WireFrame) {
    guard !frame.payload.isEmpty else { return }
    let stream = frame.header.stream
    guard let grant = data?.consume(stream, payload: frame.payload.count) else { return }
    if grant.connection > 0 { owed.append((0, grant.connection)) }
    if grant.stream > 0 { owed.append((stream, grant.stream)) }
  }
}

// MARK: - Sending

extension WireEnd {
  /// A frame of ours leaves: the machine must say the same.
  package mutating func sent(_ link: WireLink, _ frame: WireFrame) throws {
    if link == .control {
      guard let type = FrameType(rawValue: frame.header.type) else { return }
      let message = try frame.controlMessage(type)
      try check(control.send(message), "\(type) is not allowed in \(control.state)")
      learn(message, isOwn: true)
    } else {
      try sentData(frame)
    }
  }

  private mutating func sentData(_ frame: WireFrame) throws {
    let (header, stream) = (frame.header, frame.header.stream)
    switch FrameType(rawValue: header.type) {
    case .call:
      if data?.isOpen(stream) == false { try open(stream) }
      try check(data?.isAsked(stream) == false, "stream \(stream) waits for an answer")
      let ordinal = data?.ask(stream, last: header.flags.contains(.last))
      try check(ordinal == header.ordinal, "the call's ordinal is \(ordinal ?? 0)")
      try spend(frame, isAnswer: false)
    case .serviceCall:
      let parent = try frame.parent().stream
      try check(data?.isAsked(parent) == true, "there is no call on stream \(parent)")
      try open(stream, parent: parent)
      data?.askService(stream)
      try spend(frame, isAnswer: false)
    case .reply, .serviceResult: try spend(frame, isAnswer: true)
    case .data: try spend(frame, isAnswer: (role == .plugin) == (stream & 1 == 1))
    case .credit:
      let bytes = Int(try frame.creditBytes())
      let index = owed.firstIndex { $0 == (stream, bytes) }
      try check(index != nil, "no credit of \(bytes) is owed to \(stream)")
      if let index { owed.remove(at: index) }
    case .cancel: try check(data?.cancel(stream) == true, "there is nothing to cancel")
    case .ping: try check(data?.ping() == true, "one ping at a time")
    default: break
    }
  }

  private mutating func open(_ stream: UInt32, parent: UInt32 = 0) throws {
    try check(data?.open(parent: parent) == .opened(stream: stream), "the stream's id is another")
  }

  private mutating func spend(_ frame: WireFrame, isAnswer: Bool) throws {
    let (stream, count) = (frame.header.stream, frame.payload.count)
    try check(data?.isAsked(stream) == true, "nothing is asked on stream \(stream)")
    try check(count <= data?.sendable(stream) ?? 0, "there is no credit for \(count) bytes")
    let flags = frame.header.flags
    data?.sent(
      stream, payload: count, more: flags.contains(.more), answer: isAnswer,
      last: isAnswer && flags.contains(.last))
  }

  private func check(_ holds: Bool, _ text: String) throws {
    if !holds { throw Refusal(description: text) }
  }
}

extension WireFrame {
  package func controlMessage(_ type: FrameType) throws(ProtocolViolation) -> ControlMessage {
    let result = meta.withUnsafeBytes { bytes in
      Result { () throws(ProtocolViolation) in try ControlMessage(type, bytes) }
    }
    return try result.get()
  }

  /// What a Credit gives.
  package func creditBytes() throws(ProtocolViolation) -> UInt32 {
    let bytes = decoded({ patchbay__plugin__v1__credit__unpack($0, $1, $2) }) { $0.bytes }
    guard let bytes else { throw .badMessage }
    return bytes
  }

  /// What a ServiceCall names as its call.
  package func parent() throws(ProtocolViolation) -> (stream: UInt32, ordinal: UInt32) {
    let parent = decoded({ patchbay__plugin__v1__service_call__unpack($0, $1, $2) }) {
      ($0.parent_stream, $0.parent_ordinal)
    }
    guard let parent else { throw .badMessage }
    return parent
  }

  /// A part of the decoded message; nil when it is none.
  package func decoded<Message, Part>(
    _ unpack: (
      UnsafeMutablePointer<ProtobufCAllocator>?, Int, UnsafePointer<UInt8>?
    ) -> UnsafeMutablePointer<Message>?,
    _ part: (Message) -> Part
  ) -> Part? {
    let arena = MessageArena()
    let message = meta.withUnsafeBytes { arena.decode($0, unpack) }
    return withExtendedLifetime(arena) { message.map { part($0.pointee) } }
  }
}
