// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore

/// A name and its value, as text in which each byte is one character.
struct Field: Equatable, CustomStringConvertible {
  var name: String
  var value: String
  var description: String { "\(name): \(value)" }
}

extension HeaderFields {
  var list: [Field] {
    var list: [Field] = []
    forEach { _, name, value in list.append(Field(name: latin(name), value: latin(value))) }
    return list
  }
}

/// One character a byte, so that nothing is lost or repaired.
func latin(_ bytes: some Sequence<UInt8>) -> String {
  String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
}

func bytes(_ text: String) -> [UInt8] {
  text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
}

/// What a decoder said of a connection's bytes: the same however they were cut.
struct Transcript: Equatable {
  struct Message: Equatable {
    var start: String
    var fields: [Field]
    var framing: BodyFraming
    var keepsAlive = true
    var body: [UInt8] = []
    var trailers: [Field]?
  }

  var messages: [Message] = []
  var refusal: HTTPRefusal?
  /// Bytes that are no event yet: of a head or of a line that is not whole.
  var rest = 0
}

extension Transcript {
  /// What requests the pieces are.
  init(requests pieces: [ArraySlice<UInt8>], limits: HeadLimits = HeadLimits()) {
    var decoder = RequestDecoder(limits: limits)
    var buffer = ByteBuffer()
    do {
      for piece in pieces {
        buffer.writeBytes(piece)
        while let event = try decoder.next(&buffer) { take(event) }
        // The bytes move to a new place now and then, as they do in a connection.
        if buffer.readableBytes % 7 == 3 { buffer = ByteBuffer(bytes: buffer.readableBytesView) }
      }
      rest = buffer.readableBytes
    } catch {
      refusal = error
    }
  }

  init(requests text: String, limits: HeadLimits = HeadLimits()) {
    self.init(requests: [bytes(text)[...]], limits: limits)
  }

  private mutating func take(_ event: RequestDecoder.Event) {
    switch event {
    case .head(let head):
      let method = head.withMethod { latin($0) }
      let target = head.withRawTarget { latin($0) }
      messages.append(
        Message(
          start: "\(method) \(target) \(head.version)", fields: head.fields.list,
          framing: head.framing, keepsAlive: head.keepsAlive))
    case .body(let data): messages[messages.count - 1].body += data.readableBytesView
    case .end(let trailers): messages[messages.count - 1].trailers = trailers.list
    }
  }

  /// What responses the pieces are; as many are awaited as there are methods.
  init(
    responses pieces: [ArraySlice<UInt8>], toHead: [Bool] = [false], endOfFile: Bool = true,
    limits: HeadLimits = HeadLimits()
  ) {
    var decoder = ResponseDecoder(limits: limits)
    var awaited = toHead.makeIterator()
    if let first = awaited.next() { decoder.requestSent(isHead: first) }
    var buffer = ByteBuffer()
    do {
      for piece in pieces {
        buffer.writeBytes(piece)
        while let event = try decoder.next(&buffer) {
          take(event)
          if decoder.isIdle, case .end = event, let next = awaited.next() {
            decoder.requestSent(isHead: next)
          }
        }
      }
      rest = buffer.readableBytes
      if endOfFile, let event = try decoder.endOfFile() { take(event) }
    } catch {
      refusal = error
    }
  }

  init(responses text: String, toHead: Bool = false, limits: HeadLimits = HeadLimits()) {
    self.init(responses: [bytes(text)[...]], toHead: [toHead], limits: limits)
  }

  private mutating func take(_ event: ResponseDecoder.Event) {
    switch event {
    case .head(let head), .informational(let head):
      messages.append(
        Message(
          start: "\(head.status) \(head.withReason { latin($0) }) \(head.version)",
          fields: head.fields.list, framing: head.framing, keepsAlive: head.keepsAlive))
    case .body(let data): messages[messages.count - 1].body += data.readableBytesView
    case .end(let trailers, _): messages[messages.count - 1].trailers = trailers.list
    }
  }
}

/// The head of a request that is not refused.
func head(_ text: String) throws -> RequestHead {
  var decoder = RequestDecoder()
  var buffer = ByteBuffer(bytes: bytes(text))
  guard case .head(let head) = try decoder.next(&buffer) else { throw HTTPRefusal.truncated }
  return head
}

/// The head of a response that is not refused.
func responseHead(_ text: String) throws -> ResponseHead {
  var decoder = ResponseDecoder()
  decoder.requestSent(isHead: false)
  var buffer = ByteBuffer(bytes: bytes(text))
  guard case .head(let head) = try decoder.next(&buffer) else { throw HTTPRefusal.truncated }
  return head
}
