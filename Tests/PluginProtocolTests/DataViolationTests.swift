// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PluginProtocol

/// Each frame that the peer may not send, in each state where it may not, and what it is called.
struct DataViolationTests {
  /// A situation, a frame, and the name of what is wrong with it.
  struct Case: Sendable, CustomTestStringConvertible {
    let role: Role
    let testDescription: String
    let violation: ProtocolViolation
    let frame: @Sendable (inout DataConnection) -> DataConnection.OnFrame

    init(
      _ role: Role, _ text: String, _ violation: ProtocolViolation,
      _ frame: @escaping @Sendable (inout DataConnection) -> DataConnection.OnFrame
    ) {
      self.role = role
      testDescription = "\(role): \(text)"
      self.violation = violation
      self.frame = frame
    }
  }

  static let anywhere: [Case] = [Role.host, .plugin].flatMap { role in
    [
      Case(role, "hello on a data connection", .unexpectedFrame) { $0.got(.hello) },
      Case(role, "ready on a data connection", .unexpectedFrame) { $0.got(.ready) },
      Case(role, "configure on a data connection", .unexpectedFrame) { $0.got(.configure) },
      Case(role, "configured on a data connection", .unexpectedFrame) { $0.got(.configured) },
      Case(role, "drain on a data connection", .unexpectedFrame) { $0.got(.drain) },
      Case(role, "drained on a data connection", .unexpectedFrame) { $0.got(.drained) },
      Case(role, "an unknown type", .unknownFrame) {
        var header = FrameHeader(.log)
        header.type = 0xEE
        return $0.received(header)
      },
      Case(role, "ping on a stream", .unexpectedFrame) { $0.got(.ping, 1) },
      Case(role, "ping with payload", .payloadUnexpected) { $0.got(.ping, payload: 1) },
      Case(role, "pong without a ping", .notAsked) { $0.got(.pong) },
      Case(role, "a second pong", .notAsked) {
        _ = $0.ping()
        _ = $0.got(.pong)
        return $0.got(.pong)
      },
      Case(role, "failure on a stream", .unexpectedFrame) { $0.got(.failure, 1) },
      Case(role, "credit with payload", .payloadUnexpected) { $0.got(.credit, payload: 1) },
      Case(role, "credit that is marked as last", .reservedFlags) { $0.got(.credit, 0, .last) },
      Case(role, "data on stream 0", .unexpectedFrame) { $0.got(.data, payload: 1) },
      Case(role, "data of a stream never opened", .neverOpened) { $0.got(.data, 1, payload: 1) },
      Case(role, "data of a service never opened", .neverOpened) { $0.got(.data, 2, payload: 1) },
      Case(role, "data with a message", .badMessage) { $0.got(.data, 1, meta: 1) },
      Case(role, "data without bytes that goes on", .emptyData) { $0.got(.data, 1, .more) },
      Case(role, "data that is marked as last", .reservedFlags) { $0.got(.data, 1, .last) },
      Case(role, "an id of 32 bits", .streamOutOfRange) { $0.got(.data, 0x8000_0001, payload: 1) },
      Case(role, "more than the connection's window", .connectionWindow) {
        $0.got(.data, 1, payload: 65_537)
      },
    ]
  }

