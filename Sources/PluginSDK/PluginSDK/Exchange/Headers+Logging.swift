// SPDX-License-Identifier: Apache-2.0

extension Headers {
  /// Writes the fields that are shown as logs tell them, as a JSON object: names in lower case, each where it came first; one
  /// that occurs more than once has an array.
  ///
  /// Each field is looked at once: clients decide how many there are, and of how many names.
  ///
  /// - Parameter redacted: names in lower case, whose values are not told.
  package func writeJSON(to bytes: inout [UInt8], redacting redacted: [String] = []) {
    var names = NamePlaces<FieldName>()
    // The first field of each name; of each field the next one of its name, or zero.
    var first: [Int] = []
    var last: [Int] = []
    var next = [Int](repeating: 0, count: shown.count)
    for index in 0..<shown.count {
      let (place, isNew) = names.place(of: FieldName(bytes: shown.name(index)))
      if isNew {
        first.append(index)
        last.append(index)
      } else {
        next[last[place]] = index
        last[place] = index
      }
    }
    bytes.append(UInt8(ascii: "{"))
    for (place, index) in first.enumerated() {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      let start = bytes.count
      JSONWriter.write(shown.name(index), to: &bytes)
      bytes.withUnsafeMutableBytes { bytes in
        for position in start..<bytes.count { bytes[position] = bytes[position].lowercasedASCII }
      }
      bytes.append(UInt8(ascii: ":"))
      if redacted.contains(where: { shown.name(index).isEqualIgnoringCase(to: $0) }) {
        JSONWriter.write("REDACTED", to: &bytes)
      } else {
        write(from: index, next, to: &bytes)
      }
    }
    bytes.append(UInt8(ascii: "}"))
  }

  /// The value of a field, and those of the next ones of its name.
  private func write(from index: Int, _ next: [Int], to bytes: inout [UInt8]) {
    guard next[index] > 0 else { return JSONWriter.write(shown.value(index), to: &bytes) }
    bytes.append(UInt8(ascii: "["))
    JSONWriter.write(shown.value(index), to: &bytes)
    var index = next[index]
    while index > 0 {
      bytes.append(UInt8(ascii: ","))
      JSONWriter.write(shown.value(index), to: &bytes)
      index = next[index]
    }
    bytes.append(UInt8(ascii: "]"))
  }
}

/// The name of a field in a call's memory, without regard to case.
private struct FieldName: Hashable {
  let bytes: UnsafeRawBufferPointer

  static func == (one: FieldName, other: FieldName) -> Bool {
    one.bytes.count == other.bytes.count
      && zip(one.bytes, other.bytes).allSatisfy { $0.lowercasedASCII == $1.lowercasedASCII }
  }

  func hash(into hasher: inout Hasher) {
    for byte in bytes { hasher.combine(byte.lowercasedASCII) }
  }
}
