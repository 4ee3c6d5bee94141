// SPDX-License-Identifier: Apache-2.0

/// A text in parts that Azure takes: 10,000 code points at most. Each begins with the end of the one before, so that
/// nothing hides at a cut.
struct TextParts: Sequence, IteratorProtocol {
  static let limit = 10_000
  static let overlap = 200

  private let scalars: Substring.UnicodeScalarView
  private var position: Substring.UnicodeScalarView.Index?

  init(_ text: String) {
    scalars = text[...].unicodeScalars
    position = scalars.isEmpty ? nil : scalars.startIndex
  }

  mutating func next() -> Substring? {
    guard let start = position else { return nil }
    let end = scalars.index(start, offsetBy: Self.limit, limitedBy: scalars.endIndex)
    guard let end, end < scalars.endIndex else {
      position = nil
      return Substring(scalars[start...])
    }
    position = scalars.index(end, offsetBy: -Self.overlap)
    return Substring(scalars[start..<end])
  }
}
