// SPDX-License-Identifier: Apache-2.0

/// Finds what was put in the place of values, for an answer to say the values again.
package struct Restorer: Sendable {
  /// By their first byte, the longest first: `PLACEHOLDER12` is not `PLACEHOLDER1` and a 2.
  private var table: [UInt8: [Redactor.Entry]] = [:]

  package init(_ entries: [Redactor.Entry]) {
    for entry in entries where entry.isRestorable {
      guard let first = entry.replacement.first else { continue }
      table[first, default: []].append(entry)
    }
    for (first, entries) in table {
      table[first] = entries.sorted { $0.replacement.count > $1.replacement.count }
    }
  }

  package var isEmpty: Bool { table.isEmpty }

  /// A replacement in a text, and the value that it stands for.
  package struct Match: Equatable, Sendable {
    package var range: Range<Int>
    package var original: [UInt8]
  }

  /// What is there, in order.
  ///
  /// - Parameter isFinal: Nothing follows. Else what could be the beginning of a replacement is left for later.
  /// - Returns: The matches, and up to where they are final.
  package func matches(
    in text: UnsafeBufferPointer<UInt8>, isFinal: Bool
  ) -> (matches: [Match], settled: Int) {
    var matches: [Match] = []
    var index = 0
    while index < text.count {
      guard let entries = table[text[index]] else {
        index += 1
        continue
      }
      if !isFinal, couldBegin(entries, text, at: index) { return (matches, index) }
      let found = entries.first { entry in
        text[index...].starts(with: entry.replacement)
          && !continuesNumber(entry, text, behind: index + entry.replacement.count)
      }
      if let found {
        let range = index..<index + found.replacement.count
        matches.append(Match(range: range, original: found.original))
        index = range.upperBound
      } else {
        index += 1
      }
    }
    return (matches, text.count)
  }

  /// A longer number is another placeholder.
  private func continuesNumber(
    _ entry: Redactor.Entry, _ text: UnsafeBufferPointer<UInt8>, behind end: Int
  ) -> Bool {
    guard end < text.count, let last = entry.replacement.last else { return false }
    return last.isDigit && text[end].isDigit
  }

  /// Whether the rest of the text is the beginning of a replacement, or one that may go on.
  private func couldBegin(
    _ entries: [Redactor.Entry], _ text: UnsafeBufferPointer<UInt8>, at index: Int
  ) -> Bool {
    let rest = text.count - index
    return entries.contains { entry in
      entry.replacement.count >= rest && entry.replacement.starts(with: text[index...])
    }
  }
}
