// SPDX-License-Identifier: Apache-2.0

/// Takes part in each piece of a streamed response body.
public protocol ChunkPhase: Plugin {
  /// What to show; nil: this instance does not take part.
  var chunkInterest: ChunkInterest? { get }

  /// Reads and edits the piece.
  mutating func chunk(_ chunk: inout Chunk) async throws -> ChunkReply
}

extension ChunkPhase {
  /// Takes part in all exchanges, and sees no more than it must.
  public var chunkInterest: ChunkInterest? { ChunkInterest() }
}

/// What becomes of a piece. Edits of it travel with the reply.
public enum ChunkReply: Sendable, Hashable {
  /// The client gets it, with the edits.
  case release
  /// So many of the piece's shown bytes, at its end, stay with the host and are shown again at the front
  /// of the next piece. Edits lie before them. Nothing can be held of the last piece.
  case hold(Int)
  /// The client gets it, with the edits, and nothing after it.
  case end
}

/// Makes the body of a response that this plugin gave with `.produce`.
public protocol ProducePhase: Plugin {
  /// What to show; nil: this instance never produces.
  var produceInterest: Interest? { get }

  /// The next piece, when the client takes more.
  mutating func produce(_ pull: inout Pull) async throws -> ProduceReply
}

extension ProducePhase {
  /// Takes part in all exchanges, and sees no more than it must.
  public var produceInterest: Interest? { Interest() }
}

/// The next piece of a produced body.
public enum ProduceReply: Sendable, Hashable {
  /// A piece; more follows.
  case piece([UInt8])
  /// The last piece.
  case last([UInt8])
  /// Nothing more.
  case end

  /// A piece of text; more follows.
  public static func text(_ text: String) -> ProduceReply { .piece(Array(text.utf8)) }
}
