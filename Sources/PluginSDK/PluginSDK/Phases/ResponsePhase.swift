// SPDX-License-Identifier: Apache-2.0

/// Takes part when a response's head (and, if asked for, its whole body) is there, before the client
/// gets any of it.
public protocol ResponsePhase: Plugin {
  /// What to show; nil: this instance does not take part.
  var responseInterest: Interest? { get }

  /// Reads and edits the response, or gives another one.
  mutating func response(_ response: inout UpstreamResponse) async throws -> ResponseReply
}

extension ResponsePhase {
  /// Takes part in all exchanges, and sees no more than it must.
  public var responseInterest: Interest? { Interest() }
}

/// What becomes of a response. Edits of it travel with the reply.
public enum ResponseReply: Sendable {
  /// It goes on, with the edits.
  case proceed
  /// The client gets this response instead.
  case respond(Response)
  /// The client gets another response; ``ProducePhase`` makes its body as the client takes it.
  case produce(status: Int = 200, headers: Headers)
}
