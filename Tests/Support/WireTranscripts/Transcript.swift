// SPDX-License-Identifier: Apache-2.0

package import PluginProtocol

/// A complete conversation between a host and a plugin, byte for byte. See proto/transcripts/README.md for the text form.
package struct Transcript: Equatable, Sendable {
  package struct Entry: Equatable, Sendable {
    package var direction: WireDirection
    package var link: WireLink
    package var bytes: [UInt8]
    /// The frame passed the one before it under way: its sender had not read that yet.
    package var isCrossed: Bool
    /// Set where the receiver must find that the sender broke the protocol.
    package var violation: String?

    package init(
      _ direction: WireDirection, _ link: WireLink, _ bytes: [UInt8], isCrossed: Bool = false,
      violation: String? = nil
    ) {
      self.direction = direction
      self.link = link
      self.bytes = bytes
      self.isCrossed = isCrossed
      self.violation = violation
    }
  }

  package struct Malformed: Error, CustomStringConvertible {
    package let line: Int
    package let reason: String
    package var description: String { "line \(line): \(reason)" }
  }

  package var entries: [Entry]

  package init(_ entries: [Entry]) { self.entries = entries }

  /// Reads the text form.
  package init(parsing text: String) throws {
    entries = []
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      func malformed(_ reason: String) -> Malformed { Malformed(line: index + 1, reason: reason) }
      let words = line.prefix { $0 != "#" }.split(separator: " ")
      guard let first = words.first else { continue }
      if let direction = WireDirection(rawValue: String(first)) {
        let mark = words.dropFirst(2)
        guard words.count > 1, let link = WireLink(rawValue: String(words[1])),
          mark.isEmpty || mark.elementsEqual(["crossed"])
        else { throw malformed("expected 'control' or 'data', and at most 'crossed'") }
        entries.append(Entry(direction, link, [], isCrossed: !mark.isEmpty))
        continue
      }
      guard !entries.isEmpty else { throw malformed("bytes without a direction") }
      if first == "!" {
        entries[entries.count - 1].violation = words.dropFirst().joined(separator: " ")
        continue
      }
      for word in words {
        guard let bytes = Self.bytes(word) else { throw malformed("'\(word)' is not bytes") }
        entries[entries.count - 1].bytes += bytes
      }
    }
  }

  /// The entries in the order in which this side sent and received them.
  package func seen(by role: DataConnection.Role) -> [Entry] {
    var entries = entries
    for index in entries.indices.dropFirst()
    where entries[index].isCrossed && entries[index].direction.sender == role {
      entries.swapAt(index, index - 1)
    }
    return entries
  }

  /// Pairs of hex digits, or one pair and how often: `61*4096`.
  private static func bytes(_ word: Substring) -> [UInt8]? {
    let parts = word.split(separator: "*", omittingEmptySubsequences: false)
    let digits = Array(parts[0].utf8)
    guard digits.count.isMultiple(of: 2), parts.count <= 2 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      let pair = String(decoding: digits[index..<index + 2], as: UTF8.self)
      guard let byte = UInt8(pair, radix: 16) else { return nil }
      bytes.append(byte)
    }
    guard parts.count == 2 else { return bytes }
    guard bytes.count == 1, let count = Int(parts[1]), count > 0, count <= 1 << 20 else {
      return nil
    }
    return [UInt8](repeating: bytes[0], count: count)
  }
}
