// SPDX-License-Identifier: Apache-2.0

/// Finds where the events of an event stream end (WHATWG HTML, section 9.2.6), in pieces cut
/// anywhere.
///
/// Lines end with CR, LF or CRLF, and with nothing else: U+2028 and U+0085 are text. An event is a
/// run of lines closed by a blank one. Comment lines and blank lines between events are frames of
/// their own, so that a keep-alive is never kept waiting for the event behind it. The state is a
/// few bytes and holds no text.
package struct EventStreamFramer: Equatable, Sendable {
  /// What a frame is.
  package enum Frame: Equatable, Sendable {
    /// The lines of an event and the blank line that closes them.
    case event
    /// A comment line or a blank line between events, or the byte order mark at the start.
    case filler
    /// The line feed of the CRLF that closed the frame before, seen only in a later piece.
    case lineFeed
  }

  /// A frame, and the offset in the piece at which it ends.
  package struct Found: Equatable, Sendable {
    /// What it is.
    package var frame: Frame
    /// The offset behind its last byte.
    package var end: Int
  }

  private enum State: Equatable {
    /// At the start of the stream, so many bytes of a byte order mark behind us.
    case start(markBytes: Int)
    /// At the first byte of a frame. Behind a CR, a line feed still belongs to the frame before.
    case between(afterCR: Bool)
    /// Inside a line of an event.
    case field
    /// Inside a comment line between events.
    case comment
    /// At the start of a line of an event. Behind a CR, a line feed still belongs to the line
    /// before.
    case lineStart(afterCR: Bool)
  }

  private var state = State.start(markBytes: 0)

  /// At the start of a stream.
  package init() {}

  /// Whether the stream, if it ended here, would end between two events.
  package var isBetweenFrames: Bool {
    switch state {
    case .start(let markBytes): markBytes == 0
    case .between: true
    case .field, .comment, .lineStart: false
    }
  }

  /// The frame that ends next, at or behind an offset of a piece; nil if it ends in a later one.
  /// Every byte of a stream is to be shown once, in order.
  package mutating func next(in piece: RawSpan, from offset: Int) -> Found? {
    var index = offset
    while index < piece.byteCount {
      let byte = piece.byte(at: index)
      switch state {
      case .start(let markBytes):
        let mark: UInt8 = markBytes == 0 ? 0xEF : markBytes == 1 ? 0xBB : 0xBF
        guard byte == mark else {
          // Half a mark is the beginning of a field with a strange name.
          state = markBytes == 0 ? .between(afterCR: false) : .field
          continue
        }
        index &+= 1
        if markBytes == 2 {
          state = .between(afterCR: false)
          return Found(frame: .filler, end: index)
        }
        state = .start(markBytes: markBytes + 1)
      case .between(let afterCR):
        if byte == 0x0A {
          state = .between(afterCR: false)
          return Found(frame: afterCR ? .lineFeed : .filler, end: index &+ 1)
        }
        if byte == 0x0D { return Found(frame: .filler, end: endFrame(in: piece, afterCRAt: index)) }
        state = byte == UInt8(ascii: ":") ? .comment : .field
      case .comment:
        index = piece.firstLineBreak(from: index)
        guard index < piece.byteCount else { return nil }
        if piece.byte(at: index) == 0x0D {
          return Found(frame: .filler, end: endFrame(in: piece, afterCRAt: index))
        }
        state = .between(afterCR: false)
        return Found(frame: .filler, end: index &+ 1)
      case .field:
        index = piece.firstLineBreak(from: index)
        guard index < piece.byteCount else { return nil }
        state = .lineStart(afterCR: piece.byte(at: index) == 0x0D)
        index &+= 1
      case .lineStart(let afterCR):
        if byte == 0x0A {
          index &+= 1
          if afterCR {
            state = .lineStart(afterCR: false)
          } else {
            state = .between(afterCR: false)
            return Found(frame: .event, end: index)
          }
        } else if byte == 0x0D {
          return Found(frame: .event, end: endFrame(in: piece, afterCRAt: index))
        } else {
          state = .field
        }
      }
    }
    return nil
  }

  /// Ends a frame at a CR, with the line feed behind it if that is there already.
  private mutating func endFrame(in piece: RawSpan, afterCRAt index: Int) -> Int {
    guard index + 1 < piece.byteCount else {
      state = .between(afterCR: true)
      return index + 1
    }
    state = .between(afterCR: false)
    return piece.byte(at: index + 1) == 0x0A ? index + 2 : index + 1
  }
}

extension EventStreamFramer: CompactState {
  package func write(to writer: inout StateWriter) {
    let code =
      switch state {
      case .start(let markBytes): markBytes
      case .between(let afterCR): afterCR ? 4 : 3
      case .field: 5
      case .comment: 6
      case .lineStart(let afterCR): afterCR ? 8 : 7
      }
    writer.number(code)
  }

  package init(from reader: inout StateReader) throws(StateError) {
    let code = try reader.number()
    switch code {
    case 0...2: state = .start(markBytes: code)
    case 3, 4: state = .between(afterCR: code == 4)
    case 5: state = .field
    case 6: state = .comment
    case 7, 8: state = .lineStart(afterCR: code == 8)
    default: throw StateError(at: 0)
    }
  }
}
