// SPDX-License-Identifier: Apache-2.0

import HostExchange
import HostHTTP
import NIOCore

/// One step of an exchange: its stream to a process, its newest checkpoint, and the call under way. A class, so that what
/// is written of one is not a change of all, and nothing is copied to be read.
final class StepCall {
  /// Where the stream is open; the plugin's value of this exchange lives there.
  var lane: PluginLane?
  var stream: UInt32 = 0
  /// Whose answer is waited for; the stream may end with it.
  var answerer: PluginLane?
  /// Set while the call waits for a process.
  var waiter: UInt64?
  /// The phase of the call under way.
  var phase: Phase?
  /// Counts the step's calls. One that is run again keeps its number, which names its writes, whatever stream it runs on.
  var number: UInt32 = 0
  /// 0 the first time, larger when the call is run again on another process.
  var attempt: UInt32 = 0
  var started: UInt64 = 0
  /// When it went to a process; 0: not yet.
  var sent: UInt64 = 0
  /// Nanoseconds that the plugin says it worked on it.
  var run: UInt64 = 0
  var deadline: UInt64 = .max
  /// The answer to a call that was made ahead of the step's turn, until that comes.
  var early: EarlyAnswer?
  /// When it came; 0: there is none.
  var answered: UInt64 = 0
  /// No call has gone over the stream yet, so the plugin knows nothing of the exchange.
  var isFresh = true
  /// The newest committed state.
  var checkpoint: ByteBuffer?
  /// The format of the checkpoint.
  var stateVersion: UInt32 = 0
  /// The processes that died with the call under way.
  var killed: [UInt64] = []
  /// Counts lost processes and calls that ended, so that what is to be done about one is not done about the next.
  var losses: UInt32 = 0
  /// The call is run again by itself, to see whether it is what kills processes.
  var isSuspect = false
  /// What to go on with, where the release that should have taken the call has failed it.
  var fallback: UInt64?
  /// The response that the last reply carried, until it is adopted.
  var response: PluginResponse?
}

/// How a call has ended whose step is not due yet. Nothing of it counts before.
enum EarlyAnswer {
  /// - Parameter isLast: the stream has ended with it.
  case reply(message: ByteBuffer, payload: ByteBuffer, isLast: Bool)
  case failed(Outcome)
}

/// A response that a plugin made.
struct PluginResponse {
  var status: Int
  var headers: HeaderEdits
  var body: ByteBuffer
}
