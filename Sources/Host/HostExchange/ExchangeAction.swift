// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// What the driver of an exchange must now do, in this order.
package enum ExchangeAction: Equatable {
  /// Ask the step's plugin; exactly one `replied` or `callFailed` follows, unless it is cancelled.
  case call(step: Int, phase: Phase)
  /// It is the turn of the step, whose answer the driver has: it counts now.
  case settle(step: Int)
  /// Drop the step's call, and the answer if it is here: the step is asked again when it is its turn.
  case takeBack(step: Int)
  /// Stop waiting for the step's answer and tell its plugin why.
  case cancel(step: Int, CancelReason)
  /// Read the request's body to its end and keep it.
  case collectRequestBody
  /// Send the request to its upstream: connect, head, body.
  case startTry
  /// Close the connection to the upstream: its answer is not wanted.
  case abortUpstream
  /// Take the step's own response, which its reply carried, for the exchange's.
  case adoptResponse(step: Int)
  /// Take an error of the host for the exchange's response.
  case adoptError(HostError)
  /// Read the response's body to its end and keep it.
  case collectResponseBody
  /// Write the response's head.
  case sendHead(BodyKind)
  /// Write bytes of the response's body.
  case deliver(ByteBuffer)
  /// The response is complete: end its framing.
  case endResponse
  /// The response cannot be completed: say so in the stream if its dialect can, and break it off.
  case cutResponse(HostError)
  /// Nothing follows.
  case finish
}

/// What is known about the response's body when its head is written.
package enum BodyKind: Equatable, Sendable {
  /// It is here, whole, and no plugin changes it any more.
  case whole
  /// It flows as its source framed it: nobody changes its length.
  case unchanged
  /// Its length is not known.
  case open
}

/// Why a plugin's stream is ended before its last reply; the raw values are the protocol's.
package enum CancelReason: UInt8, Sendable {
  case done = 0
  case clientGone = 1
  case deadline = 2
  case moved = 3
  case failed = 4
}

/// Who made the response; the raw values are the protocol's.
package enum ResponseSource: UInt8, Sendable {
  case none = 0
  case upstream = 1
  case plugin = 2
  case host = 3
}