  static let toHost: [Case] = [
    Case(.host, "a call", .unexpectedFrame) { $0.got(.call, 1) },
    Case(.host, "a service result", .unexpectedFrame) { $0.got(.serviceResult, 2) },
    Case(.host, "a cancellation", .unexpectedFrame) { $0.got(.cancel, 1) },
    Case(.host, "a log line on a stream", .unexpectedFrame) { $0.got(.log, 1) },
    Case(.host, "a reply on stream 0", .unexpectedFrame) { $0.got(.reply) },
    Case(.host, "a reply on a stream never opened", .neverOpened) { $0.got(.reply, 1) },
    Case(.host, "a reply on a service's stream", .wrongParity) { $0.got(.reply, 2) },
    Case(.host, "a reply before its call", .notAsked) {
      _ = $0.open()
      return $0.got(.reply, 1)
    },
    Case(.plugin, "a service's result marked as last", .reservedFlags) {
      $0.got(.serviceResult, 2, .last)
    },
    Case(.host, "a second reply", .notAsked) {
      let stream = $0.asked()
      _ = $0.got(.reply, stream)
      return $0.got(.reply, stream)
    },
    Case(.host, "a reply within a reply", .notAsked) {
      let stream = $0.asked()
      _ = $0.got(.reply, stream, .more)
      return $0.got(.reply, stream)
    },
    Case(.host, "a reply with another ordinal", .wrongOrdinal) {
      let stream = $0.asked()
      return $0.got(.reply, stream, ordinal: 1)
    },
    Case(.host, "data before the reply", .payloadUnexpected) {
      let stream = $0.asked()
      return $0.got(.data, stream, payload: 1)
    },
    Case(.host, "data after the reply's end", .payloadUnexpected) {
      let stream = $0.asked()
      _ = $0.got(.reply, stream, .more)
      _ = $0.got(.data, stream, payload: 1)
      return $0.got(.data, stream, payload: 1)
    },
    Case(.host, "data with another ordinal", .wrongOrdinal) {
      let stream = $0.asked()
      _ = $0.got(.reply, stream, .more)
      return $0.got(.data, stream, ordinal: 1, payload: 1)
    },
    Case(.host, "a reply beyond the stream's window", .streamWindow) {
      let stream = $0.asked()
      return $0.got(.reply, stream, payload: 16_385)
    },
    Case(.host, "data beyond the stream's window", .streamWindow) {
      let stream = $0.asked()
      _ = $0.got(.reply, stream, .more, payload: 16_384)
      return $0.got(.data, stream, payload: 1)
    },
    Case(.host, "late data beyond the connection's window", .connectionWindow) {
      let stream = $0.asked()
      $0.cancel(stream)
      _ = $0.got(.data, stream, payload: 65_536)
      return $0.got(.data, stream, payload: 1)
    },
    Case(.host, "a service call on an odd stream", .wrongParity) { $0.got(.serviceCall, 1) },
    Case(.host, "a service call with an ordinal", .wrongOrdinal) {
      $0.got(.serviceCall, 2, ordinal: 1)
    },
    Case(.host, "a service call on an open stream", .streamReused) {
      _ = $0.asked()
      _ = $0.got(.serviceCall, 2)
      return $0.got(.serviceCall, 2)
    },
    Case(.host, "a service call on a former stream", .streamReused) {
      let stream = $0.asked()
      _ = $0.got(.serviceCall, 4)
      _ = $0.serviceOpened(4, parent: stream, ordinal: 0)
      return $0.got(.serviceCall, 2)
    },
    Case(.host, "too many service calls", .tooManyStreams) {
      for stream in [2, 4, 6, 8] as [UInt32] { _ = $0.got(.serviceCall, stream) }
      return $0.got(.serviceCall, 10)
    },
    Case(.host, "data after a service call's end", .payloadUnexpected) {
      _ = $0.got(.serviceCall, 2)
      return $0.got(.data, 2, payload: 1)
    },
    Case(.host, "a service call beyond the stream's window", .streamWindow) {
      $0.got(.serviceCall, 2, payload: 16_385)
    },
  ]

