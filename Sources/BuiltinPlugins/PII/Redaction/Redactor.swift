// SPDX-License-Identifier: Apache-2.0

/// Gives each value what stands in its place: the same for the same value, as long as it lives.
package struct Redactor: Equatable, Sendable {
  /// What stands in the place of a value.
  package enum Style: String, Sendable {
    /// `PLACEHOLDER1`, `PLACEHOLDER2`, …
    case placeholder
    /// Another value of its type, which belongs to nobody.
    case synthetic
  }

  /// A value that was replaced.
  package struct Entry: Equatable, Sendable {
    package var type: PIIType
    /// What the log calls it: another's name for it, else the type's.
    package var name: String
    package var original: [UInt8]
    package var replacement: [UInt8]
    /// Whether the replacement becomes the original again in an answer.
    package var isRestorable: Bool

    package init(
      type: PIIType, name: String? = nil, original: [UInt8], replacement: [UInt8],
      isRestorable: Bool
    ) {
      self.type = type
      self.name = name ?? type.rawValue
      self.original = original
      self.replacement = replacement
      self.isRestorable = isRestorable
    }
  }

  /// Bytes that the remembered values may take as JSON: they are part of a checkpoint.
  package static let memory = 32 << 10

  package let style: Style
  /// What is remembered, in order.
  package private(set) var entries: [Entry] = []
  /// Numbers given out, by what they are for.
  package var numbers: [String: Int] = [:]
  /// What texts already say, so that it means something else there.
  package private(set) var taken: Set<[UInt8]> = []
  /// Values that were replaced and not remembered, for want of room.
  package private(set) var forgotten = 0
  private var size = 0
  private var places: [[UInt8]: Int] = [:]

  package init(_ style: Style) { self.style = style }

  /// With what was remembered before.
  package init(
    _ style: Style, entries: [Entry], numbers: [String: Int], taken: Set<[UInt8]>, forgotten: Int
  ) {
    self.style = style
    self.numbers = numbers
    self.taken = taken
    self.forgotten = forgotten
    for entry in entries { remember(entry) }
  }

  /// Notes what a text says, before anything in it is replaced: what looks like a placeholder, and the values themselves.
  package mutating func note(_ text: UnsafeBufferPointer<UInt8>, _ findings: [Finding]) {
    notePlaceholders(in: text)
    guard style == .synthetic else { return }
    for finding in findings { taken.insert(Array(text[finding.range])) }
  }

  /// What stands in the place of a value.
  package mutating func replacement(
    for value: some Collection<UInt8>, _ type: PIIType, isRestorable: Bool
  ) -> [UInt8] {
    let original = Array(value)
    if let place = places[original] { return entries[place].replacement }
    let replacement: [UInt8]
    switch type.category {
    case .credentials:
      let characters = original.count { $0 & 0xC0 != 0x80 }
      replacement = [UInt8](repeating: UInt8(ascii: "#"), count: characters)
    case .custom: replacement = numbered("CUSTOM")
    default:
      replacement =
        style == .placeholder ? numbered("PLACEHOLDER") : synthetic(type, like: original)
    }
    // Hash marks do not say which value they are.
    let entry = Entry(
      type: type, original: original, replacement: replacement,
      isRestorable: isRestorable && type.category != .credentials)
    keep(entry)
    return replacement
  }

  /// Notes what somebody else has put in the place of a value.
  package mutating func learn(
    _ original: String, _ replacement: String, name: String, isRestorable: Bool
  ) {
    let isMasked = replacement.utf8.allSatisfy { $0 == UInt8(ascii: "#") }
    let entry = Entry(
      type: isMasked ? .password : .custom, name: name, original: Array(original.utf8),
      replacement: Array(replacement.utf8), isRestorable: isRestorable && !isMasked)
    guard !entries.contains(where: { $0.replacement == entry.replacement && !isMasked }) else {
      return
    }
    keep(entry)
  }

  private mutating func keep(_ entry: Entry) {
    if size + Self.cost(of: entry) <= Self.memory { remember(entry) } else { forgotten += 1 }
  }

  private mutating func remember(_ entry: Entry) {
    places[entry.original] = entries.count
    size += Self.cost(of: entry)
    entries.append(entry)
  }

  /// Bytes in a checkpoint: what JSON escapes takes more.
  private static func cost(of entry: Entry) -> Int {
    entry.original.reduce(entry.replacement.count + 24) { size, byte in
      size + (byte < 0x20 ? 6 : byte == 0x22 || byte == 0x5C || byte >= 0x80 ? 2 : 1)
    }
  }

  private mutating func numbered(_ word: String) -> [UInt8] {
    while true {
      let number = next(word)
      let name = Array("\(word)\(number)".utf8)
      if !taken.contains(name) { return name }
    }
  }

  private mutating func synthetic(_ type: PIIType, like original: [UInt8]) -> [UInt8] {
    // Some kinds have few values that belong to nobody: then a placeholder it is.
    for _ in 0..<256 {
      let made = Synthetic.value(type, number: next(type.rawValue), like: original)
      if taken.insert(made).inserted, places[made] == nil { return made }
    }
    return numbered("PLACEHOLDER")
  }

  private mutating func next(_ name: String) -> Int {
    numbers[name, default: 0] += 1
    return numbers[name] ?? 1
  }

  private static let words: [[UInt8]] = [Array("PLACEHOLDER".utf8), Array("CUSTOM".utf8)]
  /// A text that says more of them is a strange one; those that it says first are heeded.
  private static let mostTaken = 256

  private mutating func notePlaceholders(in text: UnsafeBufferPointer<UInt8>) {
    var index = 0
    while index < text.count {
      let byte = text[index]
      guard byte == UInt8(ascii: "P") || byte == UInt8(ascii: "C") else {
        index += 1
        continue
      }
      for word in Self.words where text[index...].starts(with: word) {
        var end = index + word.count
        while end < text.count, text[end].isDigit, end - index < 24 { end += 1 }
        if end > index + word.count, taken.count < Self.mostTaken || style == .synthetic {
          taken.insert(Array(text[index..<end]))
        }
      }
      index += 1
    }
  }
}
