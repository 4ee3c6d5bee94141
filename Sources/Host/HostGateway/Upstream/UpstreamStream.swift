// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import HostPools
import NIOCore

/// One request on its way to an upstream and its response on the way back: a connection of HTTP/1.1, or one of the
/// streams of HTTP/2.
///
/// It belongs to its client from `start` until it says that it has finished or failed, or is aborted.
protocol UpstreamStream: AnyObject {
  var origin: Origin { get }
  /// Whether more of the request's body is taken now.
  var isWritable: Bool { get }
  /// Whether its client does not want more of the response for now.
  var isPaused: Bool { get }
  /// When something was last read or written, by the worker's clock.
  var lastActivity: UInt64 { get }
  /// Bytes that were written and have not left yet.
  var unsentBytes: Int { get }

  /// Sends a request.
  ///
  /// - Parameters:
  ///   - head: in the form of HTTP/1.1.
  ///   - body: what of the body is here.
  ///   - framing: as the head says. The end of a body is told by ``endBody(_:)``, whatever frames it.
  ///   - isHead: its method is HEAD.
  ///   - upgrades: it asks for another protocol; of a stream of ``UpstreamConnector/acquire(_:timeout:use:_:)`` for that.
  func start(
    _ client: any UpstreamClient, tryNumber: Int, head: ByteBuffer, body: ByteBuffer,
    framing: BodyFraming, isHead: Bool, upgrades: Bool)

  /// More of the body.
  func sendBody(_ bytes: ByteBuffer)

  /// The request is complete.
  func endBody(_ trailers: Trailers)

  /// Stops reading, or goes on: the client has enough of the response, or wants more.
  func pause(_ paused: Bool)

  /// It is not the upstream that is waited for.
  func touch(_ now: UInt64)

  /// Nothing was heard, or taken, for too long.
  func timedOut()

  /// The client does not want the rest.
  func abort()

  /// It is not started at all, and can be another's.
  func giveBack()
}
