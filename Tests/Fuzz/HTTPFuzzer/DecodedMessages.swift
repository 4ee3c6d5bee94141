// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore

/// What a decoder of the host says of bytes that come in pieces.
struct DecodedMessages: Equatable {
  var messages: [NaiveReader.Message] = []
  var refusal: HTTPRefusal?
  /// The most that waited in the buffer when the decoder wanted more.
  var kept = 0

  static func == (one: DecodedMessages, other: DecodedMessages) -> Bool {
    one.messages == other.messages && one.refusal == other.refusal
  }

  init(requests pieces: [ArraySlice<UInt8>], _ limits: HeadLimits) {
    var decoder = RequestDecoder(limits: limits)
    var buffer = ByteBuffer()
    do {
      for piece in pieces {
        buffer.writeBytes(piece)
        while let event = try decoder.next(&buffer) {
          switch event {
          case .head(let head): begin(head.fields)
          case .body(let bytes): messages[messages.count - 1].body += bytes.readableBytesView
          case .end: messages[messages.count - 1].isWhole = true
          }
        }
        kept = max(kept, buffer.readableBytes)
      }
    } catch {
      refusal = error
    }
  }

  init(responses pieces: [ArraySlice<UInt8>], toHead: Bool, _ limits: HeadLimits) {
    var decoder = ResponseDecoder(limits: limits)
    decoder.requestSent(isHead: toHead)
    var buffer = ByteBuffer()
    do {
      for piece in pieces {
        buffer.writeBytes(piece)
        while let event = try decoder.next(&buffer) { take(event) }
        kept = max(kept, buffer.readableBytes)
      }
      if let event = try decoder.endOfFile() { take(event) }
    } catch {
      refusal = error
    }
  }

  private mutating func take(_ event: ResponseDecoder.Event) {
    switch event {
    case .head(let head):
      begin(head.fields)
      if !head.hasBody { messages[messages.count - 1].isWhole = true }
    case .informational(let head):
      begin(head.fields)
      messages[messages.count - 1].isWhole = true
    case .body(let bytes): messages[messages.count - 1].body += bytes.readableBytesView
    case .end: messages[messages.count - 1].isWhole = true
    }
  }

  private mutating func begin(_ fields: HeaderFields) {
    let head = Array(fields.bytes.readableBytesView)
    let end = head.firstIndex(of: 13) ?? head.count
    var list: [[UInt8]] = []
    fields.forEach { _, name, value in
      list.append(NaiveReader.normal(Array(name) + [UInt8(ascii: ":")] + Array(value)))
    }
    messages.append(
      NaiveReader.Message(start: Array(head[..<end]), fields: list, body: [], isWhole: false))
  }
}
