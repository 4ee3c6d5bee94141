// SPDX-License-Identifier: Apache-2.0

/// What a frame is. The raw values are the protocol's.
package enum FrameType: UInt8, Sendable, CaseIterable {
  case hello = 0x01
  case ready = 0x02
  case configure = 0x03
  case configured = 0x04
  case ping = 0x05
  case pong = 0x06
  case drain = 0x07
  case drained = 0x08
  case failure = 0x09
  case call = 0x20
  case reply = 0x21
  case data = 0x22
  case credit = 0x23
  case cancel = 0x24
  case serviceCall = 0x40
  case serviceResult = 0x41
  case log = 0x60

  /// The marks that mean something on it; others must not be set.
  package var flags: FrameFlags {
    switch self {
    case .call, .reply: [.last, .ignorable, .more]
    case .data, .serviceCall, .serviceResult: [.ignorable, .more]
    case .hello, .ready, .configure, .configured, .ping, .pong, .drain, .drained, .failure, .credit,
      .cancel, .log:
      .ignorable
    }
  }
}

/// Marks of a frame. Bits that are not named here must be zero.
package struct FrameFlags: OptionSet, Sendable, Hashable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// On a call: no further call comes on this stream; its reply ends it. On a reply: the plugin wants no further call, and the
  /// stream ends with it.
  package static let last = FrameFlags(rawValue: 0x01)
  /// A receiver that does not know the type skips the frame.
  package static let ignorable = FrameFlags(rawValue: 0x02)
  /// The payload goes on in data frames of the same stream and ordinal.
  package static let more = FrameFlags(rawValue: 0x04)

  /// All that version 1 defines.
  package static let known: FrameFlags = [.last, .ignorable, .more]
}
