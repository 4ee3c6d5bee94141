// SPDX-License-Identifier: Apache-2.0

/// Counts the exchanges of one event loop that began with a configuration which is not the newest any more.
///
/// Those of the newest are not counted: an exchange costs nothing here as long as nothing is reloaded.
struct FormerExchanges {
  /// By generation; none is zero.
  private var counts: [UInt64: Int] = [:]

  /// Another generation is the newest now.
  ///
  /// - Parameter generations: of all exchanges that are not over.
  mutating func adopted(_ newest: UInt64, live generations: some Sequence<UInt64>) {
    counts.removeAll(keepingCapacity: true)
    for generation in generations where generation != newest { counts[generation, default: 0] += 1 }
  }

  /// An exchange is over. True: it was the last one of a former generation.
  mutating func ended(_ generation: UInt64) -> Bool {
    guard !counts.isEmpty, let count = counts[generation] else { return false }
    counts[generation] = count > 1 ? count - 1 : nil
    return count == 1
  }

  /// Whether the generation has exchanges.
  func contains(_ generation: UInt64) -> Bool { counts[generation] != nil }
}
