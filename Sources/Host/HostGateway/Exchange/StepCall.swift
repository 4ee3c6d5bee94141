// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import NIOCore

/// One step of an exchange: its stream to a process, its newest checkpoint, and the call under way.
struct StepCall {
  /// Where the stream is open; the plugin's value of this exchange lives there.
  var lane: PluginLane?
  var stream: UInt32 = 0
  /// Set while the call waits for a process.
  var waiter: UInt64?
  /// The phase of the call under way.
  var phase: Phase?
  /// Counts the step's calls in this exchange, whatever streams they went over: a call that is run again keeps it.
  var ordinal: UInt32 = 0
  /// 0 the first time, larger when the call is run again on another process.
  var attempt: UInt32 = 0
  var started: UInt64 = 0
  var deadline: UInt64 = .max
  /// No call has gone over the stream yet, so the plugin knows nothing of the exchange.
  var isFresh = true
  /// The newest committed state.
  var checkpoint: ByteBuffer?
  /// The response that the last reply carried, until it is adopted.
  var response: PluginResponse?
}

/// A response that a plugin made.
struct PluginResponse {
  var status: Int
  var headers: HeaderEdits
  var body: ByteBuffer
}
