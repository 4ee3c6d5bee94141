// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// How a call fails that a test wants to fail.
enum Failure: String, Codable, Sendable {
  /// The plugin says that it failed.
  case error
  /// It does not answer.
  case hang
  /// It dies.
  case die

  func happen(_ host: Host) async throws {
    switch self {
    case .error: throw CallError(code: "test-failure", message: "asked for by a test")
    case .hang: try await host.sleep(for: .seconds(3600))
    case .die: fatalError("a failure that a test asked for")
    }
  }
}

/// The phase in which ``ChaosPlugin/Task/fails`` does.
enum FailingPhase: String, Codable, Sendable {
  case none, request, retry, response, chunk, produce, complete
}

extension ChaosPlugin {
  /// Whether this instance is there to fail in the phase.
  func fails(in phase: FailingPhase) -> Bool { config.does == .fails && config.phase == phase }

  // MARK: - Retry

  var retryInterest: Interest? { fails(in: .retry) ? Interest() : nil }

  mutating func retry(
    _ request: inout Request, after failure: FailedTry
  ) async throws -> RetryReply {
    try await config.how.happen(host)
    return .giveUp
  }

  // MARK: - Chunk

  /// Puts a comment with its version in front of each piece of an event stream, and fails at the piece with the mark. The
  /// state changes, so that the stream cannot go on where it is not understood.
  mutating func stamp(_ chunk: inout Chunk) async throws -> ChunkReply {
    if chunk.body.text.contains(config.mark) { try await config.how.happen(host) }
    state.nonce = "stamped"
    if chunk.body.count > 0 { chunk.body.insert(": \(Identity.version)\n", at: 0) }
    return .release
  }

  // MARK: - Produce

  var produceInterest: Interest? { fails(in: .produce) ? Interest() : nil }

  /// One event, and then nothing but failure.
  mutating func produce(_ pull: inout Pull) async throws -> ProduceReply {
    if state.nonce == "begun" { try await config.how.happen(host) }
    state.nonce = "begun"
    return .text("data: first\n\n")
  }
}
