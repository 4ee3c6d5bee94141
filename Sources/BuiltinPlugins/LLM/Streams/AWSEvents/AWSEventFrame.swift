// SPDX-License-Identifier: Apache-2.0

extension StreamFramer.Frame {
  /// The message of an AWS event stream that begins at an offset; nil if its end has not come.
  ///
  /// Events and exceptions have the name that their header gives, and their payload as data. An error, which has all in
  /// its headers, becomes the body that the service answers with outside of streams:
  /// `{"__type":"…","message":"…"}`.
  init?(awsEvent bytes: RawSpan, at start: Int) throws(StreamProblem) {
    guard let message = try AWSEventMessage(in: bytes, at: start) else { return nil }
    self.init(end: message.end)
    let kind = try MessageKind(message.headers, in: bytes)
    guard let type = kind.type else { throw StreamProblem("a message has no ':message-type'") }
    name = kind.name
    switch bytes.string(type) {
    case "event", "exception":
      // A message without a payload says nothing but its name.
      if !message.payload.isEmpty { data = .line(message.payload) }
    case "error":
      let code = kind.name.map { bytes.string($0) } ?? "InternalFailure"
      let text = kind.message.map { bytes.string($0) } ?? code
      data = .lines(
        JSONText {
          $0.object {
            $0.member("__type", code)
            $0.member("message", text)
          }
        }.bytes)
    case let other: throw StreamProblem("a message has the unknown type '\(other.prefix(32))'")
    }
  }
}

/// The headers that say what a message is.
private struct MessageKind {
  /// `:message-type`: an event, an exception, or an error.
  var type: Range<Int>?
  /// `:event-type` or `:exception-type`, or `:error-code`.
  var name: Range<Int>?
  /// `:error-message`
  var message: Range<Int>?

  init(_ headers: AWSEventHeaders, in bytes: RawSpan) throws(StreamProblem) {
    var headers = headers
    while let header = try headers.next(in: bytes) {
      guard case .string(let value) = header.value, !header.name.isEmpty,
        bytes.byte(at: header.name.lowerBound) == UInt8(ascii: ":")
      else { continue }
      switch bytes.string(header.name) {
      case ":message-type": try Self.put(value, into: &type)
      case ":event-type", ":exception-type", ":error-code": try Self.put(value, into: &name)
      case ":error-message": try Self.put(value, into: &message)
      default: break
      }
    }
  }

  /// Two headers that tell different things of a message would be believed differently by its readers.
  private static func put(
    _ value: Range<Int>, into place: inout Range<Int>?
  ) throws(StreamProblem) {
    guard place == nil else { throw StreamProblem("a message has a header twice") }
    place = value
  }
}
