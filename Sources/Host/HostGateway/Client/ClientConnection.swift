// SPDX-License-Identifier: Apache-2.0

import HostClients

/// A client's connection as its worker sees it, whatever it speaks.
protocol ClientConnection: AnyObject {
  /// Whether bytes of responses that are over are still here: the worker does not end before they are written.
  var hasUnsent: Bool { get }

  /// What it is about, as the admin API counts it.
  var activity: ConnectionActivity { get }

  /// Closes when nothing is under way; with responses under way, after them.
  func finish()
  /// Gives up on what waits for the client for longer.
  ///
  /// - Parameters:
  ///   - now: nanoseconds of the worker's clock.
  ///   - timeouts: how long a client may take.
  func expire(now: UInt64, _ timeouts: ClientTimeouts)
  func close()
}

/// What a client's connection is about.
enum ConnectionActivity {
  /// No request is under way.
  case waiting
  /// A request has begun to come and is not complete.
  case reading
  case writing
}
