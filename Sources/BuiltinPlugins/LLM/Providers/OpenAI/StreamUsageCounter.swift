// SPDX-License-Identifier: Apache-2.0

/// Counts what an OpenAI stream uses while the client gets it unchanged, from a copy: for clients
/// that asked for usage themselves.
///
/// The result does not depend on how the stream is cut into pieces. Its state is part of a
/// checkpoint.
package struct StreamUsageCounter: Equatable, Sendable {
  private var parser: EventStreamParser
  /// What was counted so far.
  package private(set) var tally = OpenAIStreamTally()

  /// At the start of a stream.
  package init(maximumEventSize: Int = EventStreamParser.defaultMaximumEventSize) {
    parser = EventStreamParser(maximumEventSize: maximumEventSize)
  }

  /// Counts the next piece. True if the first generated token is in it: now is the time to read a
  /// clock.
  package mutating func received(_ piece: RawSpan, isLast: Bool = false) -> Bool {
    let hadOutput = tally.hasOutput
    parser.read(piece, isLast: isLast) { span, item in
      switch item {
      case .event(let event): event.withData(in: span) { _ = tally.count($0) }
      case .failure: tally.skippedEvent()
      }
    }
    return tally.hasOutput && !hadOutput
  }
}

extension StreamUsageCounter: CompactState {
  package func write(to writer: inout StateWriter) {
    writer.state(parser)
    writer.state(tally)
  }

  package init(from reader: inout StateReader) throws(StateError) {
    parser = try reader.state()
    tally = try reader.state()
  }
}
