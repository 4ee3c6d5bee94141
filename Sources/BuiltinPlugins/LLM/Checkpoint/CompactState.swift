// SPDX-License-Identifier: Apache-2.0

/// A part of a checkpoint that codes itself as one short text, its members in a fixed order and
/// without their names.
///
/// A checkpoint is coded after every piece of a stream, so that its size and the time it takes are
/// part of what a token costs: a keyed coding of the same state has five times the bytes.
package protocol CompactState: Codable {
  /// Writes the members.
  func write(to writer: inout StateWriter)

  /// Reads the members in the order in which they were written.
  init(from reader: inout StateReader) throws(StateError)
}

/// A text is not the state that it should be: it was written by another version, or damaged.
package struct StateError: Error, Equatable, Sendable, CustomStringConvertible {
  /// How many bytes could be read.
  package var offset: Int

  /// An error at an offset.
  package init(at offset: Int) {
    self.offset = offset
  }

  /// What went wrong; nothing of the state itself.
  package var description: String { "the state cannot be read at byte \(offset)" }
}

extension CompactState {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    var reader = StateReader(try container.decode(String.self))
    do throws(StateError) {
      try self.init(from: &reader)
      try reader.finish()
    } catch {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: error.description)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var writer = StateWriter()
    write(to: &writer)
    var container = encoder.singleValueContainer()
    try container.encode(writer.text)
  }
}
