// SPDX-License-Identifier: Apache-2.0

import HostHTTP
import NIOCore
import NIOHTTP2

/// What a client may do with a connection of HTTP/2. What goes beyond a limit of the connection ends it with
/// ENHANCE_YOUR_CALM.
enum HTTP2Limits {
  /// Streams that are open at once, as in nginx.
  static let streams = 128
  /// Bytes of a request's body that may be on their way to a stream at first, and when its body is taken as fast as it comes.
  /// A stream holds no more than this of a body that nobody takes yet.
  static let firstStreamWindow = 65_535
  static let largestStreamWindow = 256 << 10
  /// Bytes on their way to all streams. What has arrived is no longer counted, so that a stream whose body nobody takes
  /// does not stop the others.
  static let connectionWindow = 1 << 20
  /// Bytes of a response that may wait for a stream's window before its source is slowed down, and before it goes on.
  static let highWater = 64 << 10
  static let lowWater = 32 << 10

  /// What NIO's handler sees to.
  static func connection(_ limits: HeadLimits) -> NIOHTTP2Handler.ConnectionConfiguration {
    var configuration = NIOHTTP2Handler.ConnectionConfiguration()
    configuration.initialSettings = [
      HTTP2Setting(parameter: .maxConcurrentStreams, value: streams),
      // A list beyond this ends the connection. So that a head which is only somewhat too large is answered with 431 it
      // is more than the codec takes.
      HTTP2Setting(parameter: .maxHeaderListSize, value: limits.head * 2),
    ]
    // Frames of 16 KiB, which are enough for the largest list.
    configuration.maximumSequentialContinuationFrames = 16
    // NIO counts those without END_STREAM between two requests.
    configuration.maximumSequentialEmptyDataFrames = 32
    // Frames that wait because the client does not read.
    configuration.maximumBufferedControlFrames = 1000
    // Of these, frames that are still on their way are ignored.
    configuration.maximumRecentlyResetStreams = streams * 2
    // Streams with errors, ever.
    configuration.maximumConnectionGlitches = 500
    // PING, SETTINGS and PRIORITY. Clients that measure the line send a PING for each round trip.
    configuration.controlFrameRateLimit.maximumCount = 300
    configuration.controlFrameRateLimit.windowLength = .seconds(1)
    return configuration
  }

  static var stream: NIOHTTP2Handler.StreamConfiguration {
    var configuration = NIOHTTP2Handler.StreamConfiguration()
    // A proxy in front whose clients leave all at once resets all of its streams, and perhaps twice.
    configuration.streamResetFrameRateLimit.maximumCount = 300
    configuration.streamResetFrameRateLimit.windowLength = .seconds(10)
    configuration.streamErrorRateLimit.maximumCount = 200
    configuration.streamErrorRateLimit.windowLength = .seconds(10)
    return configuration
  }
}
