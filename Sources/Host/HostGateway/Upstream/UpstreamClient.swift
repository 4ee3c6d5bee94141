// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import NIOCore

/// Who sends a request over an upstream connection, and hears what becomes of it.
///
/// `upstreamFinished` or `upstreamFailed` comes once, and nothing after it. All calls carry the number of the try, so that
/// what a former one still says is not heard.
protocol UpstreamClient: AnyObject {
  /// 1xx: the response itself is still to come.
  func upstreamInformational(tryNumber: Int, _ head: ResponseHead)

  func upstreamHead(tryNumber: Int, _ head: ResponseHead)

  func upstreamBody(tryNumber: Int, _ bytes: ByteBuffer)

  /// The response is complete. The connection, when it can carry another request, is the client's to give back.
  func upstreamFinished(tryNumber: Int, connection: UpstreamConnection?, trailers: Trailers)

  /// There will be no response, or no more of it.
  ///
  /// - Parameter isStale: the connection had been idle and nothing came, so that the request may never have arrived.
  func upstreamFailed(tryNumber: Int, _ error: HostError, isStale: Bool)

  /// The connection takes more of the request's body.
  func upstreamWritable()
}
