// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PluginProtocol

typealias Role = DataConnection.Role

/// A data connection of one role, and its peer's frames by hand.
func connection(_ role: Role, maxStreams: UInt32 = 4) -> DataConnection {
  let limits = ConnectionLimits(
    maxFrame: 64 << 10, maxMeta: 16 << 10, streamWindow: 16 << 10, connectionWindow: 64 << 10,
    maxStreams: maxStreams)
  return DataConnection(role: role, accepts: limits, peerAccepts: limits)
}

extension DataConnection {
  /// The peer sends a frame of this header.
  mutating func got(
    _ type: FrameType, _ stream: UInt32 = 0, ordinal: UInt16 = 0, _ flags: FrameFlags = [],
    meta: Int = 0, payload: Int = 0
  ) -> OnFrame {
    received(
      FrameHeader(
        type, stream: stream, ordinal: ordinal, flags: flags, metaLength: meta,
        payloadLength: payload))
  }

  /// Host: asks the first call on a new stream.
  mutating func asked(last: Bool = false) -> UInt32 {
    guard case .opened(let stream) = open() else { preconditionFailure("a stream can be opened") }
    _ = ask(stream, last: last)
    return stream
  }
}

struct DataConnectionTests {
  @Test func `the host asks, the plugin answers, and the ordinals count`() {
    var (host, plugin) = (connection(.host), connection(.plugin))
    #expect(host.open() == .opened(stream: 1))
    for round in 0..<3 as Range<UInt16> {
      let isLast = round == 2
      #expect(host.ask(1, last: isLast) == round)
      host.sent(1, payload: 10, more: false, answer: false)
      let call = plugin.got(.call, 1, ordinal: round, isLast ? .last : [], payload: 10)
      #expect(
        call == .call(stream: 1, ordinal: round, opens: round == 0, last: isLast, more: false))
      plugin.sent(1, payload: 0, more: false, answer: true)
      #expect(host.got(.reply, 1, ordinal: round) == .reply(stream: 1, more: false))
    }
    #expect(!host.isOpen(1) && !plugin.isOpen(1))
    #expect(host.ownStreams == 0)
  }

  @Test(arguments: [false, true]) func `a plugin ends the stream with its reply`(inPieces: Bool) {
    var (host, plugin) = (connection(.host), connection(.plugin))
    let stream = host.asked()
    _ = plugin.got(.call, stream)
    plugin.sent(stream, payload: 10, more: inPieces, answer: true, last: true)
    #expect(
      host.got(.reply, stream, inPieces ? [.last, .more] : .last, payload: 10)
        == .reply(stream: stream, more: inPieces))
    if inPieces {
      #expect(host.isOpen(stream) && plugin.isOpen(stream))
      plugin.sent(stream, payload: 5, more: false, answer: true)
      #expect(host.got(.data, stream, payload: 5) == .data(stream: stream, more: false))
    }
    #expect(!host.isOpen(stream) && !plugin.isOpen(stream))
    #expect(host.ownStreams == 0 && plugin.peerStreams == 0)
    // A cancellation that passed it under way is late.
    #expect(plugin.got(.cancel, stream) == .late(payload: 0))
  }

  @Test func `ordinals begin again after the largest`() {
    var (host, plugin) = (connection(.host), connection(.plugin))
    _ = host.open()
    for round in 0...70_000 {
      let ordinal = host.ask(1, last: false)
      #expect(ordinal == UInt16(truncatingIfNeeded: round))
      let call = plugin.got(.call, 1, ordinal: ordinal)
      #expect(
        call == .call(stream: 1, ordinal: ordinal, opens: round == 0, last: false, more: false))
      plugin.sent(1, payload: 0, more: false, answer: true)
      #expect(host.got(.reply, 1, ordinal: ordinal) == .reply(stream: 1, more: false))
    }
  }

  @Test func `ids begin again after the largest, and skip what is open`() {
    var (host, plugin) = (connection(.host), connection(.plugin))
    #expect(host.asked() == 1)
    #expect(plugin.got(.call, 1) != .violation(.streamReused))
    host.ownIDs = StreamSequence(of: .host, last: StreamSequence.largest - 2)
    plugin.peerIDs = StreamSequence(of: .host, last: StreamSequence.largest - 2)
    for id in [StreamSequence.largest, 3, 5] {
      #expect(host.asked(last: true) == id)
      let opened = plugin.got(.call, id, .last)
      #expect(opened == .call(stream: id, ordinal: 0, opens: true, last: true, more: false))
      plugin.sent(id, payload: 0, more: false, answer: true)
      #expect(host.got(.reply, id) == .reply(stream: id, more: false))
      #expect(host.got(.reply, id) == .late(payload: 0), "it was opened")
    }
    #expect(plugin.got(.cancel, StreamSequence.largest) == .late(payload: 0))
    #expect(plugin.got(.call, 3, .last) == .violation(.streamReused))
    #expect(host.got(.reply, 7) == .violation(.neverOpened))
  }

  @Test func `the plugin's ids begin again too`() {
    var ids = StreamSequence(of: .plugin, last: StreamSequence.largest - 1)
    #expect(ids.next() == 2)
    #expect(ids.includes(StreamSequence.largest - 1))
    #expect(!ids.includes(4))
  }

  @Test(arguments: [Role.host, .plugin])
  func `a pong answers a ping, and one ping is unanswered at most`(role: Role) {
    var end = connection(role)
    #expect(end.ping() == true)
    #expect(end.ping() == false)
    #expect(end.got(.pong) == .pong)
    #expect(end.ping() == true)
  }

  @Test func `no more streams are opened than the peer takes`() {
    var host = connection(.host, maxStreams: 2)
    #expect(host.open() == .opened(stream: 1))
    #expect(host.open() == .opened(stream: 3))
    #expect(host.open() == .noCredit)
    host.cancel(1)
    #expect(host.open() == .opened(stream: 5))
  }

  @Test func `a stream without a call is no news for the plugin`() {
    var host = connection(.host)
    guard case .opened(let silent) = host.open() else { return }
    #expect(host.cancel(silent) == false)
    let asked = host.asked()
    #expect(host.cancel(asked) == true)
    #expect(host.cancel(asked) == false, "it is over")
  }

  @Test func `after a cancellation the plugin's frames are late, and cost only credit`() {
    var host = connection(.host)
    let stream = host.asked()
    #expect(host.got(.serviceCall, 2) == .serviceCall(stream: 2, more: false))
    #expect(host.serviceOpened(2, parent: stream, ordinal: 0) == .opened)
    #expect(host.cancel(stream) == true)
    #expect(!host.isOpen(2), "service calls end with their call")
    #expect(host.got(.reply, stream, .more, payload: 100) == .late(payload: 100))
    #expect(host.got(.data, stream, payload: 50) == .late(payload: 50))
    #expect(host.got(.data, 2, payload: 50) == .late(payload: 50))
    #expect(host.got(.serviceCall, 4) == .serviceCall(stream: 4, more: false))
    #expect(host.serviceOpened(4, parent: stream, ordinal: 0) == .late)
    #expect(!host.isOpen(4))
    #expect(host.creditReceived(stream: stream, bytes: 10) == nil)
    #expect(host.lateFrames == 4)
  }

  @Test func `after its last reply the host's frames are late for the plugin`() {
    var plugin = connection(.plugin)
    _ = plugin.got(.call, 1, [.last, .more])
    plugin.sent(1, payload: 0, more: false, answer: true)
    #expect(plugin.got(.data, 1, .more, payload: 9) == .late(payload: 9))
    #expect(plugin.got(.cancel, 1) == .late(payload: 0))
    #expect(plugin.creditReceived(stream: 1, bytes: 1) == nil)
    #expect(plugin.lateFrames == 3)
  }

  @Test func `an early reply cuts the call short on both sides`() {
    var (host, plugin) = (connection(.host), connection(.plugin))
    let stream = host.asked()
    host.sent(stream, payload: 100, more: true, answer: false)
    _ = plugin.got(.call, stream, .more, payload: 100)
    plugin.sent(stream, payload: 0, more: false, answer: true)
    // A piece passes the reply under way.
    host.sent(stream, payload: 50, more: true, answer: false)
    #expect(plugin.got(.data, stream, .more, payload: 50) == .late(payload: 50))
    #expect(host.got(.reply, stream) == .reply(stream: stream, more: false))
    #expect(host.ask(stream, last: false) == 1)
    let next = plugin.got(.call, stream, ordinal: 1)
    #expect(next == .call(stream: stream, ordinal: 1, opens: false, last: false, more: false))
    #expect(plugin.got(.data, stream, payload: 1) == .violation(.payloadUnexpected))
  }

  @Test func `the rest of a call that was cut ends where the host ends it`() {
    var plugin = connection(.plugin)
    _ = plugin.got(.call, 1, .more)
    plugin.sent(1, payload: 0, more: false, answer: true)
    #expect(plugin.got(.data, 1, payload: 5) == .late(payload: 5))
    #expect(plugin.got(.data, 1, payload: 5) == .violation(.payloadUnexpected))
  }

  @Test func `service calls end with the answer to their call, the others stay`() {
    var (host, plugin) = (connection(.host), connection(.plugin))
    let (first, second) = (host.asked(), host.asked())
    for stream in [first, second] { _ = plugin.got(.call, stream) }
    for (service, parent) in [(2, first), (4, second), (6, first), (8, first)] as [(UInt32, UInt32)]
    {
      #expect(plugin.open(parent: parent) == .opened(stream: service))
      plugin.askService(service)
      plugin.sent(service, payload: 0, more: false, answer: false)
      #expect(host.got(.serviceCall, service) == .serviceCall(stream: service, more: false))
      #expect(host.serviceOpened(service, parent: parent, ordinal: 0) == .opened)
    }
    // One of the middle is answered by itself.
    host.sent(6, payload: 0, more: false, answer: true)
    #expect(plugin.got(.serviceResult, 6) == .serviceResult(stream: 6, more: false))
    plugin.sent(first, payload: 0, more: false, answer: true)
    #expect(host.got(.reply, first) == .reply(stream: first, more: false))
    for end in [host, plugin] {
      #expect([2, 4, 6, 8].filter { end.isOpen($0) } == [4])
    }
    #expect(plugin.ownStreams == 1)
    #expect(plugin.got(.serviceResult, 2) == .late(payload: 0), "its answer was under way")
  }

  @Test func `credit is given back in halves of the window`() {
    var plugin = connection(.plugin)
    _ = plugin.got(.call, 1, .more, payload: 8191)
    #expect(plugin.consume(1, payload: 8191) == DataConnection.Grant())
    #expect(plugin.got(.data, 1, payload: 1) == .data(stream: 1, more: false))
    #expect(plugin.consume(1, payload: 1) == DataConnection.Grant(stream: 8192, connection: 0))
    var host = connection(.host)
    let stream = host.asked()
    #expect(host.sendable(stream) == 16384)
    host.sent(stream, payload: 16384, more: true, answer: false)
    #expect(host.sendable(stream) == 0)
    #expect(host.creditReceived(stream: stream, bytes: 8192) == nil)
    #expect(host.sendable(stream) == 8192)
    #expect(host.sendable(99) == 0)
  }

  @Test func `the connection's window bounds all of its streams together`() {
    var host = connection(.host, maxStreams: 5)
    let streams = (0..<5).map { _ in host.asked() }
    for stream in streams.prefix(4) { host.sent(stream, payload: 16384, more: true, answer: false) }
    #expect(host.sendable(streams[4]) == 0)
    #expect(host.creditReceived(stream: 0, bytes: 100) == nil)
    #expect(host.sendable(streams[4]) == 100)
  }
}