  static let toPlugin: [Case] = [
    Case(.plugin, "a reply", .unexpectedFrame) { $0.got(.reply, 1) },
    Case(.plugin, "a service call", .unexpectedFrame) { $0.got(.serviceCall, 2) },
    Case(.plugin, "a log line", .unexpectedFrame) { $0.got(.log) },
    Case(.plugin, "a call on stream 0", .unexpectedFrame) { $0.got(.call) },
    Case(.plugin, "a call on an even stream", .wrongParity) { $0.got(.call, 2) },
    Case(.plugin, "a call that begins with ordinal 1", .wrongOrdinal) {
      $0.got(.call, 1, ordinal: 1)
    },
    Case(.plugin, "a call before the reply", .callUnanswered) {
      _ = $0.got(.call, 1)
      return $0.got(.call, 1, ordinal: 1)
    },
    Case(.plugin, "a call that repeats its ordinal", .wrongOrdinal) {
      _ = $0.got(.call, 1)
      $0.sent(1, payload: 0, more: false, answer: true)
      return $0.got(.call, 1)
    },
    Case(.plugin, "a call on a former stream", .streamReused) {
      _ = $0.got(.call, 1)
      _ = $0.got(.cancel, 1)
      return $0.got(.call, 1)
    },
    Case(.plugin, "a call on a stream that was passed over", .streamReused) {
      _ = $0.got(.call, 5)
      return $0.got(.call, 3)
    },
    Case(.plugin, "too many streams", .tooManyStreams) {
      for stream in [1, 3, 5, 7] as [UInt32] { _ = $0.got(.call, stream) }
      return $0.got(.call, 9)
    },
    Case(.plugin, "a call beyond the stream's window", .streamWindow) {
      $0.got(.call, 1, payload: 16_385)
    },
    Case(.plugin, "data after the call's end", .payloadUnexpected) {
      _ = $0.got(.call, 1)
      return $0.got(.data, 1, payload: 1)
    },
    Case(.plugin, "data with another ordinal", .wrongOrdinal) {
      _ = $0.got(.call, 1, .more)
      return $0.got(.data, 1, ordinal: 3, payload: 1)
    },
    Case(.plugin, "a cancellation of what never was", .neverOpened) { $0.got(.cancel, 1) },
    Case(.plugin, "a cancellation of a service call", .wrongParity) { $0.got(.cancel, 2) },
    Case(.plugin, "a cancellation with payload", .payloadUnexpected) {
      _ = $0.got(.call, 1)
      return $0.got(.cancel, 1, payload: 1)
    },
    Case(.plugin, "a result on an odd stream", .wrongParity) { $0.got(.serviceResult, 1) },
    Case(.plugin, "a result of what was not asked", .neverOpened) { $0.got(.serviceResult, 2) },
    Case(.plugin, "a result with an ordinal", .wrongOrdinal) {
      _ = $0.got(.call, 1)
      _ = $0.open(parent: 1)
      $0.askService(2)
      return $0.got(.serviceResult, 2, ordinal: 1)
    },
    Case(.plugin, "a result before the question", .notAsked) {
      _ = $0.got(.call, 1)
      _ = $0.open(parent: 1)
      return $0.got(.serviceResult, 2)
    },
    Case(.plugin, "a result within a result", .notAsked) {
      _ = $0.got(.call, 1)
      _ = $0.open(parent: 1)
      $0.askService(2)
      _ = $0.got(.serviceResult, 2, .more)
      return $0.got(.serviceResult, 2)
    },
    Case(.plugin, "data before the result", .payloadUnexpected) {
      _ = $0.got(.call, 1)
      _ = $0.open(parent: 1)
      $0.askService(2)
      return $0.got(.data, 2, payload: 1)
    },
  ]

  @Test(arguments: anywhere + toHost + toPlugin)
  func `a frame that is not allowed is named, and is the last`(_ example: Case) {
    var connection = connection(example.role)
    #expect(example.frame(&connection) == .violation(example.violation))
    #expect(connection.got(.ping) == .violation(example.violation))
    #expect(connection.creditReceived(stream: 0, bytes: 1) == example.violation)
  }

  @Test func `a service call belongs to a call under way`() {
    func judged(parent: UInt32, ordinal: UInt32, answered: Bool = false) -> DataConnection.OnService
    {
      var host = connection(.host)
      let stream = host.asked()
      if answered { _ = host.got(.reply, stream) }
      _ = host.got(.serviceCall, 2)
      return host.serviceOpened(2, parent: parent, ordinal: ordinal)
    }
    #expect(judged(parent: 1, ordinal: 0) == .opened)
    #expect(judged(parent: 1, ordinal: 1) == .violation(.foreignParent))
    #expect(judged(parent: 1, ordinal: 65_536) == .violation(.foreignParent))
    #expect(judged(parent: 1, ordinal: 0, answered: true) == .violation(.foreignParent))
    #expect(judged(parent: 3, ordinal: 0) == .violation(.foreignParent))
    #expect(judged(parent: 2, ordinal: 0) == .violation(.foreignParent))
    #expect(judged(parent: 0, ordinal: 0) == .violation(.foreignParent))
    #expect(judged(parent: .max, ordinal: 0) == .violation(.foreignParent))
  }

  @Test(arguments: [Role.host, .plugin])
  func `nobody gives more credit than was used`(role: Role) {
    func judged(_ stream: UInt32, _ bytes: UInt32, used: Int = 0) -> ProtocolViolation? {
      var end = connection(role)
      if role == .host { _ = end.asked() } else { _ = end.got(.call, 1) }
      end.sent(1, payload: used, more: true, answer: role == .plugin)
      return end.creditReceived(stream: stream, bytes: bytes)
    }
    #expect(judged(0, 1) == .badCredit)
    #expect(judged(1, 1) == .badCredit)
    #expect(judged(0, 0, used: 10) == .badCredit)
    #expect(judged(1, 0, used: 10) == .badCredit)
    #expect(judged(0, 10, used: 10) == nil)
    #expect(judged(1, 10, used: 10) == nil)
    #expect(judged(1, 11, used: 10) == .badCredit)
    #expect(judged(0, .max, used: 10) == .badCredit)
    #expect(judged(1, .max, used: 10) == .badCredit)
    #expect(judged(3, 1) == .neverOpened)
    #expect(judged(2, 1) == .neverOpened)
  }
}
