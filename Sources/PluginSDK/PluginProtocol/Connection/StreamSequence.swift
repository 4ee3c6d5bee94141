// SPDX-License-Identifier: Apache-2.0

/// The ids of the streams that one side opens, in the order in which it opens them.
///
/// Ids have 31 bits and grow; odd ones are the host's, even ones the plugin's. After the largest they begin again, so that
/// a connection never has to be replaced: by then all that was said about their former streams has long been read.
struct StreamSequence: Sendable {
  static let largest: UInt32 = 0x7FFF_FFFF
  /// What is less than this ahead is new, what is less than this behind is old.
  private static let half: UInt32 = 1 << 30

  /// 0: none was opened.
  private(set) var last: UInt32
  private var hasBegunAgain = false
  private let first: UInt32

  /// - Parameters:
  ///   - opener: whose streams they are.
  ///   - last: the id that was opened last.
  init(of opener: DataConnection.Role, last: UInt32 = 0) {
    first = opener == .host ? 1 : 2
    self.last = last
  }

  /// The next id for a stream of our own.
  mutating func next() -> UInt32 {
    if last == 0 {
      last = first
    } else if last > Self.largest - 2 {
      last = first
      hasBegunAgain = true
    } else {
      last += 2
    }
    return last
  }

  /// The peer opens a stream; false: its id is not beyond the last one.
  mutating func accept(_ id: UInt32) -> Bool {
    let ahead = (id &- last) & Self.largest
    guard ahead > 0, ahead < Self.half else { return false }
    if id < last { hasBegunAgain = true }
    last = id
    return true
  }

  /// Whether a stream of this id was opened, as far as frames for it may still be under way.
  func includes(_ id: UInt32) -> Bool {
    hasBegunAgain ? (last &- id) & Self.largest < Self.half : id <= last
  }
}
