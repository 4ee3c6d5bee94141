// SPDX-License-Identifier: Apache-2.0

/// Gathers an answer that an upstream gave in one piece where a stream was asked for, from a copy
/// of its pieces, to read its usage.
package struct UnstreamedAnswer: Equatable, Sendable {
  /// A larger answer is not gathered, as it is part of a checkpoint; its usage is estimated.
  package static let maximumSize = EventStreamParser.defaultMaximumEventSize

  private var gathered: [UInt8] = []
  private var isTooLarge = false

  /// Nothing so far.
  package init() {}

  /// Takes the next piece.
  package mutating func received(_ piece: RawSpan) {
    guard !isTooLarge, gathered.count + piece.byteCount <= Self.maximumSize else {
      isTooLarge = true
      gathered = []
      return
    }
    piece.withUnsafeBytes { gathered.append(contentsOf: $0) }
  }

  /// What the answer says; nil if it is no such answer, or was too large.
  package func response(route: RouteType) -> OpenAIResponse? {
    isTooLarge ? nil : try? OpenAIResponse(gathered.span.bytes, route: route)
  }
}

extension UnstreamedAnswer: CompactState {
  package func write(to writer: inout StateWriter) {
    writer.bytes(gathered)
    writer.flag(isTooLarge)
  }

  package init(from reader: inout StateReader) throws(StateError) {
    gathered = try reader.bytes()
    isTooLarge = try reader.flag()
  }
}
