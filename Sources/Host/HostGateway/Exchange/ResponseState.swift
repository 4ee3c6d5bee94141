// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import NIOCore

/// The response of an exchange: the upstream's or one that was made here, and what plugins made of it.
struct ResponseState {
  var status = 0
  /// The upstream's fields; none for a response that was made here.
  var fields = HeaderFields()
  var framing = BodyFraming.none
  /// What its `Content-Length` said, if it had one.
  var declaredLength: Int?
  /// It is 101, and HTTP ends with it.
  var isUpgrade = false
  var edits = HeaderEdits()
  /// Nanoseconds from the request's head to the response's.
  var after: UInt64 = 0
  /// What the client was told of the body.
  var body = ResponseBody.none(declared: nil)
  /// The protocols that the client should come with.
  var upgrade: StaticString?
  var trailers = Trailers()
  /// Of an upstream's body that is compressed, and that plugins look at.
  var decoding: Exchange.Decoding?
  /// Bytes of the body that went to the client, and of the head.
  var sent = 0
  var headBytes = 0
  /// Where in an event stream the client is, if it gets one.
  var position = EventStreamPosition()
  /// A copy for plugins that want it when all is over.
  var copy: ByteBuffer?
}
