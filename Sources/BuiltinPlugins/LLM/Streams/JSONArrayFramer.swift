// SPDX-License-Identifier: Apache-2.0

/// Finds the elements of one JSON array of objects that comes in pieces: what Gemini streams when it is not asked for
/// server-sent events.
///
/// An element is found when its closing brace is seen; the comma behind it belongs to the next frame. Objects without
/// an array around them count as elements too, as some proxies answer a stream so. The state is a number: an element
/// that is not whole is shown again.
package struct JSONArrayFramer: Equatable, Sendable {
  private enum State: Int {
    /// Nothing but whitespace was seen.
    case start
    /// Behind an element of an array.
    case inside
    /// Behind an object that stands alone.
    case outside
    /// The array was closed.
    case closed
  }

  private var state = State.start

  /// At the start of a stream.
  package init() {}

  /// Whether an element was found.
  package var hasElements: Bool { state == .inside || state == .outside }

  /// The frame that begins at an offset; nil if its end has not come.
  ///
  /// - Throws: when the bytes are no array of objects.
  mutating func next(
    in piece: RawSpan, from offset: Int
  ) throws(StreamProblem) -> StreamFramer.Frame? {
    // What follows the array means nothing.
    if state == .closed { return StreamFramer.Frame(end: piece.byteCount) }
    var index = piece.skippingWhitespace(from: offset)
    guard index < piece.byteCount else { return nil }
    var isInside = state == .inside
    switch (state, piece.byte(at: index)) {
    case (.start, UInt8(ascii: "[")):
      isInside = true
      index = piece.skippingWhitespace(from: index + 1)
      if piece.byteOrZero(at: index) == UInt8(ascii: "]") { return close(at: index) }
    case (.inside, UInt8(ascii: "]")):
      return close(at: index)
    case (.inside, UInt8(ascii: ",")):
      index = piece.skippingWhitespace(from: index + 1)
    case (.start, UInt8(ascii: "{")), (.outside, UInt8(ascii: "{")):
      break
    default:
      throw StreamProblem("it is no JSON array")
    }
    guard index < piece.byteCount else { return nil }
    guard piece.byte(at: index) == UInt8(ascii: "{") else {
      throw StreamProblem("an element of its JSON array is no object")
    }
    guard let element = try object(in: piece, at: index) else { return nil }
    state = isInside ? .inside : .outside
    return StreamFramer.Frame(end: element.end, data: element.range)
  }

  private mutating func close(at index: Int) -> StreamFramer.Frame {
    state = .closed
    return StreamFramer.Frame(end: index + 1)
  }

  /// The object at an offset, nil if it is not whole.
  private func object(
    in piece: RawSpan, at index: Int
  ) throws(StreamProblem) -> JSONNode? {
    do throws(JSONError) {
      return try JSONNode(scanning: piece, at: index)
    } catch  where error.code == .truncated {
      return nil
    } catch {
      throw StreamProblem("\(error)")
    }
  }
}

extension JSONArrayFramer: CompactState {
  package func write(to writer: inout StateWriter) {
    writer.number(state.rawValue)
  }

  package init(from reader: inout StateReader) throws(StateError) {
    guard let state = State(rawValue: try reader.number()) else { throw StateError(at: 0) }
    self.state = state
  }
}
