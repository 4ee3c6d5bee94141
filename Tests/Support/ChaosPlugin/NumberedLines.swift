// SPDX-License-Identifier: Apache-2.0

import PluginSDK

/// Rewrites a stream line by line. What it adds to a line depends on all lines before, so that one that was lost, shown
/// twice or counted twice changes everything behind it.
struct NumberedLines: Codable, Sendable {
  private static let lineFeed = UInt8(ascii: "\n")

  /// Lines so far.
  private(set) var count = 0
  /// FNV-1a of their bytes.
  private var hash: UInt32 = 0x811c_9dc5

  /// Adds the count, the hash and the version of this executable to each whole line.
  ///
  /// - Returns: bytes at the end that are no whole line yet.
  mutating func rewrite(_ body: inout Body) -> Int {
    var lineStart = 0
    for (offset, byte) in body.bytes.enumerated() where byte == Self.lineFeed {
      for index in lineStart..<offset {
        hash = (hash ^ UInt32(body.bytes[index])) &* 0x0100_0193
      }
      count += 1
      body.insert(" \(count) \(hash) \(Identity.version)", at: offset)
      lineStart = offset + 1
    }
    return body.count - lineStart
  }
}
