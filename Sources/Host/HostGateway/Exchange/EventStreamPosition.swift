// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore

/// Whether a body, as far as it was sent, ends where an event of `text/event-stream` could begin. Lines end with CR, LF or
/// both, and a blank one ends an event.
struct EventStreamPosition {
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  /// The last three bytes, the newest last. A body begins as if blank lines were before it.
  private var tail = (lineFeed, lineFeed, lineFeed)

  mutating func passed(_ bytes: ByteBuffer) {
    for byte in bytes.readableBytesView.suffix(3) { tail = (tail.1, tail.2, byte) }
  }

  var isBetweenEvents: Bool {
    let isPair = tail.1 == Self.carriageReturn && tail.2 == Self.lineFeed
    return Self.endsLine(tail.2) && Self.endsLine(isPair ? tail.0 : tail.1)
  }

  private static func endsLine(_ byte: UInt8) -> Bool {
    byte == lineFeed || byte == carriageReturn
  }
}

extension ResponseState {
  /// Whether what the client gets is an event stream, and as it is, not compressed.
  var isEventStream: Bool {
    let isOne = edits.withFirst(.contentType, in: fields) { type in
      UnsafeRawBufferPointer(rebasing: type.prefix { $0 != UInt8(ascii: ";") })
        .trimmed.equals(lowercase: "text/event-stream")
    }
    let isCoded = edits.withFirst(.contentEncoding, in: fields) {
      !$0.trimmed.equals(lowercase: "identity")
    }
    return isOne == true && isCoded != true
  }
}
