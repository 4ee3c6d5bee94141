// SPDX-License-Identifier: Apache-2.0

/// What one side accepts from the other. The defaults are the protocol's, in bytes.
package struct ConnectionLimits: Equatable, Sendable {
  /// Largest ``FrameHeader/length`` on a data connection.
  package var maxFrame: UInt32 = 1 << 20
  /// Largest protobuf part on a data connection.
  package var maxMeta: UInt32 = 256 << 10
  /// Payload bytes on a stream before a credit.
  package var streamWindow: UInt32 = 256 << 10
  /// Payload bytes on a connection before a credit.
  package var connectionWindow: UInt32 = 1 << 20
  /// Streams that the other side may have open at once.
  package var maxStreams: UInt32 = 1024

  /// Largest frame, and protobuf part, on the control connection.
  package static let controlFrame: UInt32 = 16 << 20
  /// Bytes of a checkpoint at most: it travels with replies, and the host keeps one for each exchange.
  package static let checkpoint = 64 << 10

  package init() {}

  /// Payload bytes that fit into a frame beside any message.
  package var maxPayload: Int { Int(maxFrame) - Int(maxMeta) }

  /// Zero means the default; a value below what the protocol needs to work is raised to it, and messages get at most
  /// half of a frame.
  package init(
    maxFrame: UInt32, maxMeta: UInt32, streamWindow: UInt32, connectionWindow: UInt32,
    maxStreams: UInt32
  ) {
    func value(_ given: UInt32, _ standard: UInt32, _ least: UInt32) -> UInt32 {
      given == 0 ? standard : max(given, least)
    }
    self.maxFrame = value(maxFrame, self.maxFrame, 64 << 10)
    self.maxMeta = min(value(maxMeta, self.maxMeta, 16 << 10), self.maxFrame / 2)
    self.streamWindow = value(streamWindow, self.streamWindow, 16 << 10)
    self.connectionWindow = value(connectionWindow, self.connectionWindow, 64 << 10)
    self.maxStreams = value(maxStreams, self.maxStreams, 1)
  }
}
