// SPDX-License-Identifier: Apache-2.0

/// How much of a request's body a client may still send on its stream (RFC 9113, 5.2): given back as the exchange takes
/// it, so that what a stream holds is never more than its window.
struct InboundWindow: Equatable {
  /// What the client may have on the way, and here untaken.
  private(set) var target: Int
  private let largest: Int
  /// What it may still send.
  private var size: Int
  /// Taken since the window last grew.
  private var taken = 0

  init(first: Int = HTTP2Limits.firstStreamWindow, largest: Int = HTTP2Limits.largestStreamWindow) {
    target = first
    self.largest = largest
    size = first
  }

  /// The window is now this: bytes have come, or an increment was sent.
  ///
  /// - Parameter held: bytes that are here and were not taken.
  /// - Returns: an increment to send.
  mutating func changed(to size: Int, held: Int) -> Int? {
    self.size = size
    return increment(held)
  }

  /// Bytes were taken. A body that is taken as fast as it comes gets a larger window, up to the largest.
  mutating func took(_ count: Int, held: Int) -> Int? {
    taken += count
    if taken >= 2 * target, target < largest {
      target = min(2 * target, largest)
      taken = 0
    }
    return increment(held)
  }

  /// Not worth a frame before half of the window is used.
  private func increment(_ held: Int) -> Int? {
    let open = size + held
    return open <= target / 2 ? target - open : nil
  }
}
