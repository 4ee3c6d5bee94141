// SPDX-License-Identifier: Apache-2.0

/// Takes part when a request's head (and, if asked for, its whole body) was received.
public protocol RequestPhase: Plugin {
  /// What to show; nil: this instance does not take part.
  var requestInterest: Interest? { get }

  /// Reads and edits the request, or answers it.
  mutating func request(_ request: inout Request) async throws -> RequestReply
}

extension RequestPhase {
  /// Takes part in all exchanges, and sees no more than it must.
  public var requestInterest: Interest? { Interest() }
}

/// What becomes of a request. Edits of it travel with the reply.
public enum RequestReply: Sendable {
  /// It goes on, with the edits.
  case proceed
  /// It ends here with this response.
  case respond(Response)
  /// It goes on, with the edits, as the consumer's whose key of `keyauth_credentials` this is, which the host looks up; when it is
  /// nobody's, it ends here with this response. The manifest must name the service ``HostService/consumers``.
  case authenticate(key: [UInt8], otherwise: Response)
  /// It ends here; ``ProducePhase`` makes the body as the client takes it.
  case produce(status: Int = 200, headers: Headers)
}

/// Takes part when a try of an upstream failed.
public protocol RetryPhase: Plugin {
  /// What to show; nil: this instance does not take part.
  var retryInterest: Interest? { get }

  /// Edits the request for the next try, above all its target, or gives up.
  mutating func retry(
    _ request: inout Request, after failure: FailedTry
  ) async throws -> RetryReply
}

extension RetryPhase {
  /// The `retry` phase.
  public var retryInterest: Interest? { Interest() }
}

/// What follows a failed try.
public enum RetryReply: Sendable {
  /// Another try, with the edits.
  case tryAgain
  /// The failure goes to the client.
  case giveUp
  /// The exchange ends with this response.
  case respond(Response)
}
