// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import NIOCore

/// Who sends a request over an upstream connection, and hears what becomes of it.
///
/// `upstreamFinished` or `upstreamFailed` comes once, and nothing after it: the stream is not the client's any more. All
/// calls carry the number of the try, so that what a former one still says is not heard.
protocol UpstreamClient: AnyObject {
  /// 1xx: the response itself is still to come.
  func upstreamInformational(tryNumber: Int, _ head: ResponseHead)

  func upstreamHead(tryNumber: Int, _ head: ResponseHead)

  /// The upstream goes on with the protocol that it was asked for: what follows are bytes, both ways, until one side ends.
  func upstreamUpgraded(tryNumber: Int, _ head: ResponseHead)

  func upstreamBody(tryNumber: Int, _ bytes: ByteBuffer)

  /// The response is complete.
  func upstreamFinished(tryNumber: Int, trailers: Trailers)

  /// There will be no response, or no more of it.
  func upstreamFailed(tryNumber: Int, _ failure: UpstreamFailure)

  /// The connection takes more of the request's body.
  func upstreamWritable()
}

/// Why there is no response, or no more of it.
struct UpstreamFailure: Error {
  /// How far the request may have come.
  enum Reach {
    /// The upstream has not seen it, or says that it has not looked at it.
    case unsent
    /// The connection had been idle and nothing came: its peer has probably closed it before the request arrived.
    case stale
    /// The connection broke, or there was silence for too long.
    case lost
    /// The upstream has answered, with what is no response.
    case answered
  }

  let error: HostError
  let reach: Reach
  /// The cause, for logs.
  var cause: (any Error)?

  init(_ error: HostError, _ reach: Reach, cause: (any Error)? = nil) {
    self.error = error
    self.reach = reach
    self.cause = cause
  }

  /// Whether another try may be made, as nginx does with `proxy_next_upstream error timeout`: a request that is not
  /// idempotent is not sent twice.
  func isRepeatable(isIdempotent: Bool) -> Bool {
    switch reach {
    case .unsent: error != .upstreamBusy && error != .nameResolution
    case .stale, .lost: isIdempotent
    case .answered: false
    }
  }
}
