// SPDX-License-Identifier: Apache-2.0

/// A client's connection as its worker sees it, whatever it speaks.
protocol ClientConnection: AnyObject {
  /// Whether bytes of responses that are over are still here: the worker does not end before they are written.
  var hasUnsent: Bool { get }

  /// Closes when nothing is under way; with responses under way, after them.
  func finish()
  /// Gives up on what waits for the client for longer.
  ///
  /// - Parameters:
  ///   - now: nanoseconds of the worker's clock.
  ///   - limit: nanoseconds that a client may be idle between two requests, or within one.
  func expire(now: UInt64, limit: UInt64)
  func close()
}
