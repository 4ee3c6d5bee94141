// SPDX-License-Identifier: Apache-2.0

/// What is compiled for a pattern: its text with a callout in front, so that PCRE2 asks before every place at which it
/// tries the pattern whether there is time left. It asks at all of them, for the first alternative is always tried first.
struct PatternSource {
  private static let callout = Array("(?C)".utf8)

  let bytes: [UInt8]
  private let insertion: Int

  init(_ text: String) {
    let pattern = Array(text.utf8)
    insertion = Self.endOfSettings(pattern)
    bytes = pattern[..<insertion] + Self.callout + pattern[insertion...]
  }

  /// An offset in the pattern as it was written.
  func offset(ofCompiled offset: Int) -> Int {
    offset <= insertion ? offset : max(insertion, offset - Self.callout.count)
  }

  /// `(*UCP)`, `(*ANYCRLF)` and their like count only at the very start.
  private static func endOfSettings(_ pattern: [UInt8]) -> Int {
    var position = 0
    while pattern[position...].starts(with: "(*".utf8),
      let end = pattern[position...].firstIndex(of: UInt8(ascii: ")")),
      settings.contains(where: { pattern[(position + 2)..<end].starts(with: $0.utf8) })
    {
      position = end + 1
    }
    return position
  }

  private static let settings = [
    "UTF", "UCP", "CR", "LF", "ANY", "NUL", "BSR_", "LIMIT_", "NO_", "NOTEMPTY",
  ]
}
