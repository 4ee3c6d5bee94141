// SPDX-License-Identifier: Apache-2.0

/// What a peer did that the protocol does not allow. The connection ends; the raw value is the code that is logged.
package enum ProtocolViolation: String, Error, Sendable, CaseIterable {
  case frameTooLong = "frame-too-long"
  case metaBeyondFrame = "meta-beyond-frame"
  case metaTooLong = "meta-too-long"
  case reservedFlags = "reserved-flags"
  case unknownFrame = "unknown-frame"
  case unexpectedFrame = "unexpected-frame"
  case badMessage = "bad-message"
  case streamOutOfRange = "stream-out-of-range"
  case neverOpened = "stream-never-opened"
  case wrongParity = "stream-parity"
  case streamReused = "stream-reused"
  case tooManyStreams = "too-many-streams"
  case streamWindow = "stream-window-exceeded"
  case connectionWindow = "connection-window-exceeded"
  case callUnanswered = "call-before-reply"
  case notAsked = "reply-to-nothing"
  case wrongOrdinal = "wrong-ordinal"
  case payloadUnexpected = "payload-unexpected"
  case emptyData = "empty-data"
  case badCredit = "bad-credit"
  case foreignParent = "foreign-parent"
  case mismatchedReply = "mismatched-reply"
  case badSplice = "bad-splice"
  case badLength = "bad-length"
  case badText = "bad-text"
  /// It goes on asking and never reads the answers.
  case answersUnread = "answers-unread"
}
